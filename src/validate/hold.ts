import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DieCastError } from "../errors.js";
import { isAlive, type Owner, ownerOf } from "../host/state/owner.js";
import { writeJson } from "../run/directory.js";

/** A validation's folder, held by this process: nobody else carries it out. */
export interface Hold {
  /** Notes the process of a run, which lives on for a while when this one is killed. */
  running(run: number): void;
  release(): void;
}

/** What `.running` has in it. */
interface Holder extends Owner {
  /** The process of the run under way. */
  readonly run?: Owner;
}

export interface HoldOptions {
  /** Told that it takes a while, and why. */
  readonly note: (line: string) => void;
  readonly signal: AbortSignal;
  /** How long a run whose validation was killed may take to end. */
  readonly patienceMs?: number;
}

export const HOLD_FILE = ".running";
/** A run ends its guests, collects, and writes its record: seconds, on a busy host more. */
const PATIENCE_MS = 90_000;
const POLL_MS = 100;

/**
 * Takes hold of a validation's folder. After one that was killed it waits until its run has ended, too: that still works in the
 * folder, and on the host.
 * @throws DieCastError `failed` if another process carries it out, or that run does not end
 */
export async function holdFolder(folder: string, options: HoldOptions): Promise<Hold> {
  const path = join(folder, HOLD_FILE);
  const own = ownerOf(process.pid);
  if (own === undefined) throw new DieCastError("failed", "this process is not in /proc");
  while (!create(path, own)) {
    const text = await readSettled(path);
    if (text !== undefined) await takeAway(path, text, folder, options);
  }
  return {
    running: (run) => writeJson(path, { ...own, run: ownerOf(run) }),
    release: () => rmSync(path, { force: true }),
  };
}

/** False if it is there already: of two at once only one makes it. */
function create(path: string, holder: Holder): boolean {
  try {
    writeFileSync(path, `${JSON.stringify(holder)}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Undefined if it is gone. One that is empty may be about to be written: between create() and its text. */
async function readSettled(path: string): Promise<string | undefined> {
  for (let left = 2; ; left--) {
    try {
      const text = readFileSync(path, "utf8");
      if (text !== "" || left === 0) return text;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
    await sleep(POLL_MS);
  }
}

/** Removes the hold of one that is dead, once its run is, too. */
async function takeAway(path: string, text: string, folder: string, options: HoldOptions): Promise<void> {
  const holder = holderIn(text);
  if (holder !== undefined && isAlive(holder)) throw heldBy(holder.pid, folder);
  if (holder?.run !== undefined) await untilGone(holder.run, folder, options);
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  // Somebody else may have done all that at the same time, and hold it now.
  const found = readFileSync(aside, "utf8");
  if (found !== text) {
    renameSync(aside, path);
    throw heldBy(holderIn(found)?.pid, folder);
  }
  rmSync(aside);
}

async function untilGone(run: Owner, folder: string, options: HoldOptions): Promise<void> {
  const { note, signal, patienceMs = PATIENCE_MS } = options;
  if (!isAlive(run)) return;
  note(`${folder}: its last run (process ${run.pid}) is still ending; waiting for it`);
  const deadline = performance.now() + patienceMs;
  while (isAlive(run)) {
    signal.throwIfAborted();
    if (performance.now() > deadline) {
      throw new DieCastError("failed", `${folder}: its last run (process ${run.pid}) does not end`, {
        remedy: "end that process, and go on then",
      });
    }
    await sleep(POLL_MS);
  }
}

function heldBy(pid: number | undefined, folder: string): DieCastError {
  const who = pid === undefined ? "another process" : `process ${pid}`;
  return new DieCastError("failed", `${folder}: ${who} is carrying it out`, {
    remedy: "wait for it, or end it with SIGINT",
  });
}

/** Undefined for what is no such file: who died in the middle of writing it held nothing yet. */
function holderIn(text: string): Holder | undefined {
  try {
    const { pid, startTicks, run } = JSON.parse(text) as Partial<Holder>;
    if (pid === undefined || startTicks === undefined) return undefined;
    return { pid, startTicks, ...(run === undefined ? {} : { run }) };
  } catch {
    return undefined;
  }
}
