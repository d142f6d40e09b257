import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { DieCastError, invalidOption } from "../../src/errors.js";
import { toNumber } from "../../src/scale/ratio.js";
import { parseTdf } from "../../src/scale/tdf.js";
import { BANDWIDTHS_MBIT, type Duration, type Grid, LOSSES, ROUND_TRIPS_MS } from "./cells.js";

/** What is to be measured. */
export interface Options {
  /** All that there is; the places of flows in it are the same whatever is measured of it. */
  readonly grid: Grid;
  /** What of it is measured. */
  readonly congestion: readonly string[];
  readonly bandwidthsMbit: readonly number[];
  readonly duration: Duration;
  /** Without the baseline. */
  readonly tdfs: readonly number[];
  readonly backend: "core" | "netem";
  /** Guests that fetch in each cell of the short flows. */
  readonly pairs: number;
  readonly packetsPerSecond: number;
  readonly out: string;
  /** Measure what the results in `out` lack of this. */
  readonly goOn: boolean;
  /** Make the report of the results in this folder, measure nothing. */
  readonly report: string | undefined;
  /** Put tables and pictures into docs/, too. */
  readonly publish: boolean;
  readonly compareBackends: boolean;
}

const CONTROLS = ["reno", "cubic", "bbr"];
/** Long enough for the slow start at 1 Gbit/s and 200 ms to overshoot and be mended (about 4.5 s). */
const FULL: Duration = { warmupS: 5, measureS: 7 };
const QUICK: Duration = { warmupS: 4, measureS: 6 };

/** @throws DieCastError `invalid-option` */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parse(args);
  const { quick } = values;
  const seeds = wholeNumber("--seeds", values.seeds ?? (quick ? "2" : "4"), 1, 100);
  const asked = (values.cc ?? CONTROLS.join(",")).split(",");
  const unknown = asked.find((name) => !CONTROLS.includes(name));
  if (unknown !== undefined) throw invalidOption("--cc", `some of ${CONTROLS.join(", ")}`, unknown);
  if (values.backend !== "core" && values.backend !== "netem")
    throw invalidOption("--backend", "core or netem", values.backend);
  const compareBackends = values["compare-backends"];
  if (values.continue && values.out === undefined)
    throw new DieCastError(
      "invalid-option",
      "--continue: expected --out beside it, with results to go on with",
    );
  const small = { bandwidthsMbit: [10], roundTripsMs: [10, 80], losses: [0, 0.01] };
  const whole = {
    bandwidthsMbit: BANDWIDTHS_MBIT,
    roundTripsMs: ROUND_TRIPS_MS,
    losses: LOSSES,
  };
  const grid = { ...(quick ? small : whole), congestion: CONTROLS.filter(isAvailable), seeds };
  return {
    grid: compareBackends ? { ...grid, losses: [0] } : grid,
    congestion: asked,
    bandwidthsMbit: bandwidthsOf(values.bandwidths),
    duration: quick ? QUICK : FULL,
    tdfs: tdfsOf(values.tdf ?? (quick || compareBackends ? "10" : "5,10,50")),
    backend: values.backend,
    pairs: quick ? 3 : 6,
    packetsPerSecond: wholeNumber("--packets", values.packets, 1000, 10_000_000),
    out: values.out ?? `runs/tcp-${new Date().toISOString().replace(/[-:]|\..*/g, "")}`,
    goOn: values.continue,
    report: values.report,
    publish: values.publish,
    compareBackends,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: "boolean", default: false },
        tdf: { type: "string" },
        cc: { type: "string" },
        backend: { type: "string", default: "core" },
        seeds: { type: "string" },
        bandwidths: { type: "string" },
        packets: { type: "string", default: "30000" },
        out: { type: "string" },
        continue: { type: "boolean", default: false },
        report: { type: "string" },
        publish: { type: "boolean", default: false },
        "compare-backends": { type: "boolean", default: false },
      },
    });
  } catch (cause) {
    throw new DieCastError("invalid-option", (cause as Error).message, { cause });
  }
}

/** What a kernel does not have cannot be measured on it; the report has no table of it. */
function isAvailable(control: string): boolean {
  return readFileSync("/proc/sys/net/ipv4/tcp_available_congestion_control", "utf8")
    .split(/\s+/)
    .includes(control);
}

/** Those of the grid, or some of them. */
function bandwidthsOf(text: string | undefined): readonly number[] {
  if (text === undefined) return BANDWIDTHS_MBIT;
  const asked = text.split(",").map(Number);
  const unknown = asked.find((bandwidth) => !BANDWIDTHS_MBIT.includes(bandwidth));
  if (unknown !== undefined)
    throw invalidOption("--bandwidths", `some of ${BANDWIDTHS_MBIT.join(", ")} (Mbit/s)`, text);
  return asked;
}

/** The baseline is measured in any case. */
function tdfsOf(text: string): number[] {
  const tdfs = text.split(",").map((one) => toNumber(parseTdf(one, "--tdf")));
  return [...new Set(tdfs)].filter((tdf) => tdf !== 1).sort((a, b) => a - b);
}

function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw invalidOption(option, `a whole number from ${least} to ${most}`, text);
  return value;
}
