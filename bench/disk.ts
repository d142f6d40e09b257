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
import { modelSpeed } from "./disk/speed.js";
import { toTable } from "./table.js";

/*
 * npm run bench:disk [-- --quick] [-- --accuracy]
 *
 * How fast the disk models are. With --accuracy how true they are to the reference data instead (docs/disks.md), where that
 * is at hand. Exit code 1 if a target is missed.
 */
const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, accuracy: { type: "boolean", default: false } },
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

if (options.accuracy) {
  process.stdout.write(NO_DISK_DATA === undefined ? `${accuracy()}\n` : `accuracy: ${NO_DISK_DATA}\n`);
  process.exitCode = NO_DISK_DATA === undefined ? 0 : 1;
} else {
  const rows = modelSpeed(options.quick ? 1 : 3);
  process.stdout.write(
    `${toTable(
      ["what", "model", "measured", "to reach", "reached"],
      rows.map((row) => [row.what, row.expected, row.measured, row.target, row.reached ? "yes" : "NO"]),
    )}\n`,
  );
  process.exitCode = rows.some((row) => row.reached === false) ? 1 : 0;
}
