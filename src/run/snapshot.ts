import { cp, lstat, readdir, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { DieCastError } from "../errors.js";

/** More is hardly meant: a folder of data sets belongs on a disk, not in every run. */
const MOST_BYTES = 512 * 2 ** 20;

/** What the default (the whole folder) does not take along: histories and other runs. */
const LEFT_OUT = new Set([".git", "runs"]);

/**
 * Copies an experiment's files into the run's folder, so that guests all see the same, a change in mid-run reaches
 * nobody, and a replay has them.
 * @param files paths below `directory`; "." is all of it
 * @throws DieCastError `invalid-experiment` for a path that is not there or leads outside, or for too much
 */
export async function snapshotFiles(
  directory: string,
  files: readonly string[],
  target: string,
): Promise<void> {
  let bytes = 0;
  for (const file of files) {
    const source = resolve(directory, file);
    const inside = relative(directory, source);
    if (inside === ".." || inside.startsWith("../")) {
      throw new DieCastError("invalid-experiment", `files: ${file} leads outside the experiment's folder`);
    }
    const entries = inside === "" ? await wholeFolder(directory, target) : [inside];
    for (const entry of entries) {
      bytes += await sizeOf(join(directory, entry), MOST_BYTES - bytes, file);
      await cp(join(directory, entry), join(target, entry), {
        recursive: true,
        preserveTimestamps: true,
        verbatimSymlinks: true,
      });
    }
  }
}

async function wholeFolder(directory: string, target: string): Promise<string[]> {
  const entries = await readdir(directory);
  // The run's own folder may lie in the experiment's.
  return entries.filter(
    (entry) => !LEFT_OUT.has(entry) && !resolve(target).startsWith(`${join(directory, entry)}/`),
  );
}

async function sizeOf(path: string, most: number, asked: string): Promise<number> {
  const entry = await lstat(path).catch((cause) => {
    throw new DieCastError("invalid-experiment", `files: ${asked}: ${path} is not there`, { cause });
  });
  let bytes = entry.isFile() ? (await stat(path)).size : 0;
  if (entry.isDirectory()) {
    for (const name of await readdir(path)) bytes += await sizeOf(join(path, name), most - bytes, asked);
  }
  if (bytes > most) {
    throw new DieCastError(
      "invalid-experiment",
      `files: ${asked} holds more than ${MOST_BYTES / 2 ** 20} MiB`,
      { remedy: "name the files that guests need with files: [...]" },
    );
  }
  return bytes;
}
