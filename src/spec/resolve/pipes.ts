import type { Loss, PipeParameters, Queue } from "../experiment.js";
import type { Path, Problems } from "../problems.js";
import { PIPE_DEFAULTS, type PipeEntry, RED_DEFAULTS } from "../schema/network.js";
import { parseProbability } from "../units.js";

/** A full frame of 1,500 bytes on the wire: header 14, checksum 4, preamble and gap 20. */
export const FULL_FRAME_BYTES = 1538;
const LEAST_QUEUE_PACKETS = 100;

/**
 * Fills in what one direction of a link leaves open.
 * @param nics what the network interfaces at its ends carry
 */
export function resolvePipe(entry: PipeEntry, nics: readonly (number | undefined)[]): PipeParameters {
  const limits = [entry.bandwidth, ...nics].filter((limit) => limit !== undefined);
  const bandwidthBps = limits.length === 0 ? undefined : Math.min(...limits);
  const latencyNs = entry.latency ?? PIPE_DEFAULTS.latency;
  return {
    bandwidthBps,
    latencyNs,
    jitterNs: entry.jitter ?? PIPE_DEFAULTS.jitter,
    jitterDistribution: entry.distribution ?? PIPE_DEFAULTS.distribution,
    jitterReorders: entry.overtake ?? PIPE_DEFAULTS.overtake,
    loss: lossOf(entry.loss ?? PIPE_DEFAULTS.loss),
    duplicate: entry.duplicate ?? PIPE_DEFAULTS.duplicate,
    corrupt: entry.corrupt ?? PIPE_DEFAULTS.corrupt,
    reorder: entry.reorder ?? PIPE_DEFAULTS.reorder,
    queue: queueOf(entry, bandwidthBps, latencyNs),
    up: entry.up ?? PIPE_DEFAULTS.up,
  };
}

function lossOf(loss: NonNullable<PipeEntry["loss"]>): Loss {
  if (typeof loss === "number") return { kind: "independent", probability: loss };
  const { toBad, toGood, inGood, inBad } = loss;
  return { kind: "gilbert-elliott", toBad, toGood, lossInGood: inGood, lossInBad: inBad };
}

/** A queue shorter than what is on its way in one round trip keeps a TCP connection from filling the link. */
function defaultPackets(bandwidthBps: number | undefined, latencyNs: number): number {
  const bits = ((bandwidthBps ?? 0) * 2 * latencyNs) / 1e9;
  return Math.max(LEAST_QUEUE_PACKETS, Math.ceil(bits / 8 / FULL_FRAME_BYTES));
}

function queueOf(entry: PipeEntry, bandwidthBps: number | undefined, latencyNs: number): Queue {
  const length = entry.queue ?? { packets: defaultPackets(bandwidthBps, latencyNs) };
  const packets = "packets" in length ? length.packets : undefined;
  const bytes = "bytes" in length ? length.bytes : undefined;
  const given = entry.red ?? PIPE_DEFAULTS.red;
  const ecn = entry.ecn ?? PIPE_DEFAULTS.ecn;
  if (given === false) return { packets, bytes, discipline: "drop-tail", red: undefined, ecn };
  const size = packets ?? bytes ?? 0;
  const red = given === true ? undefined : given;
  return {
    packets,
    bytes,
    discipline: "red",
    red: {
      // Floyd's advice: the upper threshold three times the lower, and room for bursts above it.
      least: thresholdOf(red?.least) ?? size / 6,
      most: thresholdOf(red?.most) ?? size / 2,
      probability: red?.probability ?? parseProbability(RED_DEFAULTS.probability) ?? 0,
      weight: red?.weight ?? RED_DEFAULTS.weight,
    },
    ecn,
  };
}

type Threshold = { readonly packets: number } | { readonly bytes: number };

function thresholdOf(given: Threshold | undefined): number | undefined {
  return given === undefined ? undefined : "packets" in given ? given.packets : given.bytes;
}

/** Notes what cannot be together in one direction. */
export function checkPipe(entry: PipeEntry, pipe: PipeParameters, path: Path, problems: Problems): void {
  if (pipe.jitterDistribution === "uniform" && pipe.jitterNs > pipe.latencyNs) {
    problems.note(
      [...path, "jitter"],
      "expected at most the latency, since a uniform one reaches as far below it",
    );
  }
  if (pipe.reorder > 0 && pipe.latencyNs === 0) {
    problems.note([...path, "reorder"], "expected a latency that packets can skip, found none");
  }
  const { red, ecn, packets } = pipe.queue;
  if (ecn && red === undefined)
    problems.note([...path, "ecn"], "expected red beside it, which says what is marked");
  if (red === undefined || typeof entry.red !== "object") return;
  const redPath = [...path, "red"];
  const unit = packets === undefined ? "bytes" : "packets";
  for (const name of ["least", "most"] as const) {
    const given = entry.red[name];
    if (given !== undefined && !(unit in given)) {
      problems.note(
        [...redPath, name],
        `expected ${unit === "bytes" ? "a size" : "a number of packets"}, like the queue`,
      );
      return;
    }
  }
  const size = packets ?? pipe.queue.bytes ?? 0;
  if (red.most > size)
    problems.note([...redPath, "most"], `expected at most the queue's ${size} ${unit}, found ${red.most}`);
  if (red.least >= red.most) {
    problems.note([...redPath, "least"], `expected less than most, found ${red.least} and ${red.most}`);
  }
}
