import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { type FioResult, fioResult } from "../../test/host/disks/fio.js";
import { carryOut, type Outcome } from "../carry_out.js";
import { describeLoad, directionOf, type FioLoad, fioArguments, LOADS } from "./loads.js";

/** A drive and how long fio is to use it, so that some hundred requests come together. */
export interface Drive {
  readonly model: string;
  readonly size: string;
  readonly durationS: number;
  /** Whether a host of two processors can do justice to all loads at once, each in a guest of its own. */
  readonly atOnce: boolean;
}

export const DRIVES: readonly Drive[] = [
  { model: "seagate-st32171w", size: "2GiB", durationS: 4, atOnce: true },
  // With its write buffer it takes 0.3 ms for what it streams.
  { model: "hdd-7200-sata-4tb", size: "8GiB", durationS: 1.5, atOnce: false },
  { model: "ssd-sata-1tb", size: "2GiB", durationS: 0.3, atOnce: false },
  { model: "ssd-nvme-512gb", size: "2GiB", durationS: 0.3, atOnce: false },
];

/** One load on one drive at one TDF: what the guest perceived, and what the model said of the very same requests. */
export interface Truth {
  readonly drive: string;
  readonly tdf: number;
  readonly load: FioLoad;
  readonly requests: number;
  readonly perceivedMs: number;
  readonly modelMs: number;
  /** Bytes a second, perceived. */
  readonly bandwidth: number;
  readonly modelBandwidth: number;
  readonly verdict: string;
}

export interface Place {
  readonly out: string;
  say(line: string): void;
}

/** Runs all loads on a drive in guests; each has a disk of its own, a bare device, so that requests are fio's own. */
export async function pathTruth(drive: Drive, tdf: number, place: Place): Promise<Truth[]> {
  const name = `${drive.model}-tdf${tdf}`;
  const outcome = await carryOut(
    (folder) => writeFile(join(folder, "experiment.yaml"), JSON.stringify(experiment(drive))),
    { out: place.out, name, tdf, seed: 1 },
  );
  if (outcome.fidelity === null) throw new Error(`${name}: ${outcome.error}`);
  const { verdict, reasons } = outcome.fidelity;
  place.say(`${name}: ${[verdict, ...reasons].join("; ")}`);
  return LOADS.map((load, i) =>
    truthOf(outcome, drive, tdf, load, drive.atOnce ? [nameOf(load), "sda"] : ["g", `sd${"abcdefgh"[i]}`]),
  );
}

/** The first begins after the measuring phase has. */
const BEGIN_S = 0.5;
/** For fio to load, on a host that has more to do. */
const START_S = 1;

function experiment({ model, size, durationS, atOnce }: Drive): object {
  const disk = { model, size, fs: "none" };
  const commands = LOADS.map((load, i) => {
    const name = nameOf(load);
    const timing = {
      runtime: `${durationS * 1000}ms`,
      startdelay: atOnce || i === 0 ? `${BEGIN_S * 1000}ms` : 0,
      norandommap: 1,
      randrepeat: 1,
    };
    const device = atOnce ? "/dev/sda" : `/dev/sd${"abcdefgh"[i]}`;
    return ["fio", ...fioArguments(load, device, { ...timing, output: `${name}.json`, write_lat_log: name })];
  });
  const collect = LOADS.map((load) => [`${nameOf(load)}.json`, latenciesOf(load)]);
  const guest = { machine: "m", exit: 0 };
  const guests = atOnce
    ? LOADS.map((load, i) => [nameOf(load), { ...guest, run: commands[i], collect: collect[i] }])
    : [
        [
          "g",
          {
            ...guest,
            run: commands.map((command) => command.join(" ")).join(" && "),
            collect: collect.flat(),
          },
        ],
      ];
  const inAllS = atOnce ? durationS + START_S : LOADS.length * (durationS + START_S / 2);
  return {
    name: "path",
    machines: { m: { memory: "256MiB", disk: atOnce ? disk : LOADS.map(() => disk) } },
    guests: Object.fromEntries(guests),
    phases: { warmup: "0.1s", measure: `${inAllS + 2 * BEGIN_S}s` },
    sample: "500ms",
  };
}

function nameOf({ rw, depth }: FioLoad): string {
  return `${rw}-${depth}`;
}

