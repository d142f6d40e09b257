import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive, type Owner, ownerOf } from "./owner.js";
import { STATE_DIRECTORY } from "./records.js";

/** Names its holder. The dot keeps it from looking like a run's record. */
const LOCK = join(STATE_DIRECTORY, ".lock");
/** A holder needs milliseconds. One that has been stopped, as by SIGSTOP, must not hold up all others for ever. */
const PATIENCE_MS = 5_000;
const AGAIN_MS = 2;

/**
 * Does what no other diecast of this host may do meanwhile: look at the records of other runs and change settings of the
 * host by them. `work` is short. Not to be nested.
 */
export function exclusively<Result>(work: () => Result): Result {
  const held = acquire();
  try {
    return work();
  } finally {
    if (held) rmSync(LOCK, { force: true });
  }
}

function acquire(): boolean {
  mkdirSync(STATE_DIRECTORY, { recursive: true, mode: 0o755 });
  // Complete before it gets the lock's name: nobody finds a lock without a holder.
  const own = `${LOCK}.${process.pid}`;
  writeFileSync(own, JSON.stringify(ownerOf(process.pid)), { mode: 0o600 });
  try {
    const untilMs = performance.now() + PATIENCE_MS;
    while (!linked(own)) {
      if (performance.now() > untilMs) return false;
      removeStale();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_MS);
    }
    return true;
  } finally {
    rmSync(own, { force: true });
  }
}

function linked(own: string): boolean {
  try {
    linkSync(own, LOCK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

// Of a diecast that has died with it.
function removeStale(): void {
  const holder = holderOf(LOCK);
  if (holder === undefined || isAlive(holder)) return;
  const aside = `${LOCK}.${process.pid}.stale`;
  try {
    renameSync(LOCK, aside);
    // Another may have removed the stale one first, and hold this one: it gets it back.
    const taken = holderOf(aside);
    if (taken !== undefined && isAlive(taken)) linkSync(aside, LOCK);
  } catch {
    // Another was quicker.
  } finally {
    rmSync(aside, { force: true });
  }
}

function holderOf(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return undefined; // Just removed.
  }
}
