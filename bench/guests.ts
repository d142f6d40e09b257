import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { parseArgs } from "node:util";
import type { RunRecord } from "../src/run/record.js";
import { machine } from "./clock/measure.js";
import { median } from "./clock/samples.js";
import { ownMemoryBytes } from "./guests/own_memory.js";
import { toTable } from "./table.js";

/*
 * npm run bench:guests [-- --guests 200,1000] [-- --rounds 3]
 *
 * What many guests cost DieCast itself: guests that sleep, one link each. How long it takes to build them, to release their
 * programs, to read all their counters for the first time and to take all down, as run.json has it, and the memory (PSS) of
 * DieCast's own processes while measuring. Medians over the rounds; half a minute each with 1,000 guests.
 */
const ROOT = new URL("../../", import.meta.url).pathname;
/** So slow that the processors have room for all. */
const TDF = "10";

const { values: options } = parseArgs({
  options: { guests: { type: "string", default: "200,1000" }, rounds: { type: "string", default: "3" } },
});

interface Cost {
  readonly buildNs: number;
  readonly releaseNs: number;
  /** Before there is a first sample: all guests and pipes are read once. */
  readonly lookNs: number;
  readonly takeDownNs: number;
  readonly memoryBytes: number;
}

const scratch = mkdtempSync(join(tmpdir(), "diecast-bench-"));
const rows: string[][] = [];
try {
  for (const guests of options.guests.split(",").map(Number)) {
    const costs: Cost[] = [];
    for (let round = 1; round <= Number(options.rounds); round++) {
      process.stderr.write(`${guests} guests, round ${round} …\n`);
      costs.push(await run(guests, join(scratch, `${guests}-${round}`)));
    }
    rows.push(row(guests, costs));
  }
} finally {
  rmSync(scratch, { recursive: true });
}
const head = [
  "guests",
  "built",
  "programs started",
  "first look",
  "taken down",
  "own memory (PSS)",
  "per guest",
];
process.stdout.write(`\n${await machine()}\n\n${toTable(head, rows)}\n`);

async function run(guests: number, folder: string): Promise<Cost> {
  mkdirSync(folder);
  writeFileSync(join(folder, "experiment.yaml"), JSON.stringify(experiment(guests)));
  const out = join(folder, "run");
  // A whole core each to start quickly; then they only sleep.
  const args = ["run", folder, "--tdf", TDF, "--out", out, "--overcommit"];
  const child = spawn(join(ROOT, "bin/diecast"), args, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "close");
  const memoryBytes = await memoryWhileMeasuring(child);
  const [code] = (await ended) as [number | null];
  if (code !== 0 && code !== 1) throw new Error(`diecast ${args.join(" ")} ended with ${code}`);
  const { phases } = JSON.parse(readFileSync(join(out, "run.json"), "utf8")) as RunRecord;
  const { build = 0, ready = 0, "warm-up": look = 0, stop = 0, collect = 0 } = phases.realNs;
  const takeDownNs = stop + collect + (phases.realNs["take down"] ?? 0);
  return { buildNs: build, releaseNs: ready, lookNs: look, takeDownNs, memoryBytes };
}

function experiment(guests: number): object {
  return {
    name: "many",
    machines: { small: { cpu: 1, memory: "16MiB" } },
    phases: { ready: "1h", warmup: 0, measure: "1s" },
    network: { switches: ["s"], links: [{ from: "sleeper", to: "s", latency: "1ms" }] },
    guests: { sleeper: { machine: "small", count: guests, run: ["sleep", "100000"] } },
  };
}

/** Reads what diecast says about the run, to its end. */
async function memoryWhileMeasuring(child: ChildProcess): Promise<number> {
  let memoryBytes: number | undefined;
  let last = "";
  for await (const line of createInterface({ input: child.stderr as Readable })) {
    last = line;
    if (line.startsWith("measuring")) memoryBytes ??= ownMemoryBytes(child.pid as number, "sleep");
  }
  if (memoryBytes === undefined) throw new Error(`the run never came to measuring: ${last}`);
  return memoryBytes;
}

function row(guests: number, costs: readonly Cost[]): string[] {
  const seconds = (of: (cost: Cost) => number) => `${(median(costs.map(of)) / 1e9).toFixed(1)} s`;
  const memoryBytes = median(costs.map((cost) => cost.memoryBytes));
  return [
    guests.toLocaleString("en"),
    seconds((cost) => cost.buildNs),
    seconds((cost) => cost.releaseNs),
    seconds((cost) => cost.lookNs),
    seconds((cost) => cost.takeDownNs),
    `${(memoryBytes / 2 ** 20).toFixed(0)} MiB`,
    `${(memoryBytes / guests / 1024).toFixed(0)} KiB`,
  ];
}
