import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** It is gone then. Safe to repeat. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
