import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { stringify } from "csv-stringify/sync";
import type { RunSummary } from "../src/metrics/summary.js";
import { machine } from "./clock/measure.js";
import { type Row, toTable } from "./clock/row.js";
import { VARIANTS } from "./experiments/variants.js";

/*
 * npm run bench:model [-- --quick] [-- --tdf 2,5,10,20] [-- --csv FILE]
 *
 * Whether the scale model tells the truth whatever limits the system: the quickstart experiment as it is and with CPU,
 * bandwidth and latency as its bottleneck, each TDF against TDF 1 in this one run. About ten minutes; with --quick TDF 5
 * alone, in three. Exit code 1 if a target is missed.
 */
const ROOT = new URL("../../", import.meta.url).pathname;
const PHASES = ["phases.warmup=2s", "phases.measure=8s"];
const MOST_ERROR = 0.03;
const MOST_ERROR_P95 = 0.1;

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    tdf: { type: "string", default: "2,5,10,20" },
    csv: { type: "string" },
  },
});
const tdfs = options.quick ? ["5"] : options.tdf.split(",");

interface Outcome {
  readonly throughput: number;
  readonly mean: number;
  readonly p95: number;
}

/** From here on a run takes so little of the host that all variants have room at the same time. */
const TOGETHER_FROM_TDF = 5;

const scratch = mkdtempSync(join(tmpdir(), "diecast-bench-"));
const variants = [{ bottleneck: "as it is", set: [] as readonly string[] }, ...VARIANTS];
const outcomes = new Map<string, Map<string, Outcome>>(
  variants.map(({ bottleneck }) => [bottleneck, new Map()]),
);
try {
  for (const tdf of ["1", ...tdfs]) {
    const one = async ({ bottleneck, set }: (typeof variants)[number]) => {
      outcomes.get(bottleneck)?.set(tdf, await run(bottleneck, set, tdf));
    };
    if (Number(tdf) >= TOGETHER_FROM_TDF) await Promise.all(variants.map(one));
    else for (const variant of variants) await one(variant);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
const rows: Row[] = variants.flatMap(({ bottleneck }) => {
  const found = outcomes.get(bottleneck) as Map<string, Outcome>;
  const baseline = found.get("1") as Outcome;
  return tdfs.flatMap((tdf) => {
    const scaled = found.get(tdf) as Outcome;
    const what = `${bottleneck}, TDF ${tdf}`;
    return [
      compare(`${what}: throughput`, baseline.throughput, scaled.throughput, "1/s", MOST_ERROR),
      compare(`${what}: mean response`, baseline.mean, scaled.mean, "ms", MOST_ERROR),
      compare(`${what}: p95 response`, baseline.p95, scaled.p95, "ms", MOST_ERROR_P95),
    ];
  });
});
process.stdout.write(`\n${await machine()}\n\n${toTable(rows, ["what", "TDF 1", "scaled", "error"])}\n`);
if (options.csv !== undefined) writeFileSync(options.csv, stringify(rows, { header: true }));
process.exitCode = rows.some((row) => row.reached === false) ? 1 : 0;

async function run(name: string, overrides: readonly string[], tdf: string): Promise<Outcome> {
  process.stderr.write(`${name} at TDF ${tdf} …\n`);
  const out = join(scratch, `${name.replaceAll(" ", "-")}-${tdf}`);
  const sets = [...PHASES, ...overrides].flatMap((override) => ["--set", override]);
  const args = [
    "run",
    join(ROOT, "experiments/quickstart"),
    "--tdf",
    tdf,
    "--out",
    out,
    "--json",
    "--quiet",
    ...sets,
  ];
  const { stdout } = await promisify(execFile)(join(ROOT, "bin/diecast"), args, { maxBuffer: 2 ** 26 });
  const { summary, fidelity } = JSON.parse(stdout) as {
    summary: RunSummary;
    fidelity: { verdict: string; reasons: string[] };
  };
  if (fidelity.verdict !== "trustworthy")
    process.stderr.write(`  ${name} at TDF ${tdf}: ${fidelity.verdict}: ${fidelity.reasons.join("; ")}\n`);
  const [throughput, latency] = summary.metrics;
  if (
    throughput?.kind !== "pattern" ||
    latency?.kind !== "csv" ||
    throughput.value === null ||
    latency.distribution === null
  )
    throw new Error(`${name} at TDF ${tdf}: nothing was measured`);
  const { mean, p95 } = latency.distribution;
  return { throughput: throughput.value, mean, p95 };
}

function compare(what: string, baseline: number, scaled: number, unit: string, most: number): Row {
  const error = scaled / baseline - 1;
  const digits = (value: number) => `${Number(value.toPrecision(4))} ${unit}`;
  return {
    what,
    native: digits(baseline),
    dilated: digits(scaled),
    result: `${error < 0 ? "−" : "+"}${(Math.abs(error) * 100).toFixed(2)} %`,
    target: `within ${most * 100} %`,
    reached: Math.abs(error) <= most,
  };
}
