import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repeatsOf } from "../src/compare/quantities.js";
import { readSummary } from "../src/metrics/summary.js";
import { carryOut, endRunsOnSignals } from "./carry_out.js";
import { machine } from "./clock/measure.js";
import { type Row, toTable } from "./net/row.js";
import { wholeNumberOption } from "./options.js";
import { Progress } from "./progress.js";
import { SERVER_WORK } from "./server_work.js";

/*
 * npm run bench:steady [-- --rounds 3]
 *
 * What --steady-cores is worth on a host whose cores are not always as fast: a guest with half a core does servers' work, at TDF 1 and
 * 10, with cores as fast as the host's and with steady ones, in turns. How far runs at TDF 1 are apart, and how far TDF 10 is from
 * them. Ten minutes. Exit code 1 if a target is missed.
 */
const PROGRAM = `
${SERVER_WORK}
let rounds = 0;
for (let at = Date.now() + 1000; ; rounds++) {
  for (const work of Object.values(works)) work();
  if (Date.now() < at) continue;
  console.log("rounds: " + rounds);
  at += 1000;
  rounds = -1;
}
`;
const EXPERIMENT = {
  name: "steady",
  machines: { half: { cpu: 0.5, memory: "128MiB" } },
  guests: { a: { machine: "half", run: "node program.mjs" } },
  phases: { warmup: "1s", measure: "6s" },
  metrics: { rounds: { guest: "a", stdout: "rounds: (\\d+)", each: "sum", combine: "sum" } },
};
/** What this host's cores come to under load, more or less: it is the same for all runs, and that is what counts. */
const STEPS = "1.7e9";
const KINDS = { "the host's": [], steady: ["--steady-cores", STEPS] } as const;
type Kind = keyof typeof KINDS;
/** In a round; they take a tenth of the time. */
const RUNS_OF = { 1: 3, 10: 1 } as const;
type Tdf = keyof typeof RUNS_OF;
const MOST_SPREAD_RATIO = 0.5;
const MOST_ERROR = 0.03;

const roundCount = wholeNumberOption("rounds", 3);

const out = mkdtempSync(join(tmpdir(), "diecast-bench-"));
endRunsOnSignals(() => rmSync(out, { recursive: true, force: true }));
const progress = new Progress();
const done: Record<Kind, Record<Tdf, number[]>> = {
  "the host's": { 1: [], 10: [] },
  steady: { 1: [], 10: [] },
};
for (let round = 1; round <= roundCount; round++) {
  for (const tdf of [1, 10] as const)
    for (let take = 1; take <= RUNS_OF[tdf]; take++)
      for (const kind of ["the host's", "steady"] as const)
        done[kind][tdf].push(
          await worked(`${kind === "steady" ? kind : "host"}-${tdf}-${round}.${take}`, tdf, kind),
        );
}
const rows = [spreadRow("the host's"), spreadRow("steady"), errorRow("the host's"), errorRow("steady")];
process.stdout.write(`\n${await machine()}\n\n${toTable(rows)}\n`);
process.exitCode = rows.some(({ reached }) => reached === false) ? 1 : 0;

/** How much a run got done, in its measuring phase. */
async function worked(name: string, tdf: Tdf, kind: Kind): Promise<number> {
  const { directory, fidelity, error } = await carryOut(
    async (folder) => {
      await writeFile(join(folder, "experiment.yaml"), JSON.stringify(EXPERIMENT));
      await writeFile(join(folder, "program.mjs"), PROGRAM);
    },
    { out, name, tdf, seed: 1, options: KINDS[kind] },
  );
  const [metric] = readSummary(directory).metrics;
  const value = metric?.kind === "pattern" ? metric.value : null;
  if (!value) throw new Error(`${name}: the guest told nothing; ${error ?? ""}`);
  const { verdict = "none", coreStepsPerSecond = 0, steadyCores } = fidelity ?? {};
  const delivered = steadyCores === undefined ? "" : `, delivered ${steadyCores.delivered?.toFixed(3)}`;
  progress.say(
    `${name}: ${value} rounds, cores ${((coreStepsPerSecond ?? 0) / 1e9).toFixed(2)}e9${delivered}, ${verdict}`,
  );
  return value;
}

function statistics(kind: Kind, tdf: Tdf): { mean: number; spread: number } {
  const { mean, spread } = repeatsOf(done[kind][tdf]);
  return { mean: mean ?? 0, spread: spread ?? 0 };
}

function spreadRow(kind: Kind): Row {
  const [host, own] = [statistics("the host's", 1).spread, statistics(kind, 1).spread];
  const isSteady = kind === "steady";
  return {
    what: `spread of ${done[kind][1].length} runs at TDF 1, cores ${kind}`,
    expected: isSteady ? percent(host) : "",
    measured: percent(own),
    result: isSteady ? `ratio ${(own / host).toFixed(2)}` : "",
    target: isSteady ? `≤ ${MOST_SPREAD_RATIO}` : "",
    reached: isSteady ? own / host <= MOST_SPREAD_RATIO : undefined,
  };
}

function errorRow(kind: Kind): Row {
  const [one, ten] = [statistics(kind, 1).mean, statistics(kind, 10).mean];
  const error = ten / one - 1;
  const isSteady = kind === "steady";
  return {
    what: `work done at TDF 10, mean of ${done[kind][10].length} runs, cores ${kind}`,
    expected: one.toFixed(0),
    measured: ten.toFixed(0),
    result: `${error < 0 ? "−" : "+"}${percent(Math.abs(error))}`,
    target: isSteady ? `within ${percent(MOST_ERROR)}` : "",
    reached: isSteady ? Math.abs(error) <= MOST_ERROR : undefined,
  };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
