import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { firstLine } from "./first_line.js";

/** A native program that is at work beside a run for as long as its standard input is open. */
export interface Helper {
  readonly pid: number;
  /** The line that it wrote when it had begun. */
  readonly said: string;
  /** Resolved when it has ended, whether by close() or by itself. */
  readonly ended: Promise<void>;
  /** Safe to repeat. */
  close(): Promise<void>;
}

/**
 * Starts one in our own cgroup, and waits until it has begun.
 * @throws Error with what it says if it ends before that
 */
export async function startHelper(program: string, ...args: readonly string[]): Promise<Helper> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], detached: true });
  const complaint = text(child.stderr);
  child.stdin.on("error", () => {});
  const ended = once(child, "exit").then(nothing, nothing);
  const close = async () => {
    child.stdin.end();
    await ended;
  };
  try {
    const said = await firstLine(child);
    return { pid: child.pid as number, said, ended, close };
  } catch (error) {
    await close();
    throw new Error((await complaint).trim() || (error as Error).message);
  }
}

function nothing(): void {}
