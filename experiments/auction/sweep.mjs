// @ts-check
// Runs the auction site at light, medium and saturating load, each as it is and as a scale model, and prints throughput and
// response times against the number of sessions.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const HERE = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const DIECAST = join(HERE, "..", "..", "bin", "diecast");

const HELP = `Usage: node experiments/auction/sweep.mjs [options] [-- OPTIONS OF diecast run]

Runs experiments/auction for each number of sessions at each TDF, and prints a table in Markdown. Runs that the folder has
already are not repeated, so that a sweep that was interrupted goes on where it was.

  --sessions LIST  numbers of sessions (default: 15,75,250: light, medium, saturating for five guests)
  --tdf LIST       the first is the baseline that the others are held against (default: 1,10)
  --out FOLDER     where the runs go (default: runs/auction-sweep)
  --json           print the table as JSON
  -h, --help       print this

Examples:
  node experiments/auction/sweep.mjs                                       about 40 minutes
  node experiments/auction/sweep.mjs --out runs/short -- --set phases.measure=10s
  node experiments/auction/sweep.mjs --tdf 10 --sessions 1000 --out runs/forty -- --set size=forty

Exit code: 0 all runs are complete; 1 one is not; 2 bad options; 130 interrupted.`;

/** @typedef {{ sessions: number, tdf: string, throughput: number, meanMs: number, p50Ms: number, p95Ms: number, errors: number, verdict: string }} Row */

const options = readOptions();
/** @type {Row[]} */
const rows = [];
/** @type {import("node:child_process").ChildProcess | undefined} */
let running;
let interrupted = false;
// The run gets the signal as well, being of the same group, and ends in order.
process.on("SIGINT", () => {
  interrupted = true;
});
process.on("SIGTERM", () => {
  interrupted = true;
  running?.kill("SIGTERM");
});

for (const sessions of options.sessions) {
  for (const tdf of options.tdfs) {
    const out = join(options.out, `sessions-${sessions}-tdf-${tdf.replace("/", "-")}`);
    if (!isComplete(out)) await run(sessions, tdf, out);
    if (interrupted) process.exit(130);
    if (!isComplete(out)) {
      console.error(`sweep: ${out} is not complete`);
      process.exit(1);
    }
    rows.push(rowOf(sessions, tdf, out));
  }
}
console.log(options.json ? JSON.stringify(rows, null, 2) : tableOf(rows));

function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        sessions: { type: "string", default: "15,75,250" },
        tdf: { type: "string", default: "1,10" },
        out: { type: "string", default: join("runs", "auction-sweep") },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    const sessions = values.sessions.split(",").map((text) => {
      if (!/^[1-9]\d{0,5}$/.test(text))
        throw new Error(`--sessions: expected numbers such as 15,75, got "${text}"`);
      return Number(text);
    });
    return { sessions, tdfs: values.tdf.split(","), out: values.out, json: values.json, rest: positionals };
  } catch (error) {
    console.error(`sweep: ${/** @type {Error} */ (error).message}; see --help`);
    process.exit(2);
  }
}

/** @param {number} sessions @param {string} tdf @param {string} out @returns {Promise<void>} */
function run(sessions, tdf, out) {
  // What an earlier attempt has left.
  rmSync(out, { recursive: true, force: true });
  const set = ["--set", `sessions=${sessions}`];
  const args = ["run", HERE, "--tdf", tdf, "--out", out, ...set, ...options.rest];
  console.error(`diecast ${args.join(" ")}`);
  running = spawn(DIECAST, args, { stdio: ["ignore", 2, 2] });
  return new Promise((resolve) => {
    running?.on("error", (error) => {
      console.error(`sweep: ${DIECAST}: ${error.message}; npm run build makes it`);
      process.exit(1);
    });
    running?.on("exit", () => resolve());
  });
}

/** @param {string} out */
function isComplete(out) {
  return existsSync(join(out, "summary.json")) && read(out, "summary.json").complete === true;
}

/** @param {number} sessions @param {string} tdf @param {string} out @returns {Row} */
function rowOf(sessions, tdf, out) {
  const { metrics } = read(out, "summary.json");
  const metric = (/** @type {string} */ name) => metrics.find((/** @type {any} */ one) => one.name === name);
  const { mean = Number.NaN, p50 = Number.NaN, p95 = Number.NaN } = metric("response").distribution ?? {};
  return {
    sessions,
    tdf,
    throughput: metric("throughput").value,
    meanMs: mean,
    p50Ms: p50,
    p95Ms: p95,
    errors: metric("errors").value,
    verdict: read(out, "fidelity.json").verdict,
  };
}

/** @param {string} out @param {string} file */
function read(out, file) {
  return JSON.parse(readFileSync(join(out, file), "utf8"));
}

/** @param {readonly Row[]} all */
function tableOf(all) {
  const lines = all.map((row) => {
    const base = /** @type {Row} */ (all.find(({ sessions }) => sessions === row.sessions));
    const cell = (/** @type {"throughput" | "meanMs" | "p50Ms" | "p95Ms"} */ key) => {
      const value = row[key] >= 100 ? row[key].toFixed(0) : row[key].toPrecision(3);
      const error = (row[key] / base[key] - 1) * 100;
      return row === base ? value : `${value} (${error < 0 ? "−" : "+"}${Math.abs(error).toFixed(1)} %)`;
    };
    const figures = [cell("throughput"), cell("meanMs"), cell("p50Ms"), cell("p95Ms")];
    return `| ${[row.sessions, row.tdf, ...figures, row.errors, row.verdict].join(" | ")} |`;
  });
  return [
    "| sessions | TDF | responses/s | mean (ms) | p50 (ms) | p95 (ms) | errors | run |",
    "|---|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}