/** Of fio, a line for each request: when it was complete, in ms, its latency in ns, and more. */
function latenciesOf(load: FioLoad): string {
  return `${nameOf(load)}_lat.1.log`;
}

function truthOf(
  { directory, fidelity }: Outcome,
  drive: Drive,
  tdf: number,
  load: FioLoad,
  [guest, device]: [string, string],
): Truth {
  const collected = (name: string) => readFileSync(join(directory, "guests", guest, "files", name), "utf8");
  const all = fioResult(collected(`${nameOf(load)}.json`), directionOf(load));
  const csv = readFileSync(join(directory, "metrics", "disks.csv"), "utf8");
  const modelMs = modelledMs(csv, `${guest}:${device}`, all);
  return {
    drive: drive.model,
    tdf,
    load,
    requests: all.requests,
    perceivedMs: perceivedMs(collected(latenciesOf(load)), load),
    modelMs,
    bandwidth: all.bytesPerSecond,
    modelBandwidth: load.blockBytes * modelledPerSecond(load, all, modelMs),
    verdict: fidelity?.verdict ?? "none",
  };
}

/**
 * The mean latency that fio perceived until its time was over. It looks at what was then still under way (as many requests
 * as the queue is deep) only when all of it is complete: what it has for those are not the disk's latencies.
 */
function perceivedMs(log: string, { depth }: FioLoad): number {
  const latenciesNs = (parse(log, { trim: true }) as string[][]).map(([, latencyNs]) => Number(latencyNs));
  const steady = latenciesNs.slice(0, -depth);
  if (steady.length === 0) throw new Error(`fio made ${latenciesNs.length} requests: too few to compare`);
  return steady.reduce((sum, latencyNs) => sum + latencyNs, 0) / steady.length / 1e6;
}

/**
 * Requests a second by the model. The sum of response times is the integral of the requests under way (Little): always as
 * many as the queue is deep, but for the end, where the last ones leave one after the other.
 */
function modelledPerSecond({ depth }: FioLoad, { requests }: FioResult, modelMs: number): number {
  const lessAtTheEnd = (depth - 1) / (2 * requests);
  return (depth * 1e3 * (1 - lessAtTheEnd)) / modelMs;
}

/** The mean response time by the model, over the samples. */
function modelledMs(csv: string, disk: string, { requests }: FioResult): number {
  const rows = (parse(csv, { columns: true }) as Record<string, string>[]).filter((row) => row.disk === disk);
  const at = (i: number) => Number(rows[i]?.["at (s)"] ?? 0);
  const counts = rows.map(
    (row, i) => (Number(row["reads (1/s)"]) + Number(row["writes (1/s)"])) * (at(i) - at(i - 1)),
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  // All of fio's and no others, but for what rates lose by rounding: what is compared are the same requests.
  if (Math.abs(total / requests - 1) > 0.005)
    throw new Error(`${disk}: fio made ${requests} requests, the model saw ${total}`);
  return rows.reduce((sum, row, i) => sum + Number(row["response (ms)"]) * (counts[i] ?? 0), 0) / total;
}

export const TRUTH_HEAD = [
  "drive",
  "TDF",
  "load",
  "requests",
  "model ms",
  "perceived ms",
  "latency",
  "bandwidth",
  "run",
  "within 3 %",
];

export function truthRow(truth: Truth): string[] {
  const { perceivedMs, modelMs, bandwidth, modelBandwidth } = truth;
  const difference = (ratio: number) =>
    `${ratio >= 1 ? "+" : "−"}${(Math.abs(ratio - 1) * 100).toFixed(1)} %`;
  return [
    truth.drive,
    `${truth.tdf}`,
    describeLoad(truth.load),
    `${truth.requests}`,
    modelMs.toFixed(4),
    perceivedMs.toFixed(4),
    difference(perceivedMs / modelMs),
    difference(bandwidth / modelBandwidth),
    truth.verdict,
    isTrue(truth) ? "yes" : "NO",
  ];
}

export function isTrue({ perceivedMs, modelMs, bandwidth, modelBandwidth }: Truth): boolean {
  return [perceivedMs / modelMs, bandwidth / modelBandwidth].every((ratio) => Math.abs(ratio - 1) <= 0.03);
}
