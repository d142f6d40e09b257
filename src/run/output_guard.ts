import { statSync } from "node:fs";
import type { RunDirectory } from "./directory.js";
import type { Program } from "./program.js";

/** More than this a guest's standard output or error may not take from the host's disk. */
const MOST_BYTES = 2 ** 30;
const LOOK_EVERY_MS = 1000;

/**
 * Watches that no guest fills the host's disk with its output: one that does is killed, like a machine whose console
 * nobody reads, and reported.
 * @returns how to stop watching
 */
export function guardOutput(
  directory: RunDirectory,
  programs: readonly Program[],
  report: (line: string) => void,
): () => void {
  const flooding = new Set<Program>();
  const timer = setInterval(() => {
    for (const program of programs) {
      if (flooding.has(program)) continue;
      const stream = ["stdout.log", "stderr.log"].find(
        (file) =>
          (statSync(directory.guest(program.plan.name, file), { throwIfNoEntry: false })?.size ?? 0) >
          MOST_BYTES,
      );
      if (stream === undefined) continue;
      flooding.add(program);
      program.retire();
      program.guest.kill().catch(() => {});
      report(`${program.plan.name}: killed, as its ${stream} has passed ${MOST_BYTES / 2 ** 30} GiB`);
    }
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
