import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildProgram } from "../clock/program.js";
import { type Cell, type Duration, type Flow, queuePackets, unsentBytes, windowBytes } from "./cells.js";

/** An experiment as a file has it, and the program that its guests run. */
export interface Generated {
  readonly document: { readonly name: string };
  readonly program: string;
}

export interface NetworkChoice {
  readonly backend: "core" | "netem";
  /** `kernel`: leave the kernel's TCP timers in real time. Undefined: as DieCast does it of itself. */
  readonly tcpTimers?: "kernel" | undefined;
}

const PORT = 5001;
/** Far above every bottleneck, so that only that one ever queues. */
const NIC = "10Gbit/s";
/** Gaps between packets that a flow records. */
const ARRIVALS = 10_000;
/** Guests are ready in real time, one after the other. */
const PATIENCE = "600s";
/** Flows begin when their guests are ready, before the warm-up; nothing may end in the run's last moment. */
const SLACK_S = 0.2;

export const HUB = "hub";
const PAD = "pad";

interface Link {
  readonly from: string;
  readonly to: string;
  readonly [parameter: string]: unknown;
}

/** Bulk flows side by side: each with a sender, a receiver and a bottleneck of its own. */
export function bulkExperiment(flows: readonly Flow[], duration: Duration, choice: NetworkChoice): Generated {
  const { warmupS, measureS } = duration;
  const guests = flows.flatMap(({ cell, slot }) => {
    const times = [`${warmupS}`, `${measureS}`, `${windowBytes(cell)}`];
    const receive = ["./tcp_flow", "receive", `${PORT}`, ...times, `${ARRIVALS}`];
    const send = [
      "./tcp_flow",
      "send",
      receiverOf(slot),
      `${PORT}`,
      ...times,
      `${unsentBytes(cell)}`,
      cell.congestion,
    ];
    return [
      guest(receiverOf(slot), receive, ["flow.csv", "arrivals.csv"], {
        ready: { tcp: PORT, timeout: PATIENCE },
      }),
      guest(senderOf(slot), send, ["trace.csv", "limits.csv"], { after: [receiverOf(slot)] }),
    ];
  });
  return {
    program: "tcp_flow",
    document: {
      name: "tcp-flows",
      ...common(choice, inSlots(flows)),
      guests: Object.fromEntries(guests),
      phases: { ready: PATIENCE, warmup: `${warmupS}s`, measure: `${measureS + SLACK_S}s` },
    } as Generated["document"],
  };
}

/** A guest that runs one program to its end. */
export function guest(name: string, run: readonly string[], collect: readonly string[], more: object) {
  // What a program has written is fetched from its guest while that is still there.
  return [name, { machine: "host", run, collect, exit: 0, ...more }] as const;
}

/** What all these experiments have in common. */
export function common({ backend, tcpTimers }: NetworkChoice, links: readonly Link[]) {
  return {
    // No limit of the processor: what is measured is the network.
    machines: { host: { nic: { bandwidth: NIC }, scratch: "32MiB" } },
    network: {
      backend,
      ...(tcpTimers === undefined ? {} : { tcpTimers }),
      switches: [HUB, PAD],
      links: [{ name: "join", from: HUB, to: PAD }, ...links],
    },
    sample: "5s",
  };
}

/**
 * The links of the flows, those of absent ones replaced by links that nothing takes: a link's place in the experiment
 * decides which of its packets are lost, and flows are to lose the same ones whichever others run beside them.
 */
function inSlots(flows: readonly Flow[]): Link[] {
  const bySlot = new Map(flows.map((flow) => [flow.slot, flow.cell]));
  const last = Math.max(...bySlot.keys());
  return Array.from({ length: last + 1 }, (_, slot) => {
    const cell = bySlot.get(slot);
    if (cell !== undefined) return pathOf(cell, senderOf(slot), receiverOf(slot));
    return ["a", "b"].map((half) => ({ name: `${PAD}-${slot}-${half}`, from: HUB, to: PAD }));
  }).flat();
}

/** Half of the way is before the hub, so that no guest is at its switch in no time. */
function pathOf(cell: Cell, sender: string, receiver: string): Link[] {
  const latency = `${cell.roundTripMs / 4}ms`;
  const bandwidth = `${cell.bandwidthMbit}Mbit/s`;
  const lossy = { loss: cell.loss, reverse: { loss: 0 } };
  return [
    { from: sender, to: HUB, latency },
    { from: HUB, to: receiver, bandwidth, latency, queue: queuePackets(cell), ...lossy },
  ];
}

export function senderOf(slot: number): string {
  return `s${slot}`;
}

export function receiverOf(slot: number): string {
  return `r${slot}`;
}

/** Puts an experiment and its program into a folder that `diecast run` takes. */
export async function writeExperiment({ document, program }: Generated, folder: string): Promise<void> {
  await cp(await buildProgram(program), join(folder, program));
  // JSON is YAML, too.
  await writeFile(join(folder, "experiment.yaml"), `${JSON.stringify(document, null, 1)}\n`);
}
