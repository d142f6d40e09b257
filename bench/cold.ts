import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSummary } from "../src/metrics/summary.js";
import { carryOut, endRunsOnSignals } from "./carry_out.js";
import { machine } from "./clock/measure.js";
import { median } from "./clock/samples.js";
import { type Row, toTable } from "./net/row.js";
import { wholeNumberOption } from "./options.js";
import { Progress } from "./progress.js";
import { SERVER_WORK } from "./server_work.js";

/*
 * npm run bench:cold [-- --rounds 3]
 *
 * What caches cost that go cold while guests rest ten times as long at TDF 10, and how much of it is made up for. Four guests with a fifth
 * of a core do servers' work of a millisecond, two of them now and then, two all the time: how much of their processor time one piece takes
 * at TDF 10 and 1, in turns, as they are given it. Ten minutes. Exit code 1 if a target is missed.
 */
const PROGRAM = `
${SERVER_WORK}
import { setTimeout as sleep } from "node:timers/promises";
const restMs = Number(process.argv[2]);
let pieces = 0;
for (let at = Date.now() + 500; ; pieces++) {
  for (const work of Object.values(works)) work();
  await (restMs > 0 ? sleep(restMs * -Math.log(1 - Math.random())) : new Promise(setImmediate));
  if (Date.now() < at) continue;
  console.log("pieces: " + pieces);
  at += 500;
  pieces = -1;
}
`;
const KINDS = { calm: "now and then", busy: "without a rest" } as const;
type Kind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as Kind[];
const pieces = (guest: Kind) => ({ guest, stdout: "pieces: (\\d+)", each: "sum", combine: "sum" });
const EXPERIMENT = {
  name: "cold",
  machines: { fifth: { cpu: 0.2, memory: "128MiB" } },
  guests: {
    calm: { machine: "fifth", count: 2, run: "node program.mjs 20" },
    busy: { machine: "fifth", count: 2, run: "node program.mjs 0" },
  },
  phases: { warmup: "3s", measure: "10s" },
  metrics: { calm: pieces("calm"), busy: pieces("busy") },
};
/** It is the same for all runs, and that is what counts. */
const STEPS = "3e9";
/** Of TDF 1: they take a tenth of the time. */
const BASELINES = 3;
const MOST_ERROR = 0.1;

/** Of guests' processor time, as they perceive it: what a piece of work took. */
interface Cost {
  readonly pieceMs: Readonly<Record<Kind, number>>;
  /** What part of guests' time did something. */
  readonly warm: number;
}

const rounds = wholeNumberOption("rounds", 3);
const out = mkdtempSync(join(tmpdir(), "diecast-bench-"));
endRunsOnSignals(() => rmSync(out, { recursive: true, force: true }));
const progress = new Progress();
const baseline: Cost[] = [];
const scaled: Cost[] = [];
for (let round = 1; round <= rounds; round++) {
  for (let run = 1; run <= BASELINES; run++) baseline.push(await costAt(1, `tdf1-${round}.${run}`));
  scaled.push(await costAt(10, `tdf10-${round}`));
}
const rows = [...kinds.map(rowOf), warmRow()];
process.stdout.write(`\n${await machine()}\n\n${toTable(rows)}\n`);
process.exitCode = rows.some(({ reached }) => reached === false) ? 1 : 0;

async function costAt(tdf: number, name: string): Promise<Cost> {
  const { directory, fidelity, error } = await carryOut(
    async (folder) => {
      await writeFile(join(folder, "experiment.yaml"), JSON.stringify(EXPERIMENT));
      await writeFile(join(folder, "program.mjs"), PROGRAM);
    },
    { out, name, tdf, seed: 1, options: ["--steady-cores", STEPS] },
  );
  if (error !== null) throw new Error(`${name}: ${error}`);
  const { metrics, resources } = readSummary(directory);
  const pieceMs = (kind: Kind): number => {
    const metric = metrics.find((one) => one.name === kind);
    const perSecond = (metric?.kind === "pattern" ? (metric.value ?? 0) : 0) / 10;
    return (1000 * 2 * (resources?.groups[kind]?.cpuCores ?? 0)) / perSecond;
  };
  const cost = {
    pieceMs: { calm: pieceMs("calm"), busy: pieceMs("busy") },
    warm: fidelity?.steadyCores?.warm ?? Number.NaN,
  };
  progress.say(
    `${name}: ${kinds.map((kind) => `${cost.pieceMs[kind].toFixed(3)} ms ${KINDS[kind]}`).join(", ")}`,
  );
  return cost;
}

function rowOf(kind: Kind): Row {
  const of = (costs: readonly Cost[]) => median(costs.map(({ pieceMs }) => pieceMs[kind]));
  const ratio = of(scaled) / of(baseline);
  return {
    what: `processor time of a piece of servers' work, ${KINDS[kind]}, TDF 10`,
    expected: `${of(baseline).toFixed(3)} ms at TDF 1`,
    measured: `${of(scaled).toFixed(3)} ms`,
    result: `ratio ${ratio.toFixed(3)}`,
    target: `1 ± ${MOST_ERROR}`,
    reached: Math.abs(ratio - 1) <= MOST_ERROR,
  };
}

function warmRow(): Row {
  const warm = median(scaled.map((cost) => cost.warm));
  return {
    what: "of guests' time at TDF 10, what cold caches take by the model",
    expected: "0 % at TDF 1",
    measured: Number.isNaN(warm) ? "not told by this kernel" : `${(100 * (1 - warm)).toFixed(1)} %`,
    result: Number.isNaN(warm) ? "not made up for" : "does not count as used",
    target: "",
    reached: undefined,
  };
}
