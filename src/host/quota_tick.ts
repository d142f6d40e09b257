import { spawn } from "node:child_process";
import { once } from "node:events";
import { TICK } from "../native.js";
import { firstLine } from "./first_line.js";

/** What has the kernel look at guests' quotas of processor time more often than at its tick (native/tick). */
export interface QuotaTick {
  /** Safe to repeat. */
  close(): Promise<void>;
}

/**
 * Starts diecast-tick, in our own cgroup.
 * @returns undefined where it may not be
 */
export async function startQuotaTick(): Promise<QuotaTick | undefined> {
  const child = spawn(TICK, [], { stdio: ["pipe", "pipe", "ignore"], detached: true });
  child.stdin.on("error", () => {});
  const ended = once(child, "exit").catch(() => undefined);
  const close = async () => {
    child.stdin.end();
    await ended;
  };
  try {
    await firstLine(child);
    return { close };
  } catch {
    await close();
    return undefined;
  }
}
