import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Clock } from "../../src/clock/clock.js";
import type { Histogram } from "../../src/host/links/backend.js";
import { createLinkCore, type LinkCore } from "../../src/host/links/core.js";
import type { PlannedNetwork } from "../../src/plan/plan.js";
import { tcpTimers } from "../../src/scale/tcp_timers.js";
import { guestNames } from "../../test/host/links/network.js";
import { buildProgram } from "../clock/program.js";

const run = promisify(execFile);

/** An emulated network that is up, and its clock. */
export interface Emulation {
  readonly core: LinkCore;
  readonly clock: Clock;
  /** What udp_load reads: each guest's namespace and address. */
  readonly hosts: string;
}

/** Sets a network up, has `use` use it, and takes it down. */
export async function withEmulation<T>(
  network: PlannedNetwork,
  tdf: number,
  use: (emulation: Emulation) => Promise<T>,
): Promise<T> {
  const clock = new Clock({ tdf });
  const guests = guestNames(network.ports.length);
  const core = await createLinkCore({ network, guests, clock, seed: 1, sysctls: tcpTimers(clock.tdf) });
  try {
    const hosts = network.ports.map((port) => `${core.namespacePath(port.guest)} ${port.interface.ipv4}\n`);
    return await use({ core, clock, hosts: hosts.join("") });
  } finally {
    await core.close();
    clock.close();
  }
}

/** Keeps a process on one processor. */
export async function pin(pid: number, processor: number): Promise<void> {
  await run("taskset", ["-pc", `${processor}`, `${pid}`]);
}

export interface Load {
  readonly seconds: number;
  /** Packets per second of all together; 0: as many as go. */
  readonly rate: number;
  readonly payloadBytes: number;
  readonly senders: number;
}

/** Sends UDP packets from processor 0; returns how many. */
export async function sendLoad(hosts: string, load: Load): Promise<number> {
  const words = [load.seconds, load.rate, load.payloadBytes, 0, load.senders].map(String);
  const sending = run(await buildProgram("udp_load"), words);
  sending.child.stdin?.end(hosts);
  return Number((await sending).stdout);
}

/** The value that a share of all are at most, to the width of a bin. */
export function quantile(histogram: Histogram, share: number): number {
  let seen = 0;
  for (const [upper, count] of histogram.bins) {
    seen += count;
    if (seen >= share * histogram.count) return upper;
  }
  return histogram.max;
}

/** Waits until packets under way have arrived. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 200));
}
