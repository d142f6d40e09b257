import { readdirSync, readFileSync } from "node:fs";
import { DieCastError } from "../errors.js";
import { RunDirectory } from "../run/directory.js";
import type { RunRecord } from "../run/record.js";
import { parseTdf } from "../scale/tdf.js";
import { experimentFromDocument } from "../spec/load.js";
import { carryOut, parseSeed, parseTdfOrAuto } from "./run.js";

/** The options of `diecast replay` as the user wrote them. */
export interface ReplayFlags {
  tdf?: string;
  seed?: string;
  out?: string;
  overcommit?: boolean;
  allowIdle?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/**
 * Runs what a run's folder has recorded again: experiment, files, seed, TDF, and cores as fast as those it had.
 * @throws DieCastError when there is no such run, or it cannot be begun
 */
export async function replay(path: string, flags: ReplayFlags): Promise<number> {
  const directory = RunDirectory.open(path);
  const record = read<RunRecord>(directory, "run.json");
  const document = read<unknown>(directory, "experiment.json");
  const experiment = experimentFromDocument(document, {
    directory: directory.file("files"),
    file: directory.file("experiment.json"),
  });
  return carryOut(
    {
      // All that is recorded, whatever `files` had chosen from. By name: "." leaves out what is called runs or .git.
      experiment: { ...experiment, files: readdirSync(directory.file("files")) },
      document,
      tdf: flags.tdf === undefined ? parseTdf(record.tdf, "tdf of run.json") : parseTdfOrAuto(flags.tdf),
      seed: parseSeed(flags.seed) ?? record.seed,
      out: flags.out,
      overcommit: flags.overcommit ?? false,
      allowIdle: flags.allowIdle ?? record.allowIdle ?? false,
      reference: record.reference,
    },
    flags,
  );
}

function read<T>(directory: RunDirectory, name: string): T {
  const path = directory.file(name);
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (cause) {
    throw new DieCastError("invalid-option", `${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}
