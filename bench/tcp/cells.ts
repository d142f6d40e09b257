/** What a bulk flow is sent over, as its ends perceive it, and how it is controlled. */
export interface Cell {
  readonly congestion: string;
  /** Of the path's one bottleneck. */
  readonly bandwidthMbit: number;
  /** Without queueing. */
  readonly roundTripMs: number;
  /** Share of data packets lost, each by itself. Acknowledgements are not lost. */
  readonly loss: number;
}

/** One flow of a run: a cell, and which of its repetitions. */
export interface Flow {
  readonly cell: Cell;
  /** From 0. */
  readonly repetition: number;
  /** The same at every TDF: places the flow's links in the experiment, and so chooses which packets are lost. */
  readonly slot: number;
}

/** The axes of the grid. */
export interface Grid {
  readonly congestion: readonly string[];
  readonly bandwidthsMbit: readonly number[];
  readonly roundTripsMs: readonly number[];
  readonly losses: readonly number[];
  /** Repetitions of a flow whose rate losses decide. */
  readonly seeds: number;
}

/** How long a flow is left alone, and then measured, in virtual seconds. The same at each TDF. */
export interface Duration {
  readonly warmupS: number;
  readonly measureS: number;
}

export const BANDWIDTHS_MBIT = [1, 10, 100, 1000];
export const ROUND_TRIPS_MS = [10, 80, 200];
export const LOSSES = [0, 0.001, 0.01, 0.05];

/** A full frame of 1,500 bytes with preamble, checksum and gap; 1,448 bytes of it are payload (TCP time stamps are on). */
const FRAME_BYTES = 1538;
export const PAYLOAD_BYTES = 1448;

/** The bottleneck's queue in packets: a bandwidth-delay product, at least 100, which is the rule of links of their own. */
export function queuePackets({ bandwidthMbit, roundTripMs }: Cell): number {
  return Math.max(100, Math.ceil((bandwidthMbit * 1e6 * roundTripMs) / 1e3 / 8 / FRAME_BYTES));
}

/** Receive and send buffers in bytes: a path's content and queue, and half as much again; a tuned host's. */
export function windowBytes(cell: Cell): number {
  const productBytes = (cell.bandwidthMbit * 1e6 * cell.roundTripMs) / 1e3 / 8;
  return Math.max(2 ** 20, Math.ceil(3 * productBytes));
}

/** What a link of that bandwidth carries in payload at most, in bit/s. */
export function mostGoodputBps({ bandwidthMbit }: Cell): number {
  return (bandwidthMbit * 1e6 * PAYLOAD_BYTES) / FRAME_BYTES;
}

/**
 * Packets a second that a flow may come to, perceived, acknowledgements counted. For flows that losses slow down it is the
 * square-root law (Mathis et al. 1997), doubled, since CUBIC and a lucky flow are faster. BBR does not slow down.
 */
export function packetsPerSecond(cell: Cell): number {
  const link = (cell.bandwidthMbit * 1e6) / 8 / FRAME_BYTES;
  const isSlowed = cell.loss > 0 && cell.congestion !== "bbr";
  const lossy = isSlowed
    ? (2 * Math.sqrt(1.5 / cell.loss)) / (cell.roundTripMs / 1e3)
    : Number.POSITIVE_INFINITY;
  return Math.min(link, lossy) * 1.5;
}

/** What TCP's buffers of a flow may come to: both ends' at the rate that it may have, not at that of the window. */
export function bufferBytes(cell: Cell): number {
  const inFlight = (packetsPerSecond(cell) / 1.5) * PAYLOAD_BYTES * (cell.roundTripMs / 1e3);
  return Math.min(windowBytes(cell), 3 * inFlight) + unsentBytes(cell);
}

/** What a sender keeps ready to be sent: 50 ms of it, for when its program has to wait for a processor. */
export function unsentBytes(cell: Cell): number {
  const bytes = (packetsPerSecond(cell) / 1.5) * PAYLOAD_BYTES * 0.05;
  return Math.round(Math.min(Math.max(bytes, 2 ** 17), 2 ** 22));
}

/** From this rate a repetition costs more of the host than it tells: what many packets average needs no further mean. */
const ONE_IS_ENOUGH_PER_SECOND = 5000;

/** All flows of a grid. Those that need the most of a host come first, so that runs of few flows have low slots. */
export function flowsOf(grid: Grid): Flow[] {
  const cells = grid.congestion.flatMap((congestion) =>
    grid.bandwidthsMbit.flatMap((bandwidthMbit) =>
      grid.roundTripsMs.flatMap((roundTripMs) =>
        grid.losses.map((loss): Cell => ({ congestion, bandwidthMbit, roundTripMs, loss })),
      ),
    ),
  );
  const sorted = [...cells].sort((a, b) => packetsPerSecond(b) - packetsPerSecond(a));
  return sorted
    .flatMap((cell) => {
      const isSteady = cell.loss === 0 || packetsPerSecond(cell) >= ONE_IS_ENOUGH_PER_SECOND;
      return Array.from({ length: isSteady ? 1 : grid.seeds }, (_, repetition) => ({ cell, repetition }));
    })
    .map((flow, slot) => ({ ...flow, slot }));
}

/** "cubic, 10 Mbit/s, 80 ms, 1 %" */
export function describeCell({ congestion, bandwidthMbit, roundTripMs, loss }: Cell): string {
  return `${congestion}, ${describePath({ bandwidthMbit, roundTripMs, loss })}`;
}

export function describePath({ bandwidthMbit, roundTripMs, loss }: Omit<Cell, "congestion">): string {
  const bandwidth = bandwidthMbit >= 1000 ? `${bandwidthMbit / 1000} Gbit/s` : `${bandwidthMbit} Mbit/s`;
  return `${bandwidth}, ${roundTripMs} ms, ${describeLoss(loss)}`;
}

export function describeLoss(loss: number): string {
  return `${Number((loss * 100).toPrecision(3))} %`;
}

/** For maps and file names. */
export function cellKey({ congestion, bandwidthMbit, roundTripMs, loss }: Cell): string {
  return `${congestion}-${bandwidthMbit}mbit-${roundTripMs}ms-${loss}`;
}
