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

/*
 * npm run bench:waits [-- --rounds 5]
 *
 * How long guests wait for a processor that they are to have, with the host's processors kept awake (native/awake) and allowed to
 * sleep, in turns: what keeps them awake must not be in guests' way. Two guests that work for 10 ms and rest for 15, in the mean, and one
 * that works for 0.3 ms and rests for 5, on the host's processors, TDF 1. Two minutes. Exit code 1 if a target is missed.
 */
const PROGRAM = `
import random, sys, time
rest_s, work_s = float(sys.argv[1]) / 1000, float(sys.argv[2]) / 1000
random.seed(sys.argv[3])
log = open("waits.csv", "w", buffering=1)
log.write("at_ms,us\\n")
while True:
    rest, work = random.expovariate(1 / rest_s), random.expovariate(1 / work_s)
    began, done = time.monotonic(), time.thread_time()
    time.sleep(rest)
    while time.thread_time() - done < work: pass
    waited = time.monotonic() - began - rest - (time.thread_time() - done)
    log.write(f"{time.time() * 1000:.3f},{waited * 1e6:.1f}\\n")
`;
const run = (restMs: number, workMs: number, seed: string) => ({
  machine: "one",
  run: ["python3", "program.py", `${restMs}`, `${workMs}`, seed],
});
const metric = (guest: readonly string[]) => ({ guest, csv: "waits.csv", column: "us", unit: "us" });
const EXPERIMENT = {
  name: "waits",
  machines: { one: { cpu: 2, memory: "64MiB" } },
  guests: { a: run(15, 10, "a"), b: run(15, 10, "b"), c: run(5, 0.3, "c") },
  phases: { warmup: "1s", measure: "8s" },
  metrics: { long: metric(["a", "b"]), short: metric(["c"]) },
};
const KINDS = { long: "work of 10 ms", short: "work of 0.3 ms" };
type Kind = keyof typeof KINDS;
type Waits = Readonly<Record<Kind, number>>;
const MOST_RATIO = 1.2;

const rounds = wholeNumberOption("rounds", 5);

const out = mkdtempSync(join(tmpdir(), "diecast-bench-"));
endRunsOnSignals(() => rmSync(out, { recursive: true, force: true }));
const progress = new Progress();
const awake: Waits[] = [];
const asleep: Waits[] = [];
for (let round = 1; round <= rounds; round++) {
  awake.push(await meanWaitsUs(`awake-${round}`, []));
  asleep.push(await meanWaitsUs(`asleep-${round}`, ["--allow-idle"]));
}
const rows = (["long", "short"] as const).map(rowOf);
process.stdout.write(`\n${await machine()}\n\n${toTable(rows)}\n`);
process.exitCode = rows.every(({ reached }) => reached) ? 0 : 1;

function rowOf(kind: Kind): Row {
  const [one, other] = [awake, asleep].map((side) => median(side.map((waits) => waits[kind]))) as [
    number,
    number,
  ];
  const ratio = one / other;
  return {
    what: `mean wait of ${KINDS[kind]}, median of ${rounds} runs, kept awake`,
    expected: `${micro(other)} (allowed to sleep)`,
    measured: micro(one),
    result: `ratio ${ratio.toFixed(2)}`,
    target: `≤ ${MOST_RATIO}`,
    reached: ratio <= MOST_RATIO,
  };
}

function micro(us: number): string {
  return `${us.toFixed(0)} µs`;
}

/** Of each time that a guest rests and works, in µs. */
async function meanWaitsUs(name: string, more: readonly string[]): Promise<Waits> {
  const { directory, error } = await carryOut(
    async (folder) => {
      await writeFile(join(folder, "experiment.yaml"), JSON.stringify(EXPERIMENT));
      await writeFile(join(folder, "program.py"), PROGRAM);
    },
    { out, name, tdf: 1, seed: 1, options: more },
  );
  const { metrics } = readSummary(directory);
  const meanUs = (kind: Kind): number => {
    const wait = metrics.find((one) => one.name === kind);
    const mean = wait?.kind === "csv" ? wait.distribution?.mean : undefined;
    if (mean === undefined) throw new Error(`${name}: guests noted no waits; ${error ?? ""}`);
    return mean;
  };
  const waits = { long: meanUs("long"), short: meanUs("short") };
  progress.say(`${name}: ${micro(waits.long)} and ${micro(waits.short)}`);
  return waits;
}
