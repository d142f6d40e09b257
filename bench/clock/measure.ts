import { buildProgram, dilated, installed, number, output } from "./program.js";
import { serveAndMeasure } from "./redis.js";
import type { Row } from "./row.js";
import { inTurn, median } from "./samples.js";

/** How long and how often to measure. */
export interface Effort {
  readonly rounds: number;
  readonly rateSeconds: number;
}

const us = (ns: number): string => `${(ns / 1000).toFixed(1)} µs`;
const nsText = (ns: number): string => `${ns.toFixed(1)} ns`;
const ratio = (value: number): string => value.toFixed(3);

/** A clock value with the cycle counter at that moment. */
interface Pair {
  readonly ns: number;
  readonly cycles: number;
}

async function pairs(command: readonly string[]): Promise<[Pair, Pair]> {
  const lines = (await output(command)).trim().split("\n");
  const parsed = lines.map((line) => {
    const [ns, cycles] = line.split(" ").map(Number);
    if (ns === undefined || cycles === undefined) throw new Error(`clock_pairs printed ${line}`);
    return { ns, cycles };
  });
  const [first, last] = [parsed[0], parsed[parsed.length - 1]];
  if (first === undefined || last === undefined || first === last)
    throw new Error("clock_pairs printed too little");
  return [first, last];
}

/** Cycles per nanosecond of the host's CLOCK_MONOTONIC. */
export async function cyclesPerNs(seconds: number): Promise<number> {
  const [first, last] = await pairs([await buildProgram("clock_pairs"), String(seconds)]);
  return (last.cycles - first.cycles) / (last.ns - first.ns);
}

export async function readClock(effort: Effort, frequency: number): Promise<Row[]> {
  const program = await buildProgram("read_clock");
  const sources = [() => number([program]), () => number(dilated(10, [program]))];
  const faketime = await installed("faketime");
  if (faketime) sources.push(() => number(["faketime", "-f", "+0 x0.1", program]));
  const [native = 0, scaled = 0, fake] = await inTurn(effort.rounds, sources);
  const rows: Row[] = [
    {
      what: "clock_gettime",
      native: nsText(native / frequency),
      dilated: nsText(scaled / frequency),
      result: `ratio ${ratio(scaled / native)}`,
      target: "≤ 1.3",
      reached: scaled / native <= 1.3,
    },
  ];
  if (fake !== undefined) {
    rows.push({
      what: "clock_gettime, libfaketime",
      native: nsText(native / frequency),
      dilated: nsText(fake / frequency),
      result: `ratio ${ratio(fake / native)}`,
      target: "",
      reached: undefined,
    });
  }
  return rows;
}

/** A native and a dilated process count the same cycles at the same time; the clocks must differ by the TDF alone. */
export async function rateError(effort: Effort): Promise<Row> {
  const program = await buildProgram("clock_pairs");
  const tdf = 10;
  const [[n0, n1], [d0, d1]] = await Promise.all([
    pairs([program, String(effort.rateSeconds)]),
    pairs(dilated(tdf, [program, String(effort.rateSeconds / tdf)])),
  ]);
  const realNsPerCycle = (n1.ns - n0.ns) / (n1.cycles - n0.cycles);
  const virtualNsPerCycle = (d1.ns - d0.ns) / (d1.cycles - d0.cycles);
  const error = Math.abs((virtualNsPerCycle * tdf) / realNsPerCycle - 1);
  return {
    what: `rate error over ${effort.rateSeconds} real s`,
    native: `${((n1.ns - n0.ns) / 1e9).toFixed(3)} s`,
    dilated: `${((d1.ns - d0.ns) / 1e9).toFixed(4)} s`,
    result: `${(error * 100).toExponential(1)} %`,
    target: "< 0.001 %",
    reached: error < 1e-5,
  };
}

export async function sleepLateness(effort: Effort, frequency: number): Promise<Row[]> {
  const program = await buildProgram("sleep_lateness");
  const tdf = 10;
  const rows: Row[] = [];
  for (const [realMs, count] of [
    [1, 200],
    [10, 40],
    [100, 10],
    [1000, 3],
  ] as const) {
    const realNs = realMs * 1e6;
    const [native = 0, scaled = 0] = await inTurn(effort.rounds, [
      () => number([program, String(realNs), String(count)]),
      () => number(dilated(tdf, [program, String(realNs / tdf), String(count)])),
    ]);
    const gained = (scaled - native) / frequency;
    rows.push({
      what: `lateness of a sleep of ${realMs} real ms`,
      native: us(native / frequency - realNs),
      dilated: us(scaled / frequency - realNs),
      result: `gains ${us(gained)}`,
      target: "< 20 µs",
      reached: gained < 20_000,
    });
  }
  return rows;
}

