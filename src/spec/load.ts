import { open, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { checkDrives } from "./drives.js";
import type { Experiment } from "./experiment.js";
import { missingFiles } from "./files.js";
import { applyOverrides } from "./overrides.js";
import { positionsInDocument, positionsWithOverrides } from "./positions.js";
import { invalidExperiment, Problems } from "./problems.js";
import { resolveExperiment } from "./resolve/experiment.js";
import { parseText } from "./text.js";

export interface LoadOptions {
  /** `guests.client.count=4`: fields to set before anything is checked. */
  readonly overrides?: readonly string[];
}

export interface LoadedExperiment {
  readonly experiment: Experiment;
  /** What the file says after the overrides, as JSON has it: experimentFromDocument() makes the same experiment of it. */
  readonly document: unknown;
}

// Descriptions are written by people or small generators; this much takes the parser a second.
const MOST_BYTES = 4 * 2 ** 20;

/** What a folder's experiment is called. */
const FILE_IN_FOLDER = "experiment.yaml";

/**
 * Reads and checks an experiment file.
 * @param given the file, or a folder with an experiment.yaml in it
 * @throws DieCastError `invalid-experiment` with everything that is wrong as `problems`, or `invalid-option` for an override
 */
export async function loadExperiment(given: string, options: LoadOptions = {}): Promise<LoadedExperiment> {
  const path = await fileOf(given);
  const parsed = parseText(await readText(path), path);
  const { document, overrides } = applyOverrides(parsed.document, options.overrides ?? []);
  const problems = new Problems();
  const directory = dirname(resolve(path));
  const experiment = resolveExperiment(document, directory, problems);
  if (experiment !== undefined) {
    await missingFiles(experiment, document, problems);
    checkDrives(experiment, document, problems);
  }
  problems.throwIfAny(positionsWithOverrides(parsed.positions, overrides));
  return { experiment: assured(experiment), document };
}

/**
 * Checks an experiment that was loaded before.
 * @param where `directory` is what relative paths in it are relative to, `file` names it in messages
 * @throws DieCastError `invalid-experiment`
 */
export function experimentFromDocument(
  document: unknown,
  where: { readonly directory: string; readonly file: string },
): Experiment {
  const problems = new Problems();
  const experiment = resolveExperiment(document, resolve(where.directory), problems);
  problems.throwIfAny(positionsInDocument(where.file));
  return assured(experiment);
}

function assured(experiment: Experiment | undefined): Experiment {
  if (experiment === undefined) throw new Error("an experiment that cannot be read has no problem noted");
  return experiment;
}

async function fileOf(given: string): Promise<string> {
  const inside = join(given, FILE_IN_FOLDER);
  const isFolder = await stat(given).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return given;
  if (
    await stat(inside).then(
      () => true,
      () => false,
    )
  )
    return inside;
  throw invalidExperiment(given, [
    `${given}: expected an experiment file, found a folder without ${FILE_IN_FOLDER}`,
  ]);
}

async function readText(path: string): Promise<string> {
  const problem = (text: string, cause?: unknown) => invalidExperiment(path, [`${path}: ${text}`], cause);
  let bytes: Buffer;
  try {
    const file = await open(path, "r");
    try {
      if ((await file.stat()).isDirectory()) throw problem("expected a file, found a folder");
      // Read, not measured: a pipe has no size.
      bytes = Buffer.alloc(MOST_BYTES + 1);
      let length = 0;
      for (let read = 1; read > 0 && length < bytes.length; length += read) {
        read = (await file.read(bytes, length, bytes.length - length)).bytesRead;
      }
      if (length > MOST_BYTES) throw problem(`expected at most ${MOST_BYTES / 2 ** 20} MiB, found more`);
      bytes = bytes.subarray(0, length);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") throw problem("expected an experiment file, found nothing of that name", cause);
    if (code === "EACCES" || code === "EPERM") throw problem("may not be read by this user", cause);
    if (code === "ENOTDIR" || code === "ELOOP" || code === "EIO" || code === "ENAMETOOLONG") {
      throw problem(`cannot be read: ${code}`, cause);
    }
    throw cause;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw problem("expected text in UTF-8, found other bytes", cause);
  }
}
