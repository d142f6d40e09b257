import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/**
 * The first line that a process writes to its standard output, which is a pipe.
 * @throws Error if it cannot be started or ends before that
 */
export async function firstLine(child: ChildProcess): Promise<string> {
  await once(child, "spawn");
  for await (const line of createInterface({ input: child.stdout as Readable })) return line;
  throw new Error(`${child.spawnfile} has ended`);
}
