import type { EmulationCounters, LinkCounters } from "../host/links/backend.js";
import { type HostShares, hostShares } from "../metrics/host_usage.js";
import type { Plan } from "../plan/plan.js";
import { toNumber } from "../scale/ratio.js";
import { type DiskFidelity, diskFindings, judgeDisks } from "./disk_fidelity.js";
import {
  atMostDoubtful,
  busyExcess,
  busyTdfFactor,
  type Finding,
  isUntrustworthy,
  latenessFinding,
  percent,
} from "./finding.js";
import { type HostFidelity, hostFindings, judgeHost } from "./host_fidelity.js";
import type { Instruments } from "./instruments.js";
import { type Lateness, latenessBetween, type VirtualBins } from "./lateness.js";
import { judgeRereads, type Rereads, rereadFinding } from "./rereads.js";
import { judgeSteadyCores, type SteadyFidelity, steadyFindings } from "./steady_fidelity.js";

/** fidelity.json: what the emulation itself says about how far a run can be trusted. */
export interface Fidelity extends HostFidelity {
  readonly verdict: "trustworthy" | "doubtful" | "not trustworthy";
  /** Why not trustworthy, worst first. */
  readonly reasons: readonly string[];
  /** The least TDF at which the same host would have kept up, as far as its measures tell; null if they do not, or it did. */
  readonly leastTdf: number | null;
  /** How late packets were delivered, as guests perceive it; null where the kernel emulates links: it does not tell. */
  readonly latenessVirtualNs: Lateness | null;
  /** The same as a histogram; null likewise. */
  readonly latenessBinsVirtualNs: VirtualBins | null;
  /** What the smallest latency of the model allows. */
  readonly latenessLimitVirtualNs: number;
  readonly packets: number;
  /** Packets lost outside the model. */
  readonly unaskedDrops: number;
  /** Absent where no guest has a disk. */
  readonly disks?: DiskFidelity;
  /** The guest whose disks were at work longest for what the host had taken from its memory; absent where none was. */
  readonly rereads?: Rereads;
  /** Absent where guests' cores were as fast as the host's. */
  readonly steadyCores?: SteadyFidelity;
  /** Shares of the host's processor time while measuring. */
  readonly host: HostShares;
  /** Cores that the emulation of links and disks took; null where links are the kernel's. */
  readonly emulationCores: number | null;
}

/** A late packet matters against the latency it should have had. */
const LATENESS_SHARE = 0.05;
/** Where the model has no latency at all: what a local network has. */
const LEAST_LATENCY_NS = 100_000;
const UNASKED_SHARE = 1e-4;
const STOLEN_SHARE = 0.02;
/** A phase ends by its time; what it takes more, nobody measured as it was meant. */
const OVERRUN_SHARE = 0.02;
const LEAST_OVERRUN_NS = 100e6;
/** What parseTdf() takes. */
const MOST_TDF = 10_000;

/** Judges the measuring phase of a run by what its instruments counted at its borders. */
export function judgeFidelity(plan: Plan, begin: Instruments, end: Instruments): Fidelity {
  const tdf = toNumber(plan.tdf);
  const lateness = latenessOf(begin.links.emulation, end.links.emulation, tdf);
  const limit = LATENESS_SHARE * leastLatency(plan);
  const packets = total(end.links, "receivedPackets") - total(begin.links, "receivedPackets");
  const unasked = total(end.links, "unasked") - total(begin.links, "unasked");
  const host = hostShares(begin.host, end.host) ?? { busy: 0, stolen: 0 };
  const disks = judgeDisks(plan, begin.disks, end.disks);
  const rereads = judgeRereads(plan, begin, end);
  const steadyCores = judgeSteadyCores(begin.steadyCores, end.steadyCores);
  const { measureNs } = plan.experiment.phases;
  const overrunNs = Math.max(0, Number(end.realNs - begin.realNs) / tdf - measureNs);
  const waits = judgeHost(begin.pulse, end.pulse, Number(end.realNs - begin.realNs), tdf, limit);
  const findings: Finding[] = [
    ...(lateness === undefined
      ? []
      : [latenessFinding("packets", "packets", lateness.quantiles, countOf(lateness.bins), limit)]),
    {
      instrument: "losses",
      reason: `${unasked} of ${packets} packets were lost outside the model`,
      excess: lossExcess(unasked, packets),
      tdfFactor: undefined,
    },
    {
      instrument: "steal",
      reason: `the host itself was kept waiting for ${percent(host.stolen)} of its processor time`,
      excess: host.stolen / STOLEN_SHARE,
      tdfFactor: undefined,
    },
    {
      instrument: "load",
      reason: `the host's processors were ${percent(host.busy)} busy${stolenToo(host.stolen)}`,
      excess: busyExcess(host.busy, host.stolen),
      tdfFactor: demandFactor(plan, begin, end, host.stolen),
    },
    {
      instrument: "duration",
      reason: `measuring went on for ${(overrunNs / 1e9).toFixed(2)} s (virtual) longer than asked for: the host had no time for DieCast itself`,
      excess: overrunNs / Math.max(OVERRUN_SHARE * measureNs, LEAST_OVERRUN_NS),
      tdfFactor: undefined,
    },
    ...(disks === undefined ? [] : diskFindings(disks)),
    ...(rereads === undefined ? [] : [rereadFinding(rereads)]),
    ...(steadyCores === undefined ? [] : steadyFindings(steadyCores, Number(end.realNs - begin.realNs))),
    ...emulationFindings(begin, end),
    ...hostFindings(waits),
  ];
  const found = findings.filter(({ excess }) => excess > 1).sort((a, b) => b.excess - a.excess);
  return {
    verdict: isUntrustworthy(found) ? "not trustworthy" : found.length > 0 ? "doubtful" : "trustworthy",
    reasons: found.map(({ reason }) => reason),
    leastTdf: leastTdf(found, tdf),
    latenessVirtualNs: lateness?.quantiles ?? null,
    latenessBinsVirtualNs: lateness?.bins ?? null,
    latenessLimitVirtualNs: limit,
    packets,
    unaskedDrops: unasked,
    ...(disks === undefined ? {} : { disks }),
    ...(rereads === undefined ? {} : { rereads }),
    ...(steadyCores === undefined ? {} : { steadyCores }),
    ...waits,
    host,
    emulationCores: emulationCores(begin, end),
  };
}

