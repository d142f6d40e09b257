import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { Distribution } from "../../src/metrics/distribution.js";
import type { MetricSummary } from "../../src/metrics/extraction.js";
import { GUEST_HEADER } from "../../src/metrics/guest_usage.js";
import { valuesFile, writeSummary } from "../../src/metrics/summary.js";
import { planExperiment } from "../../src/plan/planner.js";
import { RunDirectory } from "../../src/run/directory.js";
import type { Fidelity } from "../../src/run/fidelity.js";
import { planRecord, type RunRecord } from "../../src/run/record.js";
import { parseTdf } from "../../src/scale/tdf.js";
import { experiment } from "../spec/experiments.js";

export interface WholeRun {
  readonly tdf?: string;
  readonly seed?: number;
  /** Added to each response time. */
  readonly addMs?: number;
  /** Null: it left none. */
  readonly fidelity?: Partial<Fidelity> | null;
  /** Of run.json. */
  readonly record?: Partial<RunRecord>;
  readonly description?: string;
  /** The group that the clients are of. */
  readonly clients?: string;
  /** Whether values carry their times. */
  readonly timed?: boolean;
  /** Further groups of one guest each, with 600 samples. */
  readonly moreGroups?: number;
  /** Further metrics like the latency. */
  readonly moreMetrics?: number;
}

export const BEGIN_S = 3;
export const MEASURED_S = 10;
/** Of each of the two clients, virtual. */
const PER_SECOND = 50;

/** The folder of a run of two clients and a server, with every file that `diecast run` leaves; the same at each call. */
export function recordWholeRun(path: string, run: WholeRun = {}): string {
  const { tdf = "1", seed = 1, clients = "client", addMs = 0, timed = true } = run;
  const { moreGroups = 0, moreMetrics = 0, description = "A closed loop of requests" } = run;
  const more = Array.from({ length: moreGroups }, (_, i) => `more${i}`);
  const document = {
    name: "quickstart",
    machines: { server: { cpu: 0.5 }, client: { cpu: 0.125, nic: { bandwidth: "10Mbit/s" } } },
    guests: {
      web: { machine: "server" },
      client: { machine: "client", count: 2 },
      ...Object.fromEntries(more.map((name) => [name, { machine: "client" }])),
    },
    network: {
      switches: ["core"],
      links: [
        { from: "web", to: "core", latency: "1ms" },
        { from: "client", to: "core", latency: "10ms", jitter: "1ms" },
        ...more.map((name) => ({ from: name, to: "core", latency: "10ms" })),
      ],
    },
  };
  const ratio = parseTdf(tdf, "tdf");
  const directory = RunDirectory.create(path, "quickstart", `tdf${tdf}`);
  const plan = planRecord(planExperiment(experiment(document), { tdf: ratio, seed }));
  const guests = plan.guests.map((guest) =>
    guest.group === "client" ? { ...guest, group: clients } : guest,
  );
  directory.writeJson("experiment.json", { ...document, description });
  directory.writeJson("plan.json", { ...plan, guests });
  directory.writeJson("host.json", HOST);
  directory.writeJson("run.json", { ...runRecord(tdf, seed), ...run.record });
  if (run.fidelity !== null) directory.writeJson("fidelity.json", { ...FIDELITY, ...run.fidelity });
  const rates = [0, 1].map(() => PER_SECOND);
  writeRows(path, valuesFile("throughput"), "guest,value (1/s)", throughputRows());
  const latencies = new Distribution();
  const rows: string[] = [];
  for (let i = 0; i < MEASURED_S * PER_SECOND * rates.length; i++) {
    // A sawtooth with a tail: no two runs of it differ but by addMs.
    const ms = 80 + (i % 40) / 2 + (i % 500 === 499 ? 300 : 0) + addMs;
    latencies.add(ms);
    rows.push(`client-${(i % 2) + 1},${ms}${timed ? `,${(i / (PER_SECOND * 2)).toFixed(3)}` : ""}`);
  }
  writeRows(path, valuesFile("latency"), `guest,value (ms)${timed ? ",at (s)" : ""}`, rows);
  writeRows(path, join("metrics", "guests.csv"), GUEST_HEADER.join(","), [...guestRows(), ...moreRows(more)]);
  const others = Array.from({ length: moreMetrics }, (_, i) => `latency-${i}`);
  for (const name of others) writeRows(path, valuesFile(name), `guest,value (ms),at (s)`, rows);
  const common = { guest: clients, guests: [], warnings: [] };
  const metrics: MetricSummary[] = [
    {
      ...common,
      name: "throughput",
      unit: "1/s",
      kind: "pattern",
      count: 2 * MEASURED_S,
      perGuest: "mean",
      combine: "sum",
      value: 2 * PER_SECOND,
    },
    ...["latency", ...others].map(
      (name): MetricSummary => ({
        ...common,
        name,
        unit: "ms",
        kind: "csv",
        count: latencies.count,
        distribution: latencies.summary() ?? null,
      }),
    ),
  ];
  writeSummary(directory, {
    experiment: "quickstart",
    tdf,
    seed,
    measure: { beginS: BEGIN_S, endS: BEGIN_S + MEASURED_S },
    complete: true,
    metrics,
    resources: null,
    sampling: { samples: 13, late: 0, missed: 0, worstVirtualNs: 0 },
    warnings: [],
  });
  return path;
}

