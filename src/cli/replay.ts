import { readdirSync, readFileSync, writeSync } from "node:fs";
import { DieCastError, invalidOption } from "../errors.js";
import { measureCoreSpeed } from "../host/core_speed.js";
import { RunDirectory } from "../run/directory.js";
import { hostRecord } from "../run/perform.js";
import type { HostRecord, RunRecord } from "../run/record.js";
import { parseTdf } from "../scale/tdf.js";
import type { Requirement } from "../spec/experiment.js";
import { experimentFromDocument } from "../spec/load.js";
import { packageVersion } from "../version.js";
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
  if (record.sharesOf != null && flags.tdf !== undefined)
    throw invalidOption("--tdf", "none: the run was without dilation (--undilated)", flags.tdf);
  for (const line of await changesSince(directory, record, experiment.requires))
    writeSync(2, `note: ${line}\n`);
  return carryOut(
    {
      // All that is recorded, whatever `files` had chosen from. By name: "." leaves out what is called runs or .git.
      // Guests' clocks begin where they began then.
      experiment: {
        ...experiment,
        files: readdirSync(directory.file("files")),
        startNs: experiment.startNs ?? (record.startWallNs == null ? undefined : BigInt(record.startWallNs)),
      },
      document,
      tdf: flags.tdf === undefined ? parseTdf(record.tdf, "tdf of run.json") : parseTdfOrAuto(flags.tdf),
      seed: parseSeed(flags.seed) ?? record.seed,
      out: flags.out,
      overcommit: flags.overcommit ?? record.overcommit ?? false,
      allowIdle: flags.allowIdle ?? record.allowIdle ?? false,
      sharesOf: record.sharesOf == null ? undefined : parseTdf(record.sharesOf, "sharesOf of run.json"),
      // Cores that are as fast anywhere need no other measure.
      reference: record.steadyCores == null ? record.reference : undefined,
      steadyCores: record.steadyCores ?? undefined,
    },
    flags,
  );
}

/** What is not in an experiment's record, and not as it was: a replay may differ by it. */
async function changesSince(
  directory: RunDirectory,
  { diecast }: RunRecord,
  requires: readonly Requirement[],
): Promise<string[]> {
  const then: Partial<HostRecord> = { ...read<Partial<HostRecord>>(directory, "host.json") };
  const now = await hostRecord(measureCoreSpeed(), requires);
  const known = ["processor", "cores", "system", "kernel", "node", "path"] as const;
  const facts: [string, unknown, unknown][] = [
    ["DieCast", diecast, packageVersion()],
    ...known.map((fact): [string, unknown, unknown] => [fact, then[fact], now[fact]]),
    ["memory (GiB)", gibibytes(then.memoryBytes), gibibytes(now.memoryBytes)],
    ...Object.entries(then.packages ?? {}).map(([name, version]): [string, unknown, unknown] => [
      name,
      version,
      now.packages[name] ?? "none",
    ]),
  ];
  // Records of earlier versions know fewer of them.
  return facts
    .filter(([, before, here]) => before !== undefined && before !== here)
    .map(([what, before, here]) => `${what}: the run had ${before}, here it is ${here}`);
}

/** A kernel keeps a little more or less of it for itself. */
function gibibytes(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : Math.round(bytes / 2 ** 30);
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
