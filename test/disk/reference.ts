import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { demerit } from "../../src/disk/demerit.js";
import { loadDiskModel } from "../../src/disk/load.js";
import type { DiskScheduler, ReplayedRequest } from "../../src/disk/replay.js";
import { replayTrace } from "../../src/disk/replay.js";
import { mean } from "../../src/disk/report.js";
import { readTrace, type Trace } from "../../src/disk/trace.js";
import { ROOT } from "../paths.js";

/** The reference data of disk models: DIECAST_DISK_DATA, or a folder beside the checkout's own. */
export const DISK_DATA = resolve(process.env.DIECAST_DISK_DATA ?? `${ROOT}../shared/disk`);

/** Why there is none, for the titles of tests; undefined if there is. */
export const NO_DISK_DATA = existsSync(`${DISK_DATA}/cases`)
  ? undefined
  : `there is no ${DISK_DATA}; set DIECAST_DISK_DATA`;

/** Which model stands for a drive of the reference data. */
const MODELS: Readonly<Record<string, string>> = {
  st32171w: "seagate-st32171w",
  st39102lw: "seagate-st39102lw",
  atlas10k: "quantum-atlas10k",
  dnes309170w: "ibm-dnes309170w",
};

const SCHEDULERS: Readonly<Record<string, DiskScheduler>> = { sstfLbn: "sstf", cLookLbn: "c-look" };

export const CASE_FIXTURES = `${ROOT}test/disk/fixtures/`;

const TRACE = /\.csv(\.gz)?$/;

/** The traces in a folder, by name. */
export function tracesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => TRACE.test(file))
    .map((file) => file.replace(TRACE, ""))
    .sort();
}

export interface Replayed {
  readonly trace: Trace;
  readonly results: readonly ReplayedRequest[];
}

/** Runs a trace called DRIVE-WORKLOAD[-SCHEDULER] through the drive's model. */
export function replayCase(folder: string, name: string): Replayed {
  const parts = name.split("-");
  const model = loadDiskModel(MODELS[parts[0] ?? ""] ?? `${DISK_DATA}/drives/${parts[0]}.json`);
  const [file] = [`${folder}/${name}.csv`, `${folder}/${name}.csv.gz`].filter(existsSync);
  const trace = readTrace(file ?? `${folder}/${name}.csv`);
  return { trace, results: replayTrace(model, trace, SCHEDULERS[parts.at(-1) ?? ""]) };
}

/** How far a case is from the reference. Relative figures are shares. */
export interface CaseAccuracy {
  readonly name: string;
  readonly requests: number;
  readonly serviceDemerit: number;
  readonly responseDemerit: number;
  /** Of the means over media accesses, in ms: ours and the reference's. */
  readonly seek: readonly [number, number];
  readonly latency: readonly [number, number];
  readonly transfer: readonly [number, number];
  /** The largest difference of the share of an outcome. */
  readonly outcomes: number;
  /** The largest difference in µs of the service time of a read that missed in both. */
  readonly worstMissUs: number;
}

export function judgeCase(name: string, { trace, results }: Replayed): CaseAccuracy {
  const { reference } = trace;
  const cases = reference?.cases;
  if (reference?.serviceMs === undefined || cases === undefined) throw new Error(`${name}: no reference`);
  const referenceService = reference.serviceMs;
  const service = results.map(({ completionMs, startMs }) => completionMs - startMs);
  const response = results.map(({ completionMs, arrivalMs }) => completionMs - arrivalMs);
  const media = results.map((result) => result.media).filter((times) => times !== undefined);
  const known = (values: readonly (number | undefined)[]) => values.filter((value) => value !== undefined);
  const shares = (names: readonly string[]) => (outcome: string) =>
    names.filter((one) => one === outcome || (outcome === "append" && one === "prepend")).length /
    names.length;
  const ours = shares(results.map((result) => result.outcome));
  const theirs = shares(cases.outcomes);
  const misses = results.map((result, i) =>
    trace.requests[i]?.kind === "read" && result.outcome === "miss" && cases.outcomes[i] === "miss"
      ? Math.abs((service[i] ?? 0) - (referenceService[i] ?? 0)) * 1000
      : 0,
  );
  return {
    name,
    requests: results.length,
    serviceDemerit: demerit(service, referenceService) / mean(referenceService),
    responseDemerit: demerit(response, reference.responseMs) / mean(reference.responseMs),
    seek: [mean(media.map((times) => times.seekMs)), mean(known(cases.seekMs))],
    latency: [mean(media.map((times) => times.latencyMs)), mean(known(cases.latencyMs))],
    transfer: [mean(media.map((times) => times.transferMs)), mean(known(cases.transferMs))],
    outcomes: Math.max(
      ...["miss", "hit", "partial", "append"].map((outcome) => Math.abs(ours(outcome) - theirs(outcome))),
    ),
    worstMissUs: Math.max(...misses),
  };
}

/** Against a drive that was measured: demerit figures in ms, the model's and the reference simulator's. */
export interface MeasuredAccuracy {
  readonly drive: string;
  readonly all: readonly [number, number];
  readonly reads: readonly [number, number];
  readonly writes: readonly [number, number];
}

export function judgeMeasured(drive: string, simulatedMs: readonly number[]): MeasuredAccuracy {
  const { trace, results } = replayCase(`${DISK_DATA}/measured`, drive);
  const measured = trace.reference?.responseMs ?? [];
  const ours = results.map(({ completionMs, startMs }) => completionMs - startMs);
  const pair = (kind: string | undefined): [number, number] => {
    const chosen = (values: readonly number[]) =>
      values.filter((_, i) => kind === undefined || trace.requests[i]?.kind === kind);
    return [demerit(chosen(ours), chosen(measured)), demerit(chosen(simulatedMs), chosen(measured))];
  };
  return { drive, all: pair(undefined), reads: pair("read"), writes: pair("write") };
}
