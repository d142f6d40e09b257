import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { setupLines } from "../../src/host/links/protocol.js";
import type { PlannedNetwork } from "../../src/plan/plan.js";
import { PROGRAMS } from "../guests/build.js";
import { guestNames } from "../host/links/network.js";
import { ROOT } from "../paths.js";

const run = promisify(execFile);
let built: Promise<string> | undefined;

interface Arrival {
  /** Number of the packet sent, from 0. */
  readonly id: number;
  readonly port: number;
  readonly ns: number;
  readonly ecn: number;
  readonly intact: boolean;
}

export interface Outcome {
  readonly arrivals: readonly Arrival[];
  /** By pipe, named as in native/net/counters.h. */
  readonly pipes: readonly Record<(typeof COUNTERS)[number], number>[];
  readonly abandoned: number;
}

const COUNTERS = [
  "packets",
  "wireBytes",
  "queuePackets",
  "queueBytes",
  "marked",
  "queue",
  "red",
  "loss",
  "down",
  "duplicated",
  "corrupted",
  "reordered",
] as const;

/** A packet of 1,514 bytes from port 0 to port 1, unless told otherwise. */
export function packet(
  ns: number,
  { from = 0, to = 1 as number | "*", length = 1514, ecn = 0 } = {},
): string {
  return `packet ${ns} ${from} ${to} ${length} ${ecn}`;
}

/** Runs the model of a network (test/net/model.cpp) on packets and changes. */
export async function simulate(
  network: PlannedNetwork,
  lines: readonly string[],
  { seed = 1, memoryBytes = 2 ** 28 } = {},
): Promise<Outcome> {
  built ??= build();
  const setup = setupLines(
    { network, guests: guestNames(network.ports.length), seed, sysctls: {} },
    memoryBytes,
  );
  const model = spawn(await built, { stdio: ["pipe", "pipe", "inherit"] });
  model.stdin.end([...setup, ...lines, ""].join("\n"));
  const [output, [code]] = await Promise.all([text(model.stdout), once(model, "close")]);
  if (code !== 0) throw new Error(`the model ended with ${code}`);
  const rows = output.trim().split("\n");
  const numbers = (row: string) => row.split(" ").slice(1).map(Number);
  return {
    arrivals: rows.filter((row) => /^\d/.test(row)).map(arrival),
    pipes: rows
      .filter((row) => row.startsWith("pipe"))
      .map((row) =>
        Object.fromEntries(numbers(row).map((value, i) => [COUNTERS[i], value])),
      ) as Outcome["pipes"],
    abandoned: rows.filter((row) => row.startsWith("abandoned")).length,
  };
}

function arrival(row: string): Arrival {
  const [id = -1, port = -1, ns = -1, ecn = -1, intact] = row.split(" ").map(Number);
  return { id, port, ns, ecn, intact: intact === 1 };
}

async function build(): Promise<string> {
  const program = `${PROGRAMS}net-model`;
  await mkdir(PROGRAMS, { recursive: true });
  const flags = ["-std=c++20", "-O1", "-Wall", "-Wextra", "-Werror", `-I${ROOT}native`];
  const library = `${ROOT}build/native/net/libnet_model.a`;
  await run("c++", [...flags, "-o", program, `${ROOT}test/net/model.cpp`, library]);
  return program;
}