function countOf(bins: VirtualBins): number {
  return bins.reduce((sum, [, count]) => sum + count, 0);
}

function latenessOf(begin: EmulationCounters | undefined, end: EmulationCounters | undefined, tdf: number) {
  return end === undefined ? undefined : latenessBetween(begin?.latenessRealNs, end.latenessRealNs, tdf);
}

function stolenToo(share: number): string {
  return share > 0 ? `, and ${percent(share)} of their time was stolen` : "";
}

// One loss says little of how many there would be of many packets.
function lossExcess(unasked: number, packets: number): number {
  const excess = packets === 0 ? unasked : unasked / packets / UNASKED_SHARE;
  return unasked === 1 ? atMostDoubtful(excess) : excess;
}

// Each has one thread that has to be on time: on less than a whole processor. What diecast-block tells is all of its threads'
// time, though, and those that wait for the host's disk may run on other processors: that is a hint, and no more.
function emulationFindings(begin: Instruments, end: Instruments): Finding[] {
  const realNs = Number(end.realNs - begin.realNs);
  const cores = (before: number | undefined, after: number | undefined) =>
    after === undefined || realNs <= 0 ? 0 : (after - (before ?? 0)) / realNs;
  const found = {
    links: cores(begin.links.emulation?.cpuRealNs, end.links.emulation?.cpuRealNs),
    disks: cores(begin.disks?.cpuRealNs, end.disks?.cpuRealNs),
  };
  return Object.entries(found).map(([what, share]) => ({
    instrument: what === "disks" ? "disks' emulation" : "links",
    reason: `the emulation of ${what} was at work for ${percent(share)} of the time`,
    excess: what === "disks" ? atMostDoubtful(busyExcess(share)) : busyExcess(share),
    tdfFactor: busyTdfFactor(share),
  }));
}

function emulationCores(begin: Instruments, end: Instruments): number | null {
  const [before, after] = [begin, end].map(({ links, disks }) =>
    links.emulation === undefined ? undefined : links.emulation.cpuRealNs + (disks?.cpuRealNs ?? 0),
  );
  if (before === undefined || after === undefined) return null;
  const realNs = Number(end.realNs - begin.realNs);
  return realNs > 0 ? (after - before) / realNs : 0;
}

// Nobody knows what guests would have used of processors that they did not get: what they may use is sure to do.
// In cores of this host, at what the plan gives them: not in those of the machine that the experiment was written for.
function demandFactor(
  { guests, tdf }: Plan,
  begin: Instruments,
  end: Instruments,
  stolen: number,
): number | undefined {
  const realNs = Number(end.realNs - begin.realNs);
  const processors = (end.host.cpuTotalNs - begin.host.cpuTotalNs) / realNs;
  const cores = guests.map(({ cpu }) => cpu?.cores);
  if (cores.length === 0 || cores.includes(undefined)) return undefined;
  const wanted = cores.reduce((sum, each) => sum + (each === undefined ? 0 : toNumber(each)), 0);
  return Math.max(1, busyTdfFactor(wanted / toNumber(tdf) / processors, stolen));
}

// Of all that a larger TDF helps; what it does not help says nothing of it.
function leastTdf(found: readonly Finding[], tdf: number): number | null {
  const factor = Math.max(0, ...found.map(({ tdfFactor = 0 }) => tdfFactor));
  const least = Math.ceil(tdf * factor * 10) / 10;
  return factor > 1 && least <= MOST_TDF ? least : null;
}

// A packet between two guests crosses at least two links that guests hang on, or one that joins two of them.
function leastLatency(plan: Plan): number {
  const ways = plan.network.pipes.flatMap(({ from, to, parameters: { latencyNs } }) => {
    const ends = [from, to].filter((end) => "port" in end).length;
    if (ends === 0) return [];
    return ends === 2 ? latencyNs : 2 * latencyNs;
  });
  const least = ways.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return Number.isFinite(least) ? Math.max(least, LEAST_LATENCY_NS) : LEAST_LATENCY_NS;
}

function total(counters: LinkCounters, what: "receivedPackets" | "unasked"): number {
  return counters.ports.reduce((sum, port) => sum + port[what], 0);
}