function throughputRows(): string[] {
  return ["client-1", "client-2"].flatMap((guest) =>
    Array.from({ length: MEASURED_S }, () => `${guest},${PER_SECOND}`),
  );
}

/** In each second: the server half a core, clients 0.01 and 0.03. */
function guestRows(): string[] {
  const use = { web: 0.5, "client-1": 0.01, "client-2": 0.03 };
  return Array.from({ length: BEGIN_S + MEASURED_S }, (_, i) =>
    Object.entries(use).map(
      ([guest, cores]) => `${i + 1},${guest},${cores},,${2 ** 24},${2 ** 24},2,800000,100000,100,100,0,0,0`,
    ),
  ).flat();
}

function moreRows(guests: readonly string[]): string[] {
  return Array.from({ length: guests.length === 0 ? 0 : 600 }, (_, i) =>
    guests.map(
      (guest) => `${i + 1},${guest},${(i % 7) / 70},,${2 ** 24},${2 ** 24},2,812345,123456,1,1,0,0,0`,
    ),
  ).flat();
}

function writeRows(path: string, file: string, header: string, rows: readonly string[]): void {
  appendFileSync(join(path, file), [header, ...rows, ""].join("\n"));
}

export const HOST = {
  processor: "Test Processor",
  cores: 2,
  memoryBytes: 8 * 2 ** 30,
  system: "Debian GNU/Linux 12",
  coreSpeed: { version: 1, stepsPerSecond: 1e9 },
  node: "v20.17.0",
  kernel: "6.1.0-18-amd64",
  packages: {},
  path: "/usr/bin:/bin",
};

const FIDELITY: Fidelity = {
  verdict: "trustworthy",
  reasons: [],
  leastTdf: null,
  latenessVirtualNs: { p50: 200, p99: 50_000, max: 1_000_000 },
  latenessBinsVirtualNs: [
    [100, 300],
    [200, 600],
    [50_000, 99],
    [1_000_000, 1],
  ],
  latenessLimitVirtualNs: 100_000,
  packets: 1000,
  unaskedDrops: 0,
  waitVirtualNs: { p50: 5_000, p99: 200_000, max: 400_000 },
  waitBinsVirtualNs: [
    [5_000, 900],
    [200_000, 99],
    [400_000, 1],
  ],
  waitLimitVirtualNs: 1_000_000,
  clockRateError: 1e-6,
  coreStepsPerSecond: 1.4e9,
  host: { busy: 0.5, stolen: 0 },
  emulationCores: 0.1,
};

function runRecord(tdf: string, seed: number): RunRecord {
  return {
    format: 1,
    id: "quickstart-1",
    experiment: "quickstart",
    diecast: "0.1.0",
    tdf,
    seed,
    startWallNs: "1896091200000000000",
    began: "2030-01-31T12:00:00.000Z",
    ended: "2030-01-31T12:01:00.000Z",
    outcome: "completed",
    error: null,
    links: { backend: "core", reason: "asked for" } as RunRecord["links"],
    speedRatio: 1,
    reference: HOST.coreSpeed,
    allowIdle: false,
    steadyCores: null,
    overcommit: false,
    sharesOf: null,
    phases: {
      readyNs: 0,
      measureBeginNs: BEGIN_S * 1e9,
      measureEndNs: (BEGIN_S + MEASURED_S) * 1e9,
      measureBeginWallNs: "0",
      measureEndWallNs: "0",
      realNs: {},
    },
    guests: [],
    events: [{ what: "core-web: down", atNs: 8e9, tookPlaceNs: 8e9 }],
    warnings: ["web: something to know"],
  };
}
