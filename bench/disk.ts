import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "csv-parse/sync";
import { readText } from "../src/disk/trace.js";
import {
  DISK_DATA,
  judgeCase,
  judgeMeasured,
  NO_DISK_DATA,
  replayCase,
  tracesIn,
} from "../test/disk/reference.js";
import { endRunsOnSignals } from "./carry_out.js";
import { machine } from "./clock/measure.js";
import { replyLateness } from "./disk/lateness.js";
import { pathCost } from "./disk/path_cost.js";
import {
  DRIVES,
  isTrue,
  type Place,
  pathTruth,
  TRUTH_HEAD,
  type Truth,
  truthRow,
} from "./disk/path_truth.js";
import { type DiskProgram, PROGRAMS, throughputByTdf } from "./disk/programs.js";
import { modelSpeed } from "./disk/speed.js";
import { toTable as rowsToTable } from "./net/row.js";
import { Progress } from "./progress.js";
import { toTable } from "./table.js";

/*
 * npm run bench:disk [-- --quick] [-- --only model,path,truth,lateness,programs] [-- --tdf 10,20] [-- --drives NAME,…] [-- --accuracy]
 *
 * How fast the disk models are; what the way to a guest's disk and back costs; how far what guests perceive is from what the
 * model says of the same requests (fio in guests, at each TDF); how late replies are with many guests; dbench and pgbench at
 * TDF 1, 5, 10 and 20 (--tdf: at 1 and these). All of it takes an hour and a half. With --accuracy how true the models are to the reference data instead
 * (docs/disks.md), where that is at hand. Exit code 1 if a target is missed.
 */
const TRUTH_TDFS = [10, 20];
const PROGRAM_TDFS = [5, 10, 20];
const PARTS = ["model", "path", "truth", "lateness", "programs"] as const;

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    accuracy: { type: "boolean", default: false },
    only: { type: "string", default: PARTS.join(",") },
    tdf: { type: "string" },
    drives: { type: "string", default: DRIVES.map(({ model }) => model).join(",") },
  },
});

const percent = (share: number, digits = 3) => `${(share * 100).toFixed(digits)} %`;

function accuracy(): string {
  const cases = tracesIn(`${DISK_DATA}/cases`).map((name) =>
    judgeCase(name, replayCase(`${DISK_DATA}/cases`, name)),
  );
  const component = ([ours, theirs]: readonly [number, number]) =>
    `${ours.toFixed(4)} / ${theirs.toFixed(4)}`;
  const simulated = (drive: string) =>
    (
      parse(readText(`${DISK_DATA}/measured/${drive}.csv.gz`), { columns: true }) as {
        reference_ms: string;
      }[]
    ).map((row) => Number(row.reference_ms));
  const measured = tracesIn(`${DISK_DATA}/measured`).map((drive) => judgeMeasured(drive, simulated(drive)));
  const pair = ([ours, theirs]: readonly [number, number]) => `${ours.toFixed(4)} / ${theirs.toFixed(4)}`;
  return [
    toTable(
      ["case", "requests", "service", "response", "seek ms", "latency ms", "transfer ms", "outcomes"],
      cases.map((one) => [
        one.name,
        `${one.requests}`,
        percent(one.serviceDemerit),
        percent(one.responseDemerit),
        component(one.seek),
        component(one.latency),
        component(one.transfer),
        percent(one.outcomes, 2),
      ]),
    ),
    toTable(
      ["measured drive", "all, ms", "reads, ms", "writes, ms"],
      measured.map((one) => [one.drive, pair(one.all), pair(one.reads), pair(one.writes)]),
    ),
  ].join("\n");
}

/** Prints the tables of the parts asked for; returns whether all targets were reached. */
async function measure(parts: readonly string[]): Promise<boolean> {
  const { quick } = options;
  const progress = new Progress();
  const place = {
    out: mkdtempSync(join(tmpdir(), "diecast-bench-")),
    say: (line: string) => progress.say(line),
  };
  const reached: (boolean | undefined)[] = [];
  const print = (table: string) => process.stdout.write(`\n${table}\n`);
  endRunsOnSignals(() => rmSync(place.out, { recursive: true, force: true }));
  print(await machine());
  try {
    const rows = [
      ...(parts.includes("model") ? modelSpeed(quick ? 1 : 3) : []),
      ...(parts.includes("path") ? await pathCost(quick ? 1 : 5, quick ? 1 : 3) : []),
      ...(parts.includes("lateness") ? [await replyLateness(place)] : []),
    ];
    if (rows.length > 0) print(rowsToTable(rows));
    reached.push(...rows.map((row) => row.reached));
    if (parts.includes("truth")) {
      const wanted = options.drives.split(",");
      const drives = DRIVES.filter(({ model }) => wanted.includes(model));
      const found: Truth[] = [];
      for (const tdf of tdfsOr(TRUTH_TDFS)) {
        for (const drive of quick ? drives.slice(0, 1) : drives)
          found.push(...(await pathTruth(drive, tdf, place)));
      }
      print(toTable(TRUTH_HEAD, found.map(truthRow)));
      reached.push(...found.map(isTrue));
    }
    if (parts.includes("programs")) {
      const found = [];
      for (const program of PROGRAMS) found.push(await programRow(program, place));
      print(
        toTable(
          ["program", ...programTdfs().map((tdf) => `TDF ${tdf}`), "within 5 %"],
          found.map(({ cells }) => cells),
        ),
      );
      reached.push(...found.map((row) => row.reached));
    }
  } finally {
    rmSync(place.out, { recursive: true, force: true });
  }
  return !reached.includes(false);
}

function tdfsOr(usual: readonly number[]): readonly number[] {
  return options.tdf?.split(",").map(Number) ?? usual;
}

/** The baseline first. */
function programTdfs(): readonly number[] {
  return [1, ...tdfsOr(PROGRAM_TDFS).filter((tdf) => tdf !== 1)];
}

async function programRow(program: DiskProgram, place: Place) {
  const found = await throughputByTdf(program, programTdfs(), options.quick ? 1 : 3, place);
  const baseline = found[0] as number;
  const cells = found.map((value, i) =>
    i === 0
      ? `${value.toPrecision(4)} ${program.unit}`
      : `${value.toPrecision(4)} (${(value / baseline).toFixed(3)})`,
  );
  const reached = found.every((value) => Math.abs(value / baseline - 1) <= 0.05);
  return { cells: [program.name, ...cells, reached ? "yes" : "NO"], reached };
}

if (options.accuracy) {
  process.stdout.write(NO_DISK_DATA === undefined ? `${accuracy()}\n` : `accuracy: ${NO_DISK_DATA}\n`);
  process.exitCode = NO_DISK_DATA === undefined ? 0 : 1;
} else {
  const parts = options.only.split(",");
  const unknown = parts.filter((part) => !(PARTS as readonly string[]).includes(part));
  if (unknown.length > 0)
    throw new Error(`--only: expected some of ${PARTS.join(", ")}, got ${unknown.join(", ")}`);
  process.exitCode = (await measure(parts)) ? 0 : 1;
}
