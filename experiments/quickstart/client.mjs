// Users of the service, each in a closed loop: ask, read the answer, think, ask again. Writes each response time to
// latencies.csv and prints the requests per second.
import { closeSync, openSync, writeSync } from "node:fs";
import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://127.0.0.1:8080/" },
    users: { type: "string", default: "4" },
    /** Mean of the time to think, which is exponentially distributed. */
    "think-ms": { type: "string", default: "35" },
    /** Where response times go. */
    csv: { type: "string", default: "latencies.csv" },
  },
});
const users = Number(values.users);
const thinkMs = Number(values["think-ms"]);
const RETRY_MS = 100;

const agent = new Agent({ keepAlive: true, maxSockets: users });
const csv = openSync(values.csv, "a");
writeSync(csv, "at_ms,ms\n");
let rows = "";
let answered = 0;
let failed = 0;

for (let user = 0; user < users; user++) void use(user);

let reported = performance.now();
setInterval(() => {
  const now = performance.now();
  const rate = (answered / (now - reported)) * 1000;
  console.log(`requests/s: ${rate.toFixed(3)}${failed > 0 ? ` (failed: ${failed})` : ""}`);
  [reported, answered, failed] = [now, 0, 0];
  flush();
}, 1000);

process.on("SIGTERM", () => {
  flush();
  closeSync(csv);
  process.exit(0);
});

async function use(user) {
  const random = generator(Number(process.env.DIECAST_SEED ?? 1), Number(process.env.DIECAST_INDEX ?? 1), user);
  // Not all at once: everybody's first request comes after a time to think.
  for (;;) {
    await sleep(-Math.log(1 - random()) * thinkMs);
    const began = performance.now();
    try {
      await request();
      const ended = performance.now();
      rows += `${(performance.timeOrigin + ended).toFixed(3)},${(ended - began).toFixed(3)}\n`;
      answered++;
    } catch (error) {
      failed++;
      console.error(`request failed: ${error.message}`);
      await sleep(RETRY_MS);
    }
  }
}

// Resolves when the whole answer is there.
function request() {
  return new Promise((resolve, reject) => {
    get(values.url, { agent }, (response) => {
      response.on("error", reject);
      response.on("end", () => (response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode}`))));
      response.resume();
    }).on("error", reject);
  });
}

// Once a second rather than for each row: writing should not be what the processor is busy with.
function flush() {
  if (rows !== "") writeSync(csv, rows);
  rows = "";
}

// Numbers from 0 to 1, the same in every run with this seed (mulberry32).
function generator(...seeds) {
  let state = seeds.reduce((mixed, seed) => Math.imul(mixed ^ seed, 0x9e3779b1) + 0x7f4a7c15, 0x2545f491) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
