import { realBandwidthBps, realDurationNs } from "../../../scale/link.js";
import { toNumber } from "../../../scale/ratio.js";
import type { Tdf } from "../../../scale/tdf.js";
import type { Loss, PipeParameters } from "../../../spec/experiment.js";
import { STRETCH } from "./jitter_tables.js";

/** Preamble, checksum and gap around each Ethernet frame: netem's packet overhead. */
const OVERHEAD_BYTES = 24;
/** An ARP request: the kernel does not pad frames that stay in it. */
const LEAST_FRAME_BYTES = 42;
/** netem keeps rates in whole bytes per second; what rounding may change of one. */
const RATE_TOLERANCE = 1e-3;
/** netem's own jitter is a signed 32-bit number of ns (net/sched/sch_netem.c, tabledist()). */
const MOST_JITTER_NS = 2 ** 31 - 1;
/** Packets that may travel at a time where no bandwidth limits them. */
const MOST_TRAVELLING = 1_000_000;
const MOST_LIMIT = 2 ** 32 - 1;
/** By which netem keeps packets in order without holding them back: 12 ps a byte. */
const ORDERLY = "1000gbit";

/** The words behind `netem` for the two stages of a pipe. */
export interface NetemStages {
  /** The queue, and the time a packet takes to get onto the wire. */
  readonly sending: readonly string[];
  /** The way, and what is lost on it. The first stage's child, so that packets come to it when they have been sent. */
  readonly travelling: readonly string[];
}

/**
 * A pipe as two netem queueing disciplines, one inside the other. One alone counts the packets that travel against the
 * queue's limit, and draws losses before the packet has taken its time on the wire.
 * @param perceived parameters that netemRefusal() has nothing against
 */
export function netemStages(perceived: PipeParameters, tdf: Tdf): NetemStages {
  const { bandwidthBps } = perceived;
  const sending =
    bandwidthBps === undefined
      ? ["limit", `${MOST_TRAVELLING}`, "rate", "0bit"]
      : [
          // The one being sent is in netem's queue, too.
          ...["limit", `${queueLimit(perceived) + 1}`],
          ...["rate", `${bytesPerSecond(bandwidthBps, tdf) * 8}bit`, `${OVERHEAD_BYTES}`],
        ];
  return {
    sending,
    travelling: [
      ...["limit", `${travellingLimit(perceived)}`],
      ...delayWords(perceived, tdf),
      ...(perceived.up ? lossWords(perceived.loss) : ["loss", "100%"]),
      ...(perceived.reorder > 0 ? ["reorder", percent(perceived.reorder)] : []),
      ...["rate", perceived.jitterNs > 0 && !perceived.jitterReorders ? ORDERLY : "0bit"],
    ],
  };
}

/** Why netem cannot be such a pipe, as "field: reason"; undefined if it can. Nothing is rounded off to make it fit. */
export function netemRefusal(perceived: PipeParameters, tdf: Tdf): string | undefined {
  const { queue, bandwidthBps } = perceived;
  if (queue.bytes !== undefined) return "queue: netem counts packets, not bytes";
  if (queue.discipline === "red") return "red: netem drops at the tail only";
  if (perceived.duplicate > 0) return "duplicate: netem sends copies through the queue once more";
  if (perceived.corrupt > 0) return "corrupt: netem inverts bits of the Ethernet header, too";
  const jitterNs = realJitterNs(perceived, tdf);
  if (jitterNs > MOST_JITTER_NS) {
    const most = Math.floor(MOST_JITTER_NS / STRETCH[perceived.jitterDistribution] / toNumber(tdf) / 1e6);
    return `jitter: netem takes at most ${most} ms of ${perceived.jitterDistribution} jitter at this TDF`;
  }
  if (travellingLimit(perceived) > MOST_LIMIT)
    return "latency: more packets travel at a time than netem counts";
  if (bandwidthBps !== undefined) {
    const exact = bandwidthBps / toNumber(tdf) / 8;
    const rounded = bytesPerSecond(bandwidthBps, tdf);
    if (rounded < 1 || Math.abs(rounded / exact - 1) > RATE_TOLERANCE)
      return "bandwidth: netem sends whole bytes per second of real time, which is too coarse for so few";
  }
  return undefined;
}

function bytesPerSecond(perceivedBps: number, tdf: Tdf): number {
  return Math.round(realBandwidthBps(perceivedBps, tdf) / 8);
}

function queueLimit({ queue }: PipeParameters): number {
  return Math.floor(queue.packets ?? MOST_TRAVELLING);
}

/** So many that it is never reached, even by the smallest packets. */
function travellingLimit({ bandwidthBps, latencyNs, jitterNs, jitterDistribution }: PipeParameters): number {
  if (bandwidthBps === undefined) return MOST_TRAVELLING;
  const longestS = (latencyNs + 4 * STRETCH[jitterDistribution] * jitterNs) / 1e9;
  return Math.ceil((bandwidthBps * longestS) / (8 * (LEAST_FRAME_BYTES + OVERHEAD_BYTES))) + 1000;
}

function realJitterNs({ jitterNs, jitterDistribution }: PipeParameters, tdf: Tdf): number {
  return realDurationNs(jitterNs, tdf) * STRETCH[jitterDistribution];
}

// Always with the distribution: what a change leaves out stays as it was.
function delayWords(perceived: PipeParameters, tdf: Tdf): string[] {
  const delay = ["delay", time(realDurationNs(perceived.latencyNs, tdf))];
  if (perceived.jitterNs <= 0) return delay;
  return [...delay, time(realJitterNs(perceived, tdf)), "distribution", perceived.jitterDistribution];
}

function lossWords(loss: Loss): string[] {
  if (loss.kind === "independent") return ["loss", "random", percent(loss.probability)];
  return ["loss", "gemodel", ...[loss.toBad, loss.toGood, loss.lossInBad, loss.lossInGood].map(percent)];
}

// tc knows no nanoseconds, but takes fractions.
function time(ns: number): string {
  return `${(ns / 1000).toFixed(3)}us`;
}

// Without an exponent, which tc does not read; its own fractions are 32 bits.
function percent(probability: number): string {
  return `${(probability * 100).toFixed(9)}%`;
}
