import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { print } from "../../../src/cli/print.js";
import { registerRun } from "../../../src/host/state/register.js";
import { until } from "../../launch/tree.js";
import { TestRun } from "./model.js";

/**
 * A program to be killed: a run with two guests, one of which runs and has a TAP device, in the phase of its life that
 * argv[2] names. Prints what it has as JSON, and waits.
 */
const phase = process.argv[2] ?? "running";
const run = new TestRun(10, true);
registerRun({ id: run.id, runDirectory: run.directory, clock: run.clock });
const mark = `${run.id}-mark`;
const web = await run.guest("web", `(setsid sh -c 'sleep 1000; : ${mark}' &) ; sleep 1000; : ${mark}`);
const idle = await run.guest("idle");
await web.prepare(["ip", "tuntap", "add", "dev", "tap0", "mode", "tap"]);
await web.start();
if (phase === "running") {
  await run.clock.resume();
  await until(() => web.usage().processes >= 4, "its processes");
}
if (phase === "preparing") void idle.prepare(["sh", "-c", `sleep 1000; : ${mark}`]);
// A real terminal session's child, too.
if (phase === "entered") {
  await run.clock.resume();
  spawn(process.argv[3] as string, ["enter", "web", "sh", "-c", `sleep 1000; : ${mark}`], {
    stdio: "ignore",
  });
}
await sleep(200);
print(`${JSON.stringify({ id: run.id, mark, directory: run.directory, pids: [web.pid, idle.pid] })}\n`);
await sleep(1e9);