export async function trappedCall(effort: Effort, frequency: number): Promise<Row> {
  const program = await buildProgram("trapped_call");
  const [bare = 0, trapped = 0] = await inTurn(effort.rounds, [
    () => number([program, "bare"]),
    () => number(dilated(10, [program])),
  ]);
  return {
    what: "one trapped call",
    native: `${us(bare / frequency)} (bare trap)`,
    dilated: us(trapped / frequency),
    result: `ratio ${ratio(trapped / bare)}`,
    target: "≤ 2.5 µs or ≤ 1.2 × bare",
    reached: trapped / frequency <= 2500 || trapped / bare <= 1.2,
  };
}

export async function exec(effort: Effort, frequency: number): Promise<Row> {
  const program = await buildProgram("spawn_loop");
  const command = [program, "300", "/bin/true"];
  const [native = 0, scaled = 0] = await inTurn(effort.rounds, [
    () => number(command),
    () => number(dilated(1, command)),
  ]);
  const added = (scaled - native) / frequency;
  return {
    what: "vfork, exec, wait of /bin/true",
    native: us(native / frequency),
    dilated: us(scaled / frequency),
    result: `adds ${us(added)}`,
    target: "< 1 ms",
    reached: added < 1e6,
  };
}

/** Both sides time themselves in bash; TDF 1 makes the dilated one's seconds real. */
export async function shellLoop(effort: Effort): Promise<Row> {
  const script = "TIMEFORMAT=%R; { time for ((i = 0; i < 1000; i++)); do /bin/true; done; } 2>&1";
  const command = ["bash", "-c", script];
  const [native = 0, scaled = 0] = await inTurn(effort.rounds, [
    () => number(command),
    () => number(dilated(1, command)),
  ]);
  return {
    what: "shell loop, 1,000 × /bin/true",
    native: `${native.toFixed(3)} s`,
    dilated: `${scaled.toFixed(3)} s`,
    result: `ratio ${ratio(scaled / native)}`,
    target: "≤ 1.5",
    reached: scaled / native <= 1.5,
  };
}

/**
 * Server and client both inside. Throughput wanders, so the ratio is the median over neighbouring runs. At TDF 1 waits are
 * not trapped; a TDF beside it shows what trapping every epoll_wait costs a server that does little else.
 */
export async function redisGet(effort: Effort): Promise<Row[]> {
  if (!(await installed("redis-server")) || !(await installed("redis-benchmark"))) return [];
  const tdfs = ["1", "1.000001"];
  const rounds: { native: number; scaled: number[] }[] = [];
  for (let round = 0; round < effort.rounds * 3; round++) {
    const native = await serveAndMeasure([]);
    const scaled: number[] = [];
    for (const tdf of tdfs) scaled.push(await serveAndMeasure(dilated(tdf, [])));
    rounds.push({ native, scaled });
  }
  return tdfs.map((tdf, i) => {
    const result = median(rounds.map(({ native, scaled }) => (scaled[i] ?? 0) / native));
    return {
      what: `redis-benchmark GET, TDF ${tdf}`,
      native: `${Math.round(median(rounds.map((round) => round.native)))} /s`,
      dilated: `${Math.round(median(rounds.map((round) => round.scaled[i] ?? 0)))} /s`,
      result: `ratio ${ratio(result)}`,
      target: i === 0 ? "≥ 0.97" : "",
      reached: i === 0 ? result >= 0.97 : undefined,
    };
  });
}

/** What the figures were measured on. */
export async function machine(): Promise<string> {
  const cpu =
    (await output(["sh", "-c", "grep -m1 'model name' /proc/cpuinfo"])).split(":")[1]?.trim() ??
    "unknown CPU";
  const [kernel, cores] = await Promise.all([output(["uname", "-sr"]), output(["nproc"])]);
  return `${cpu}, ${cores.trim()} cores, ${kernel.trim()}`;
}
