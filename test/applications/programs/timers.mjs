// Node's ways to tell the time and to wait.
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { statSync, watch, writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { connect, createServer as createPlainServer } from "node:net";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { setImmediate as immediate, setInterval as ticks, setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";

process.chdir(process.env.TMPDIR ?? ".");
const MS = 1e6;
/** Node counts whole milliseconds: a timer may end up to one early by a finer clock. */
const GRAIN_MS = 1;

function report(name, values, remark = "") {
  const pairs = Object.entries(values).map(([key, value]) => `${key}=${value}`);
  process.stdout.write(`${[name, ...pairs].join(" ")}${remark && ` # ${remark}`}\n`);
}
const check = (name, ok, remark = "") => report(name, { ok: ok ? 1 : 0 }, `${remark}`);

async function timed(name, expectedMs, body, lateMs = 10) {
  const start = process.hrtime.bigint();
  const values = (await body()) ?? {};
  const perceived = process.hrtime.bigint() - start;
  report(name, {
    perceived_ns: perceived,
    expected_ns: expectedMs * MS,
    grain_ns: GRAIN_MS * MS,
    late_ns: lateMs * MS,
    ...values,
  });
}

async function timers() {
  await timed("setTimeout", 100, () => new Promise((done) => setTimeout(done, 100)));
  await timed("timers/promises", 100, () => wait(100));
  await timed("setInterval", 150, async () => {
    let count = 0;
    for await (const _ of ticks(30)) if (++count === 5) break;
  });
  // A signal's timer alone does not keep Node running.
  const alive = setInterval(() => {}, 1000);
  await timed("AbortSignal.timeout", 100, () => once(AbortSignal.timeout(100), "abort").then(() => {}));
  clearInterval(alive);
  await timed("Atomics.wait", 100, () => ({
    result: Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100),
  }));
  await timed("1000_timers", 100, () =>
    Promise.all(Array.from({ length: 1000 }, () => wait(100))).then(() => {}),
  );
  const lag = monitorEventLoopDelay({ resolution: 10 });
  lag.enable();
  await wait(200);
  lag.disable();
  check("monitorEventLoopDelay", lag.min >= 8e6 && lag.mean < 60e6, `${lag.min} to ${lag.max}`);
  await immediate();
}

async function clocks() {
  const start = [
    performance.now(),
    Date.now(),
    Number(process.hrtime.bigint()) / 1e6,
    process.uptime() * 1e3,
  ];
  await wait(200);
  const end = [performance.now(), Date.now(), Number(process.hrtime.bigint()) / 1e6, process.uptime() * 1e3];
  const elapsed = end.map((value, i) => value - start[i]);
  for (const [i, name] of ["performance.now", "Date.now", "hrtime", "uptime"].entries()) {
    report(name, {
      perceived_ns: Math.round(elapsed[i] * MS),
      expected_ns: 200 * MS,
      grain_ns: 3 * MS,
      late_ns: 10 * MS,
    });
  }
  check("timeOrigin", Math.abs(performance.timeOrigin + performance.now() - Date.now()) < 5);
  const used = process.cpuUsage();
  const lived = process.uptime() * 1e6;
  // More than one thread may have been busy.
  check("cpuUsage", used.user + used.system < 4 * lived, `${used.user + used.system} of ${lived} µs`);
}

async function processes() {
  await timed(
    "execFile_timeout",
    200,
    () =>
      new Promise((done) => {
        execFile("sleep", ["5"], { timeout: 200 }, (error) => done({ signal: error?.signal }));
      }),
    100,
  );
  await timed(
    "spawnSync_timeout",
    200,
    () => ({ code: spawnSync("sleep", ["5"], { timeout: 200 }).error?.code }),
    100,
  );
  await timed("spawnSync", 200, () => ({ status: spawnSync("sleep", ["0.2"]).status }), 100);
}

async function threads() {
  const source = `
    const { parentPort } = require("node:worker_threads");
    const start = performance.now();
    setTimeout(() => parentPort.postMessage(performance.now() - start), 200);`;
  const worker = new Worker(source, { eval: true });
  const [perceivedMs] = await once(worker, "message");
  await worker.terminate();
  report("worker", {
    perceived_ns: Math.round(perceivedMs * MS),
    expected_ns: 200 * MS,
    grain_ns: GRAIN_MS * MS,
    late_ns: 10 * MS,
  });
}

async function http() {
  const server = createServer({ keepAliveTimeout: 300 }, (request, response) => {
    if (request.url === "/slow") setTimeout(() => response.end("late"), 150);
    else if (request.url !== "/silent") response.end("now");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  const ask = async (path) => {
    const request = get({ port, host: "127.0.0.1", path });
    const [response] = await once(request, "response");
    response.resume();
    await once(response, "end");
    return response;
  };
  await timed("http", 150, async () => ({ status: (await ask("/slow")).statusCode }));
  // The agents of Node's client close before the server does: a plain connection waits for it.
  const client = connect(port, "127.0.0.1");
  client.write("GET /now HTTP/1.1\r\nHost: x\r\n\r\n");
  const [answer] = await once(client, "data");
  const start = performance.now();
  const date = /Date: (.*)/i.exec(`${answer}`)?.[1] ?? "";
  check("Date_header", Math.abs(Date.parse(date) - Date.now()) < 1200, date);
  client.resume();
  await once(client, "close");
  const kept = performance.now() - start;
  // Newer versions of Node close a second after what was asked for.
  check("keepAliveTimeout", kept > 295 && kept < 1600, `${kept} ms`);
  await timed(
    "request_timeout",
    200,
    () =>
      new Promise((done) => {
        const request = get({ port, host: "127.0.0.1", path: "/silent", timeout: 200 });
        request.on("timeout", () => request.destroy());
        request.on("error", (error) => done({ error: error.code }));
      }),
  );
  await timed("fetch_with_AbortSignal", 200, () =>
    fetch(`http://127.0.0.1:${port}/silent`, { signal: AbortSignal.timeout(200) }).catch((error) => ({
      error: error.name,
    })),
  );
  server.closeAllConnections();
  server.close();
}

async function sockets() {
  const server = createPlainServer((socket) => {
    socket.setTimeout(200);
    socket.on("timeout", () => socket.destroy());
  });
  server.listen("socket");
  await once(server, "listening");
  const client = connect("socket");
  client.resume();
  await once(client, "connect");
  await timed("socket.setTimeout", 200, () => once(client, "close").then(() => {}));
  server.close();
}

async function files() {
  const before = Date.now();
  writeFileSync("file", "text");
  const { mtimeMs, birthtimeMs } = statSync("file");
  // The kernel stamps files by a clock that ticks.
  const good = mtimeMs >= before - 10 && mtimeMs < Date.now() + 1 && birthtimeMs < Date.now() + 1;
  check("mtime", good, `${before}, ${mtimeMs}, ${birthtimeMs}`);
  const watcher = watch("file");
  const changed = once(watcher, "change");
  await timed("fs.watch", 100, async () => {
    setTimeout(() => writeFileSync("file", "more"), 100);
    await changed;
  });
  watcher.close();
}

report("begin", { virtual_ns: process.hrtime.bigint() });
await timers();
await clocks();
await processes();
await threads();
await http();
await sockets();
await files();
report("end", { virtual_ns: process.hrtime.bigint() });
