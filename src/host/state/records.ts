import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DieCastError } from "../../errors.js";
import type { RaisedLimit } from "./neighbour_limits.js";
import { isAlive, type Owner } from "./owner.js";
import type { HostSetting } from "./settings.js";

/**
 * Where live runs are on record: RUNID.json, and RUNID/ with a file for each guest (and what the guests share). Gone
 * with the next boot, as everything it tells of.
 */
export const STATE_DIRECTORY = "/run/diecast";

/** Where guests are put together (native/launch/guest_init.cpp); empty on the host's side. */
export const STAGE = join(STATE_DIRECTORY, ".stage");

/** What RUNID.json holds. */
export interface RunRecord {
  readonly id: string;
  /** The diecast that runs it. */
  readonly owner: Owner;
  readonly runDirectory: string | undefined;
  /** A path by which another process can open the time page. */
  readonly clock: string | undefined;
  /** NUM/DEN */
  readonly tdf: string | undefined;
  /** Cgroups of the run, one in each hierarchy; each has the guests' groups below it. */
  readonly cgroups: readonly string[];
  /** Settings of the host that the run has changed. */
  readonly settings?: readonly HostSetting[];
  /** NUM/DEN: by which the kernel's write-back is to keep as long as the run lives; undefined: it is no concern of it. */
  readonly writebackTdf?: string | undefined;
  /** Of the host's tables of neighbours: what the run has added to them. */
  readonly neighbourLimits?: readonly RaisedLimit[];
}

/** What RUNID/guests/NAME.json holds: all that another process needs to run something in the guest. */
export interface GuestRecord {
  readonly name: string;
  /** The guest's init. */
  readonly init: Owner;
  readonly cgroups: readonly string[];
  readonly user: string;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, number | "unlimited">>;
  /** NUM/DEN, for CPU-time clocks. */
  readonly cpuScale: string;
}

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

export function runFile(id: string): string {
  return join(STATE_DIRECTORY, `${id}.json`);
}

/** The run's folder beside its record. */
export function runFolder(id: string): string {
  return join(STATE_DIRECTORY, id);
}

/**
 * Puts a run on record: first the record, then its folder, since a folder without a record counts as left behind.
 * @throws DieCastError `permission` if the state directory cannot be used, `invalid-option` for an id that is no name
 */
export function createRecord(record: RunRecord): void {
  const { id } = record;
  if (!ID.test(id)) {
    throw new DieCastError(
      "invalid-option",
      `run id: expected letters, digits, dots and dashes, got ${JSON.stringify(id)}`,
    );
  }
  try {
    mkdirSync(STATE_DIRECTORY, { recursive: true, mode: 0o755 });
    writeRecord(runFile(id), record);
    mkdirSync(join(runFolder(id), "guests"), { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw new DieCastError("permission", `cannot use ${STATE_DIRECTORY}: ${(cause as Error).message}`, {
      remedy: "run as root",
      cause,
    });
  }
}

/** Replaces the file at once, so that nobody reads half of it. Its name has a dot in front until then. */
export function writeRecord(path: string, record: RunRecord | GuestRecord): void {
  const slash = path.lastIndexOf("/") + 1;
  const half = `${path.slice(0, slash)}.${path.slice(slash)}.${process.pid}`;
  writeFileSync(half, JSON.stringify(record), { mode: 0o600 });
  renameSync(half, path);
}

/** Removes what processes that are no more had not yet renamed; returns what. */
export function removeHalfWritten(): string[] {
  return list(STATE_DIRECTORY).flatMap((name) => {
    const pid = /^\..+\.json\.(\d+)$/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) return [];
    const path = join(STATE_DIRECTORY, name);
    rmSync(path, { force: true });
    return [path];
  });
}

/** Runs on record, dead ones too. */
export function readRuns(): RunRecord[] {
  return readRecords<RunRecord>(STATE_DIRECTORY);
}

/** Guests of a run on record. */
export function readGuests(id: string): GuestRecord[] {
  return readRecords<GuestRecord>(join(runFolder(id), "guests")).filter((guest) => isAlive(guest.init));
}

export function removeRecords(id: string): void {
  rmSync(runFolder(id), { recursive: true, force: true });
  rmSync(runFile(id), { force: true });
}

/** The entries of the state directory: a record may have lost its folder, and a folder its record. */
export function recordedIds(): Set<string> {
  return new Set(
    list(STATE_DIRECTORY)
      .filter((name) => ID.test(name))
      .map((name) => name.replace(/\.json$/, "")),
  );
}

function readRecords<Kind>(directory: string): Kind[] {
  return list(directory)
    .filter((name) => name.endsWith(".json") && !name.startsWith("."))
    .sort()
    .flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(join(directory, name), "utf8")) as Kind];
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        if (code === "EACCES") {
          throw new DieCastError("permission", `${directory}: the runs are another user's`, {
            remedy: "run as root",
            cause,
          });
        }
        return []; // Just removed.
      }
    });
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
