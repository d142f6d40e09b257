import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import type { Outcome } from "../carry_out.js";
import { type Cell, type Flow, mostGoodputBps, PAYLOAD_BYTES, packetsPerSecond } from "./cells.js";
import { receiverOf, senderOf } from "./experiment.js";

/** What a bulk flow came to: one line of flows.jsonl. */
export interface FlowResult {
  readonly tdf: number;
  readonly backend: string;
  readonly cell: Cell;
  readonly repetition: number;
  /** Folders with trace.csv and arrivals.csv, below the results' folder. */
  readonly sender: string;
  readonly receiver: string;
  /**
   * Payload that arrived, each byte once, in order or not (tcpi_delivered); virtual. Null: the flow was not measured, and
   * `why` says why.
   */
  readonly goodputBps: number | null;
  /** Likewise, but as the program at the other end got it: in order, so that a gap filled delivers seconds at once. */
  readonly inOrderBps: number;
  readonly why: string;
  /** Of the data packets sent while measuring. */
  readonly retransmittedShare: number;
  readonly medianRoundTripMs: number;
  /** Share of the time in which the window or a buffer, not the network, held the sender up. */
  readonly heldUpShare: number;
  /** Share of the round trips in which the program had nothing to send: it was kept waiting for a processor. */
  readonly ranDryShare: number;
  /** The largest IPv4 packet that came off the wire: more than the MTU would be several glued together. */
  readonly largestPacketBytes: number;
  /** Whether the whole run can be trusted, by its own instruments. */
  readonly verdict: string;
  readonly reasons: readonly string[];
  /** Share of the host's processor time that was used while measuring. */
  readonly hostBusyShare: number;
  /** How late 99 of 100 packets were at most, virtual. */
  readonly latenessNs: number;
}

/** TCP_INFO at one moment. */
export interface TraceLine {
  /** Since the connection's beginning, virtual. */
  readonly atS: number;
  readonly rttMs: number;
  /** In packets. */
  readonly cwnd: number;
  readonly retransmitted: number;
  readonly sent: number;
  readonly delivered: number;
  /** 1: the last rate measured was the program's, not the network's. */
  readonly ranDry: number;
}

/** Reads what the guests of a run have written. */
export function readFlows(
  outcome: Outcome,
  flows: readonly Flow[],
  of: {
    readonly out: string;
    readonly run: string;
    readonly tdf: number;
    readonly backend: string;
    readonly warmupS: number;
  },
): FlowResult[] {
  const { fidelity } = outcome;
  return flows.map(({ cell, repetition, slot }) => {
    const sender = join("runs", of.run, "guests", senderOf(slot), "files");
    const receiver = join("runs", of.run, "guests", receiverOf(slot), "files");
    const measured = measuredIn(of.out, sender, receiver, of.warmupS);
    return {
      tdf: of.tdf,
      backend: of.backend,
      cell,
      repetition,
      sender,
      receiver,
      ...measured,
      verdict: fidelity?.verdict ?? outcome.outcome,
      reasons: fidelity?.reasons ?? [outcome.error ?? "the run was not measured"],
      hostBusyShare: fidelity?.host.busy ?? 0,
      latenessNs: fidelity?.latenessVirtualNs?.p99 ?? 0,
    };
  });
}

function measuredIn(out: string, sender: string, receiver: string, warmupS: number) {
  const nothing = {
    inOrderBps: 0,
    retransmittedShare: 0,
    medianRoundTripMs: 0,
    heldUpShare: 0,
    ranDryShare: 0,
    largestPacketBytes: 0,
  };
  try {
    const [flow] = table(join(out, receiver, "flow.csv"));
    const trace = readTrace(join(out, sender)).filter(({ atS }) => atS >= warmupS);
    const [limits] = table(join(out, sender, "limits.csv"));
    const [first, last] = [trace[0], trace.at(-1)];
    if (
      flow === undefined ||
      limits === undefined ||
      first === undefined ||
      last === undefined ||
      first === last
    )
      return { ...nothing, goodputBps: null, why: "the flow was measured for less than a round trip" };
    const [bytes = 0, ns = 1, largest = 0] = flow;
    const [busy = 0, byReceiver = 0, byBuffer = 0] = limits;
    const sent = last.sent - first.sent;
    return {
      goodputBps: ((last.delivered - first.delivered) * PAYLOAD_BYTES * 8) / (last.atS - first.atS),
      inOrderBps: (bytes * 8e9) / ns,
      why: "",
      retransmittedShare: sent > 0 ? (last.retransmitted - first.retransmitted) / sent : 0,
      medianRoundTripMs: median(trace.map(({ rttMs }) => rttMs)),
      heldUpShare: busy > 0 ? (byReceiver + byBuffer) / busy : 0,
      ranDryShare: trace.filter(({ ranDry }) => ranDry === 1).length / trace.length,
      largestPacketBytes: largest,
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return {
      ...nothing,
      goodputBps: null,
      why: `a guest has left no ${(error as NodeJS.ErrnoException).path}`,
    };
  }
}

const MOST_RAN_DRY = 0.05;
/** One flow that is more than half of what two cores carry leaves them little for its own guests. */
const HEAVY_PACKETS_PER_SECOND = 40_000;
const BUSY_SHARE = 0.85;
const FULL_LINK = 0.97;

/** Why a flow's numbers are the host's rather than the model's; undefined: they are the model's. */
export function whyNotCarried(result: FlowResult): string | undefined {
  const { goodputBps, why, verdict, reasons, ranDryShare, hostBusyShare } = result;
  if (goodputBps === null) return why;
  if (verdict === "not trustworthy") return reasons[0] ?? verdict;
  if (isHostBound(result))
    return `the link was not full while the host's processors were ${Math.round(hostBusyShare * 100)} % busy`;
  if (ranDryShare <= MOST_RAN_DRY) return undefined;
  return `the sender's program was kept waiting in ${Math.round(ranDryShare * 100)} % of the round trips`;
}

/** Packets can all be on time and still be too few: an end that waits for a processor slows its flow down. */
function isHostBound({ cell, tdf, goodputBps, hostBusyShare }: FlowResult): boolean {
  const isHeavy = packetsPerSecond(cell) / tdf > HEAVY_PACKETS_PER_SECOND;
  return isHeavy && hostBusyShare > BUSY_SHARE && (goodputBps ?? 0) < FULL_LINK * mostGoodputBps(cell);
}

/** @param folder a sender's */
export function readTrace(folder: string): TraceLine[] {
  return table(join(folder, "trace.csv")).map(
    ([at = 0, rtt = 0, cwnd = 0, retransmitted = 0, sent = 0, delivered = 0, ranDry = 0]) => {
      return { atS: at / 1e6, rttMs: rtt / 1e3, cwnd, retransmitted, sent, delivered, ranDry };
    },
  );
}

/** Virtual ns between data packets. @param folder a receiver's */
export function readGaps(folder: string): Float64Array {
  return Float64Array.from(table(join(folder, "arrivals.csv")), ([gap = 0]) => gap);
}

/** The numbers below a CSV file's header; empty cells are NaN. */
export function table(path: string): number[][] {
  const lines = parse(readFileSync(path, "utf8"), { from_line: 2 }) as string[][];
  return lines.map((line) => line.map((cell) => (cell === "" ? Number.NaN : Number(cell))));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
