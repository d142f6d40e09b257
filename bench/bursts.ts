import { setTimeout as sleep } from "node:timers/promises";
import { keepAwake, type WayToKeepAwake } from "../src/host/awake.js";
import { coreStepsPerSecond, type TriedCores } from "../src/host/core_reading.js";
import { type Pulse, startPulse } from "../src/host/pulse.js";
import { machine } from "./clock/measure.js";
import { output } from "./clock/program.js";
import { median } from "./clock/samples.js";
import { type Row, toTable } from "./net/row.js";
import { wholeNumberOption } from "./options.js";
import { Progress } from "./progress.js";
import { SERVER_WORK } from "./server_work.js";

/*
 * npm run bench:bursts [-- --rounds 20]
 *
 * What bursts of work cost, as a capped guest has them, by what the processor does in between: about 1 ms of servers' work, 15 ms of rest, on a
 * processor that may sleep, that is kept awake by pausing, and by loads and stores (native/awake); beside the same work without
 * a rest. And whether the probe of a core's speed (native/pulse/core_speed.h) reads the same at rest as at work. Five minutes. Exit
 * code 1 if a target is missed.
 */
const WORKER = `
${SERVER_WORK}
const [seconds, restMs] = process.argv.slice(1).map(Number);
const ns = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
  for (const [name, work] of Object.entries(works)) {
    const began = now();
    work();
    ns[name].push(Number(now() - began));
  }
  if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
}
console.log(JSON.stringify(Object.fromEntries(Object.entries(ns).map(([name, all]) => [name, all.reduce((sum, one) => sum + one) / all.length]))));
`;
const REST_MS = 15;
const WORK_S = 1.5;
const BURSTS_S = 3;
const PROBE_S = 1;
/** What keeps processors awake, and how it is called here; undefined: nothing, they may sleep. */
const WAYS = { asleep: undefined, pausing: "pause", "loads and stores": "store" } as const;
type Way = keyof typeof WAYS;
/** Of the time after pausing. */
const MOST_RATIO = 0.95;
/** Cores have changed by as much from the one trial to the other. */
const MOST_PROBE_ERROR = 0.1;

/** The mean time that each kind of work took, ns. */
type Times = Readonly<Record<string, number>>;

const rounds = wholeNumberOption("rounds", 20);

const progress = new Progress();
const id = `bench-bursts-${process.pid}`;
const pulse = await startPulse(id);
if (pulse === undefined)
  throw new Error("diecast-pulse cannot be had: is this root, and a cgroup hierarchy there?");
const processor = (await reading(pulse)).cores[0]?.processor ?? 0;
const worked: Times[] = [];
const bursts: Record<Way, Times[]> = { asleep: [], pausing: [], "loads and stores": [] };
const probed: Record<Way, number[]> = { asleep: [], pausing: [], "loads and stores": [] };
try {
  for (let round = 1; round <= rounds; round++) {
    progress.say(`round ${round} of ${rounds}`);
    const atWork = await speedDuring(pulse, async () => void worked.push(await work(WORK_S, 0)));
    for (const name of Object.keys(WAYS) as Way[]) {
      const way = WAYS[name];
      await awakeBy(way, async () => {
        bursts[name].push(await work(BURSTS_S, REST_MS));
        probed[name].push((await speedDuring(pulse, () => sleep(PROBE_S * 1000))) / atWork);
      });
    }
  }
} finally {
  await pulse.close();
}
const rows = [
  burstsRow("asleep"),
  burstsRow("pausing"),
  burstsRow("loads and stores", "pausing"),
  probeRow("asleep"),
  probeRow("pausing"),
  probeRow("loads and stores", true),
];
process.stdout.write(`\n${await machine()}\n\n${toTable(rows)}\n`);
process.exitCode = rows.some(({ reached }) => reached === false) ? 1 : 0;

async function awakeBy(way: WayToKeepAwake | undefined, act: () => Promise<void>): Promise<void> {
  const awake = way && (await keepAwake(id, way));
  if (way !== undefined && awake === undefined)
    throw new Error("processors cannot be kept awake: this needs root and Linux 5.15");
  try {
    await act();
  } finally {
    await awake?.close();
  }
}

async function work(seconds: number, restMs: number): Promise<Times> {
  const program = [process.execPath, "--input-type=module", "-e", WORKER, `${seconds}`, `${restMs}`];
  return JSON.parse(await output(["taskset", "-c", `${processor}`, ...program]));
}

async function reading(from: Pulse): Promise<TriedCores> {
  const read = await from.read();
  if (read === undefined) throw new Error("diecast-pulse has ended");
  return read;
}

/** Of the processor that works, steps/s. */
async function speedDuring(from: Pulse, act: () => Promise<void>): Promise<number> {
  const ofIt = async () => ({
    cores: (await reading(from)).cores.filter((core) => core.processor === processor),
  });
  const begin = await ofIt();
  await act();
  const speed = coreStepsPerSecond(begin, await ofIt());
  if (speed === undefined) throw new Error(`processor ${processor} was not tried`);
  return speed;
}

/** How much longer than `than`, in the geometric mean of kinds; the median of rounds. */
function ratio(times: readonly Times[], than: readonly Times[]): number {
  return median(
    times.map((one, round) => {
      const logs = Object.entries(one).map(([kind, ns]) =>
        Math.log(ns / (than[round]?.[kind] ?? Number.NaN)),
      );
      return Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
    }),
  );
}

function burstsRow(way: Way, against?: Way): Row {
  const longer = ratio(bursts[way], worked);
  const compared = against && ratio(bursts[way], bursts[against]);
  return {
    what: `bursts of 1 ms after 15 ms: ${way}`,
    expected: "as without a rest",
    measured: `${longer.toFixed(2)} times`,
    result: compared === undefined ? "" : `${compared.toFixed(2)} of ${against}`,
    target: compared === undefined ? "" : `≤ ${MOST_RATIO}`,
    reached: compared === undefined ? undefined : compared <= MOST_RATIO,
  };
}

function probeRow(way: Way, isJudged = false): Row {
  const found = median(probed[way]);
  return {
    what: `the probe at rest: ${way}`,
    expected: "as at work",
    measured: `${found.toFixed(2)} times`,
    result: "",
    target: isJudged ? `1 ± ${MOST_PROBE_ERROR}` : "",
    reached: isJudged ? Math.abs(found - 1) <= MOST_PROBE_ERROR : undefined,
  };
}
