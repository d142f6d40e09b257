import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { TICK } from "../native.js";
import { firstLine } from "./first_line.js";

/** What has the kernel look at guests' quotas of processor time more often than at its tick (native/tick). */
export interface QuotaTick {
  /** Safe to repeat. */
  close(): Promise<void>;
}

/**
 * Starts diecast-tick, in our own cgroup.
 * @throws Error where it may not be, with the reason
 */
export async function startQuotaTick(): Promise<QuotaTick> {
  const child = spawn(TICK, [], { stdio: ["pipe", "pipe", "pipe"], detached: true });
  const said = text(child.stderr);
  child.stdin.on("error", () => {});
  const ended = once(child, "exit").catch(() => undefined);
  const close = async () => {
    child.stdin.end();
    await ended;
  };
  try {
    await firstLine(child);
    return { close };
  } catch (error) {
    await close();
    throw new Error((await said).trim() || (error as Error).message);
  }
}
