import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { coreStepsPerSecond, type TriedCores } from "../src/host/core_reading.js";
import { startPulse } from "../src/host/pulse.js";
import { percent } from "../src/run/finding.js";
import { machine } from "./clock/measure.js";
import { type Row, toTable } from "./net/row.js";
import { wholeNumberOption } from "./options.js";
import { Progress } from "./progress.js";
import { SERVER_WORK } from "./server_work.js";

/*
 * npm run bench:cores [-- --seconds 60]
 *
 * How much the speed of the host's cores varies, and whether what a run notes of it (native/pulse/core_speed.h) tells how long the work of
 * servers takes: on each processor, work of four kinds is timed without a pause, a quarter of a second of it at a time, while
 * diecast-pulse tries that processor. Exit code 1 if the work's times vary and the probe does not tell by how much.
 */
const WORKER = `
${SERVER_WORK}
for (;;) {
  const begin = now();
  const took = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  while (now() - begin < 250_000_000n) {
    for (const [name, work] of Object.entries(works)) {
      const began = now();
      work();
      took[name].push(Number(now() - began));
    }
  }
  const medians = Object.fromEntries(Object.entries(took).map(([name, ns]) => [name, ns.sort((a, b) => a - b)[ns.length >> 1]]));
  console.log(JSON.stringify({ beginNs: String(begin), endNs: String(now()), medians }));
}
`;
const READ_EVERY_MS = 20;
/** Below this there is nothing to tell. */
const LEAST_VARIATION = 0.05;
const LEAST_CORRELATION = 0.9;

/** Of a quarter of a second on one processor: how long work took, and how fast the core was by the probe. Logarithms. */
interface Bin {
  readonly time: number;
  readonly speed: number;
}

const seconds = wholeNumberOption("seconds", 60, 5);

const progress = new Progress();
const pulse = await startPulse(`bench-cores-${process.pid}`);
if (pulse === undefined)
  throw new Error("diecast-pulse cannot be had: is this root, and a cgroup hierarchy there?");
const processors = ((await pulse.read())?.cores ?? []).map(({ processor }) => processor);
const workers: Worker[] = [];
const readings: { readonly atNs: number; readonly tried: TriedCores }[] = [];
progress.say(`four kinds of work on ${processors.length} processors, ${seconds} s`);
try {
  for (const processor of processors) workers.push(startWorker(processor));
  for (const endMs = performance.now() + seconds * 1000; performance.now() < endMs; ) {
    const reading = await pulse.read();
    if (reading === undefined) throw new Error("diecast-pulse has ended");
    readings.push({ atNs: Number(process.hrtime.bigint()), tried: reading });
    await Promise.race([sleep(READ_EVERY_MS), ...workers.map(({ failed }) => failed)]);
  }
} finally {
  await Promise.all(workers.map(({ stop }) => stop()));
  await pulse.close();
}
if (workers.length === 0 || workers.some(({ bins }) => bins.length === 0))
  throw new Error("a processor has not done a quarter of a second's work");
const kinds = Object.keys(workers[0]?.bins[0]?.medians ?? {});
const rows = kinds.map(rowOf);
process.stdout.write(`\n${await machine()}\n\n${toTable(rows)}\n`);
process.exitCode = rows.some(({ reached }) => reached === false) ? 1 : 0;

interface Worker {
  readonly processor: number;
  readonly bins: {
    readonly beginNs: string;
    readonly endNs: string;
    readonly medians: Record<string, number>;
  }[];
  /** Rejected when it ends by itself. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

function startWorker(processor: number): Worker {
  const child: ChildProcess = spawn(
    "taskset",
    ["-c", `${processor}`, process.execPath, "--input-type=module", "-e", WORKER],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const bins: Worker["bins"] = [];
  createInterface({ input: child.stdout as Readable }).on("line", (line) => bins.push(JSON.parse(line)));
  const ended = once(child, "close");
  const failed = ended.then(
    () => Promise.reject(new Error(`the work on processor ${processor} has ended by itself`)),
    (cause: Error) => Promise.reject(new Error(`taskset: ${cause.message}`)),
  );
  failed.catch(() => {});
  const stop = async () => {
    child.kill("SIGKILL");
    await ended.catch(() => {});
  };
  return { processor, bins, failed, stop };
}

function rowOf(kind: string): Row {
  const sides = workers.map(({ processor, bins }) =>
    centered(
      bins.flatMap(({ beginNs, endNs, medians }) => {
        const speed = speedBetween(processor, Number(beginNs), Number(endNs));
        return speed === undefined
          ? []
          : [{ time: Math.log(medians[kind] as number), speed: Math.log(speed) }];
      }),
    ),
  );
  // Of each processor by itself: cores of one host may differ for good.
  const all = sides.flat();
  const varies = deviation(all.map(({ time }) => time));
  const left = deviation(all.map(({ time, speed }) => time + speed));
  const products = all.reduce((sum, { time, speed }) => sum - time * speed, 0) / all.length;
  const correlation = products / (varies * deviation(all.map(({ speed }) => speed)));
  return {
    what: `${kind}: time of the same work, ${all.length} spans of 0.25 s`,
    expected: `varies by ${percent(varies)}`,
    measured: `${percent(left)} left once divided by the probe's`,
    result: `correlation ${correlation.toFixed(2)}`,
    target: varies < LEAST_VARIATION ? "" : `≥ ${LEAST_CORRELATION}`,
    reached: varies < LEAST_VARIATION ? undefined : correlation >= LEAST_CORRELATION,
  };
}

/** Undefined for a span that was not read. */
function speedBetween(processor: number, beginNs: number, endNs: number): number | undefined {
  const within = readings.filter(({ atNs }) => atNs >= beginNs && atNs <= endNs);
  const [first, last] = [within[0], within.at(-1)].map((reading) => ({
    cores: (reading?.tried.cores ?? []).filter((core) => core.processor === processor),
  }));
  return first && last && coreStepsPerSecond(first, last);
}

function centered(bins: readonly Bin[]): Bin[] {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [time, speed] = [mean(bins.map((bin) => bin.time)), mean(bins.map((bin) => bin.speed))];
  return bins.map((bin) => ({ time: bin.time - time, speed: bin.speed - speed }));
}

/** Of values around 0. */
function deviation(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
