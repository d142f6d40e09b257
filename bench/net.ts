import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { stringify } from "csv-stringify/sync";
import { machine } from "./clock/measure.js";
import { emulationCost, loss, pingTimes, tcpGoodput, throughputAndLateness } from "./net/measure.js";
import { type Row, toTable } from "./net/row.js";
import { setUpTimes } from "./net/set_up.js";

/*
 * npm run bench:net [-- --quick] [-- --csv FILE]
 *
 * How fast, how punctual and how true the link emulation is: expected and measured side by side, what is compared with a
 * bare loop measured in this same run. About ten minutes; with --quick two, and rougher figures. Needs root and iperf3.
 * Exit code 1 if a target is missed.
 */
const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, csv: { type: "string" } },
});
const quick = options.quick;

const rows: Row[] = [];
for (const [name, work] of [
  ["throughput and lateness", throughputAndLateness],
  ["TCP goodput", tcpGoodput],
  ["ping", pingTimes],
  ["loss", loss],
  ["cost as guests grow", emulationCost],
  ["set-up", setUpTimes],
] as const) {
  process.stderr.write(`${name} …\n`);
  const measured = await work(quick);
  for (const { what, result } of measured) process.stderr.write(`  ${what}: ${result}\n`);
  rows.push(...measured);
}
process.stdout.write(`\n${await machine()}\n\n${toTable(rows)}\n`);
if (options.csv !== undefined) writeFileSync(options.csv, stringify(rows, { header: true }));
process.exitCode = rows.some((row) => row.reached === false) ? 1 : 0;
