import { setTimeout as sleep } from "node:timers/promises";
import { print } from "../../../src/cli/print.js";
import { RunPlace } from "../../../src/host/state/run_place.js";
import { keepTimers } from "../../../src/host/tcp/tcp_timers.js";
import { parseTdf } from "../../../src/scale/tdf.js";

/** A program to be killed: has the kernel keep timers for the run argv[2], prints where they are attached, and waits. */
const id = process.argv[2] as string;
const timers = keepTimers(id, parseTdf(10, "tdf"), true);
const place = RunPlace.use(id);
let directory = "";
try {
  directory = place.groups.socketDirectory;
} catch {
  // Not with the rights it was started with.
}
print(`${JSON.stringify({ directory, sysctls: timers.sysctls, unscaled: timers.unscaled([]) })}\n`);
await sleep(1e9);
