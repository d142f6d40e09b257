import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { stringify } from "csv-stringify/sync";
import {
  cyclesPerNs,
  exec,
  machine,
  rateError,
  readClock,
  redisGet,
  shellLoop,
  sleepLateness,
  trappedCall,
} from "./clock/measure.js";
import { type Row, toTable } from "./clock/row.js";

/*
 * npm run bench:clock [-- --quick] [-- --csv FILE]
 *
 * What dilated time costs: every figure is measured natively and dilated in turn, in this one run. About five minutes;
 * with --quick one, and rougher figures. Exit code 1 if a target is missed.
 */
const { values: options } = parseArgs({
  options: { quick: { type: "boolean", default: false }, csv: { type: "string" } },
});
const effort = options.quick ? { rounds: 1, rateSeconds: 5 } : { rounds: 5, rateSeconds: 60 };

const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  process.stderr.write(`${name} …\n`);
  return work();
};

const frequency = await step("cycle counter", () => cyclesPerNs(2));
const rows: Row[] = [
  ...(await step("reading the clock", () => readClock(effort, frequency))),
  await step(`rate, ${effort.rateSeconds} s`, () => rateError(effort)),
  ...(await step("sleeping", () => sleepLateness(effort, frequency))),
  await step("trapped calls", () => trappedCall(effort, frequency)),
  await step("exec", () => exec(effort, frequency)),
  await step("shell loop", () => shellLoop(effort)),
  ...(await step("redis", () => redisGet(effort))),
];
process.stdout.write(`\n${await machine()}\n\n${toTable(rows)}\n`);
if (options.csv !== undefined) writeFileSync(options.csv, stringify(rows, { header: true }));
process.exitCode = rows.some((row) => row.reached === false) ? 1 : 0;
