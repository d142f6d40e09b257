import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DieCastError } from "../errors.js";
import { toNumber } from "../scale/ratio.js";
import type { Tdf } from "../scale/tdf.js";

/** The folder in which a run is recorded. What is in it: docs/run-directory.md. */
export class RunDirectory {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes it. A folder that has something in it is never used: what is there may be another run.
   * @param given the user's `--out`; undefined: below ./runs, named for the experiment, its time (sideInName) and the date
   * @throws DieCastError `invalid-option` or `failed`
   */
  static create(given: string | undefined, experiment: string, side: string, now = new Date()): RunDirectory {
    const path = newFolder(given, join("runs", `${experiment}-${side}`), "run", now);
    const directory = new RunDirectory(path);
    for (const folder of ["files", "guests", "metrics", "metrics/values"]) mkdirSync(directory.file(folder));
    return directory;
  }

  /** @throws DieCastError `invalid-option` if there is no run in `path` */
  static open(path: string): RunDirectory {
    if (!existsSync(join(path, "run.json"))) {
      const what = existsSync(path) && statSync(path).isDirectory() ? "has no run.json" : "is no folder";
      throw new DieCastError("invalid-option", `${path}: expected a run's folder; it ${what}`);
    }
    return new RunDirectory(resolve(path));
  }

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  guest(name: string, ...names: string[]): string {
    return this.file("guests", name, ...names);
  }

  /** Replaces a file of JSON at once. */
  writeJson(name: string, value: unknown): void {
    writeJson(this.file(name), value);
  }
}

/** Replaces a file of JSON at once, so that a reader, or a death, never meets half of it. */
export function writeJson(path: string, value: unknown): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(value, withBigints, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/**
 * Makes a folder for something new. One that has something in it is never used.
 * @param given the user's `--out`; undefined: `prefix` with the time behind it
 * @param what for messages: "run"
 * @returns its absolute path
 * @throws DieCastError `invalid-option` or `failed`
 */
export function newFolder(given: string | undefined, prefix: string, what: string, now = new Date()): string {
  const path = resolve(given ?? freeName(`${prefix}-${stamp(now)}`));
  try {
    mkdirSync(path, { recursive: true });
    if (readdirSync(path).length === 0) return path;
  } catch (cause) {
    throw new DieCastError(
      "failed",
      `cannot make the ${what}'s folder ${path}: ${(cause as Error).message}`,
      {
        remedy: "give another one with --out",
        cause,
      },
    );
  }
  throw new DieCastError("invalid-option", `${path}: expected a new or empty folder for the ${what}`, {
    remedy: "give another one with --out",
  });
}

function withBigints(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}

// Two runs can begin in one second.
function freeName(name: string): string {
  let free = name;
  for (let i = 2; existsSync(free); i++) free = `${name}-${i}`;
  return free;
}

/** The runs that `diecast run --repeat` has made in a folder, in their order; any other path by itself. */
export function repetitionsIn(path: string): string[] {
  if (existsSync(join(path, "run.json")) || !existsSync(path) || !statSync(path).isDirectory()) return [path];
  const own = readdirSync(path)
    .filter((name) => /^[1-9]\d*$/.test(name) && existsSync(join(path, name, "run.json")))
    .sort((one, other) => Number(one) - Number(other));
  return own.length === 0 ? [path] : own.map((name) => join(path, name));
}

/** A TDF as names of folders have it: 10, 0.333333. */
export function tdfInName(tdf: Tdf): string {
  return `${Number(toNumber(tdf).toPrecision(6))}`;
}

/** tdf10; undilated10 for a run without dilation on the processors of TDF 10. */
export function sideInName(tdf: Tdf, sharesOf: Tdf | undefined): string {
  return sharesOf === undefined ? `tdf${tdfInName(tdf)}` : `undilated${tdfInName(sharesOf)}`;
}

function stamp(now: Date): string {
  const two = (part: number) => `${part}`.padStart(2, "0");
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `${date}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}
