import { bufferBytes, type Flow, packetsPerSecond } from "./cells.js";

/** What flows that run at the same time may take of the host together. */
export interface Budget {
  /** Real packets a second, acknowledgements counted. */
  readonly packetsPerSecond: number;
  /** TCP's buffers of all flows at their fullest. */
  readonly bufferBytes: number;
  readonly flows: number;
}

/** The kernel gives TCP a sixteenth of the host's memory before it presses for less (tcp_mem); some of that is overhead. */
export function budgetFor(memoryBytes: number, packets: number): Budget {
  return { packetsPerSecond: packets, bufferBytes: memoryBytes / 24, flows: 600 };
}

/**
 * Divides flows into runs that the host can carry at this TDF, as few as go in the order given. A flow that is more than
 * the budget by itself gets a run of its own.
 */
export function intoBatches(flows: readonly Flow[], tdf: number, budget: Budget): Flow[][] {
  const batches: { flows: Flow[]; packets: number; bytes: number }[] = [];
  for (const flow of flows) {
    const packets = packetsPerSecond(flow.cell) / tdf;
    const bytes = bufferBytes(flow.cell);
    const room = batches.find(
      (batch) =>
        batch.flows.length < budget.flows &&
        batch.packets + packets <= budget.packetsPerSecond &&
        batch.bytes + bytes <= budget.bufferBytes,
    );
    if (room === undefined) {
      batches.push({ flows: [flow], packets, bytes });
    } else {
      room.flows.push(flow);
      room.packets += packets;
      room.bytes += bytes;
    }
  }
  return batches.map((batch) => batch.flows);
}
