// Node's timers and clocks.
import { spawn, spawnSync } from "node:child_process";
import { connect, createServer } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

const MS = 1_000_000;

// Node rounds timers to milliseconds of its loop's time: a timer may be a whole one early by other clocks.
function report(name, start, expectedMs, rest = "") {
  const took = process.hrtime.bigint() - start;
  process.stdout.write(
    `${name} perceived_ns=${took} expected_ns=${expectedMs * MS} grain_ns=${MS} ${rest}\n`,
  );
}
function check(name, good, remark) {
  process.stdout.write(`${name} ok=${good ? 1 : 0} # ${remark}\n`);
}

await sleep(1);
process.stdout.write(`begin virtual_ns=${process.hrtime.bigint()}\n`);

let start = process.hrtime.bigint();
await sleep(25);
report("setTimeout", start, 25);

start = process.hrtime.bigint();
let ticks = 0;
await new Promise((resolve) => {
  const interval = setInterval(() => {
    if (++ticks < 6) return;
    clearInterval(interval);
    resolve();
  }, 5);
});
report("setInterval", start, 30, `ticks=${ticks}`);

start = process.hrtime.bigint();
await Promise.all(Array.from({ length: 200 }, (_, i) => sleep((i % 20) + 1)));
report("many", start, 20);

// This one alone would not keep the process going.
const alive = setInterval(() => {}, 1000);
start = process.hrtime.bigint();
await new Promise((resolve) => AbortSignal.timeout(20).addEventListener("abort", resolve));
report("AbortSignal", start, 20);
clearInterval(alive);

const server = createServer(() => {});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const socket = connect(server.address().port, "127.0.0.1");
await new Promise((resolve) => socket.on("connect", resolve));
start = process.hrtime.bigint();
socket.setTimeout(20);
await new Promise((resolve) => socket.on("timeout", resolve));
report("socket", start, 20);
socket.destroy();
server.close();

start = process.hrtime.bigint();
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
report("Atomics.wait", start, 20);

start = process.hrtime.bigint();
const code = await new Promise((resolve) => spawn("sleep", ["0.03"]).on("exit", resolve));
process.stdout.write(
  `spawn perceived_ns=${process.hrtime.bigint() - start} expected_ns=${30 * MS} late_ns=${100 * MS} code=${code}\n`,
);
start = process.hrtime.bigint();
const { signal } = spawnSync("sleep", ["5"], { timeout: 40 });
process.stdout.write(
  `spawnSync perceived_ns=${process.hrtime.bigint() - start} expected_ns=${40 * MS} grain_ns=${MS} late_ns=${100 * MS} signal=${signal}\n`,
);

const before = [
  performance.now(),
  Date.now(),
  Number(process.hrtime.bigint()) / 1e6,
  process.uptime() * 1000,
];
await sleep(40);
const after = [performance.now(), Date.now(), Number(process.hrtime.bigint()) / 1e6, process.uptime() * 1000];
const passed = after.map((time, i) => time - before[i]);
check("clocks", Math.max(...passed) - Math.min(...passed) < 4 && Math.min(...passed) >= 38, passed.join(" "));
process.stdout.write(`end virtual_ns=${process.hrtime.bigint()}\n`);
