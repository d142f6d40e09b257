import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { performance } from "node:perf_hooks";
import { ROOT } from "../paths.js";

/** The launcher itself: without Node's start-up, which is of no interest to what a guest perceives. */
export const LAUNCHER = `${ROOT}build/diecast-launch`;

export interface RunOptions {
  /** Real duration ÷ virtual duration, as NUM or NUM/DEN; undefined runs the program natively. */
  readonly tdf?: string | undefined;
  /** Further options of diecast-launch. */
  readonly launcherOptions?: readonly string[];
  /** Put in front of everything, e.g. setpriv and its options. */
  readonly prefix?: readonly string[];
  readonly env?: Record<string, string>;
  /** Real time after which the program is killed and the test fails. */
  readonly limitMs?: number;
  readonly input?: string;
}

export interface Line {
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
  /** What the guest says about it for a person to read. */
  readonly remark: string;
  /** When it arrived, in real milliseconds. */
  readonly atMs: number;
}

export interface Run {
  readonly command: string;
  readonly tdf: number;
  readonly lines: readonly Line[];
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly realMs: number;
  /** A directory of this run's own, in the guest's TMPDIR. */
  readonly directory: string;
}

/** TDF as a number: "5/2" is 2.5. */
function tdfNumber(tdf: string | undefined): number {
  const [num = 1, den = 1] = (tdf ?? "1").split("/").map(Number);
  return num / den;
}

/** Runs a program natively or dilated and waits for its end. */
export function run(program: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Run> {
  const { tdf, prefix = [], launcherOptions = [], limitMs = 30_000 } = options;
  const launcher =
    tdf === undefined
      ? []
      : [LAUNCHER, "--tdf", tdf.includes("/") ? tdf : `${tdf}/1`, ...launcherOptions, "--"];
  const command = [...prefix, ...launcher, program, ...args];
  const directory = mkdtempSync(`${tmpdir()}/diecast-test-`);
  // For guests that are run by another user.
  chmodSync(directory, 0o1777);
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    // A group of its own: whatever it leaves behind can be ended with it.
    const child = spawn(command[0] as string, command.slice(1), {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...options.env, TMPDIR: directory },
    });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid);
    }, limitMs);
    const lines: Line[] = [];
    let stdout = "";
    let stderr = "";
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      const atMs = performance.now();
      stdout += piece;
      const parts = (rest + piece).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) lines.push(parseLine(part, atMs));
    });
    child.stderr.setEncoding("utf8").on("data", (piece: string) => {
      stderr += piece;
    });
    child.on("error", reject);
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      removeEmpty(directory);
      const realMs = performance.now() - startMs;
      const shown = command.map((word) => (/^[\w./:=,+-]+$/.test(word) ? word : `'${word}'`)).join(" ");
      resolve({
        command: shown,
        tdf: tdfNumber(tdf),
        lines,
        stdout,
        stderr,
        code,
        signal,
        timedOut,
        realMs,
        directory,
      });
    });
  });
}

/** Removes what a good run leaves; a failed one keeps its directory and output. */
export function discard(done: Run): void {
  rmSync(done.directory, { recursive: true, force: true });
}

/** Keeps a failed run's output and says how to repeat it. */
export function keep(done: Run): string {
  mkdirSync(done.directory, { recursive: true });
  writeFileSync(`${done.directory}/stdout`, done.stdout);
  writeFileSync(`${done.directory}/stderr`, done.stderr);
  const errors = done.stderr === "" ? "" : `\n  stderr: ${done.stderr.trim().slice(0, 500)}`;
  return `\n  run again: ${done.command}\n  output kept in ${done.directory}${errors}`;
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // The guest left something there to look at.
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}

/** `name key=value key=value # remark` */
export function parseLine(line: string, atMs: number): Line {
  const at = line.indexOf(" # ");
  const words = (at < 0 ? line : line.slice(0, at)).split(" ").filter((word) => word !== "");
  const pairs = words.slice(1).map((word): [string, string] => {
    const equals = word.indexOf("=");
    return equals < 0 ? [word, ""] : [word.slice(0, equals), word.slice(equals + 1)];
  });
  return { name: words[0] ?? "", values: new Map(pairs), remark: at < 0 ? "" : line.slice(at + 3), atMs };
}
