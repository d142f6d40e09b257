// @ts-check
// Users in closed loops: ask, read the answer, think, ask again. Writes each response to responses.csv and prints rates.
// SIGUSR1 lets them finish what they have asked for and ask no more: then databases can be counted. SIGTERM ends the program.
import { setMaxListeners } from "node:events";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { guestsOf } from "../shared/hosts.mjs";
import { SITES } from "../shared/partition.mjs";
import { exponential } from "../shared/random.mjs";
import { Recorder } from "./recorder.mjs";
import { Session } from "./session.mjs";

const {
  DIECAST_SEED = "1",
  DIECAST_INDEX = "1",
  DIECAST_COUNT = "1",
  /** All generators' together. */
  SESSIONS = "20",
  /** Mean time to think, exponentially distributed. */
  THINK_S = "7",
  REMOTE = "0.1",
  USERS = "100",
  ITEMS = "100",
} = process.env;

const population = {
  seed: Number(DIECAST_SEED),
  usersPerRegion: Number(USERS),
  itemsPerRegion: Number(ITEMS),
  remote: Number(REMOTE),
};
const agent = new Agent({ keepAlive: true });
const webs = new Map(SITES.map((site) => [site, guestsOf(`${site}-web`)]));
const recorder = new Recorder("responses.csv");
const finish = new AbortController();
// All that think listen to it.
setMaxListeners(0, finish.signal);

const seats = [];
for (let seat = Number(DIECAST_INDEX) - 1; seat < Number(SESSIONS); seat += Number(DIECAST_COUNT))
  seats.push(use(seat));

process.on("SIGUSR1", () => finish.abort());
process.on("SIGTERM", () => {
  recorder.close();
  process.exit(0);
});
await Promise.all(seats);
recorder.report();
console.log(
  `finished: ${recorder.responses} responses, ${recorder.writes} writes, ${recorder.errors} errors`,
);

/** One user after another at a seat, until it is time to finish. @param {number} seat */
async function use(seat) {
  const session = new Session(seat, population);
  const names = webs.get(session.site) ?? [];
  const host = names[Math.floor(seat / SITES.length) % names.length] ?? session.site;
  // Not all at once: everybody's first request comes after a time to think.
  for (;;) {
    const thinkMs = exponential(session.random, Number(THINK_S) * 1000);
    await sleep(thinkMs, undefined, { signal: finish.signal }).catch(() => {});
    if (finish.signal.aborted) return;
    const interaction = session.request();
    const began = performance.now();
    try {
      const answer = await ask(host, interaction);
      recorder.response(interaction.page, host, performance.now() - began);
      session.read(answer);
    } catch (error) {
      recorder.error(`${interaction.method} ${interaction.path} of ${host}: ${messageOf(error)}`);
      session.fail();
    }
  }
}

/** @param {unknown} error */
function messageOf(error) {
  const { message, code } = /** @type {NodeJS.ErrnoException} */ (error);
  return message || code || String(error);
}

/**
 * Resolves when the whole answer is there.
 * @param {string} host @param {import("./session.mjs").Interaction} interaction @returns {Promise<string>}
 */
function ask(host, { method, path, body }) {
  return new Promise((resolve, reject) => {
    const headers = {
      "accept-encoding": "gzip",
      ...(body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
    };
    const asked = request({ host, method, path, headers, agent }, (response) => {
      /** @type {Buffer[]} */
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        const bytes = Buffer.concat(pieces);
        const text = (response.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString(
          "utf8",
        );
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`status ${response.statusCode}: ${text.trim()}`));
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
