import { realBandwidthBps, realDurationNs } from "../scale/link.js";
import { toNumber } from "../scale/ratio.js";
import type { Disk, Link, PipeParameters } from "../spec/experiment.js";
import type { Capacity } from "./capacity.js";
import { plannedDisks } from "./disks.js";
import type { Plan } from "./plan.js";

/** A value as guests perceive it, and what really is set up. Undefined: without limit. */
export interface Scaled {
  readonly perceived: number | undefined;
  readonly real: number | undefined;
}

export interface DescribedGroup {
  readonly name: string;
  readonly count: number;
  readonly machine: string;
  readonly cores: Scaled;
  /** Real: processor time in each period. */
  readonly cpuQuotaUs: number | undefined;
  readonly cpuPeriodUs: number | undefined;
  readonly memoryBytes: number | undefined;
  /** Of the first guest of the group. */
  readonly address: string | undefined;
}

export interface DescribedLink {
  readonly name: string;
  readonly count: number;
  /** "both" where the two directions are the same. */
  readonly direction: "both" | "forward" | "reverse";
  readonly bandwidthBps: Scaled;
  readonly latencyNs: Scaled;
  readonly jitterNs: Scaled;
  readonly loss: PipeParameters["loss"];
  readonly queue: PipeParameters["queue"];
}

/** A disk that each guest of some groups has. */
export interface DescribedDisk {
  readonly groups: readonly string[];
  readonly count: number;
  /** Where a guest finds it. */
  readonly place: string;
  readonly model: string;
  readonly sizeBytes: number;
  readonly fileSystem: Disk["fileSystem"];
}

/** A plan in figures, for people and as JSON. */
export interface PlanDescription {
  readonly experiment: string;
  readonly tdf: number;
  readonly seed: number;
  readonly durationNs: Scaled;
  readonly guests: readonly DescribedGroup[];
  readonly disks: readonly DescribedDisk[];
  readonly links: readonly DescribedLink[];
  readonly capacity: (Omit<Capacity, "leastTdf"> & { readonly leastTdf: number | undefined }) | undefined;
}

export function describePlan(plan: Plan, capacity?: Capacity): PlanDescription {
  const { experiment, tdf, seed } = plan;
  const { warmupNs, measureNs } = experiment.phases;
  const duration = warmupNs + measureNs;
  return {
    experiment: experiment.name,
    tdf: toNumber(tdf),
    seed,
    durationNs: { perceived: duration, real: realDurationNs(duration, tdf) },
    guests: describeGroups(plan),
    disks: describeDisks(plan),
    links: describeLinks(plan),
    capacity: capacity && {
      ...capacity,
      leastTdf: capacity.leastTdf === undefined ? undefined : toNumber(capacity.leastTdf),
    },
  };
}

function describeGroups(plan: Plan): DescribedGroup[] {
  const firsts = new Map(
    plan.guests.filter(({ index }) => index === 1).map((guest) => [guest.group.name, guest]),
  );
  return plan.experiment.guests.map((group) => {
    const first = firsts.get(group.name);
    const { cores, memoryBytes, name } = group.machine;
    const bandwidth = first?.cpu?.bandwidth;
    return {
      name: group.name,
      count: group.count,
      machine: name,
      cores: {
        perceived: cores && toNumber(cores),
        real: bandwidth && Number(bandwidth.quotaUs) / Number(bandwidth.periodUs),
      },
      cpuQuotaUs: bandwidth && Number(bandwidth.quotaUs),
      cpuPeriodUs: bandwidth && Number(bandwidth.periodUs),
      memoryBytes,
      address: first?.interfaces[0]?.ipv4,
    };
  });
}

function describeDisks(plan: Plan): DescribedDisk[] {
  const found = new Map<string, { groups: Set<string>; count: number; place: string; disk: Disk }>();
  for (const { group, device, disk } of plannedDisks(plan)) {
    const place = disk.mount ?? `/dev/${device}`;
    const key = `${group.machine.name} ${place}`;
    const entry = found.get(key) ?? { groups: new Set<string>(), count: 0, place, disk };
    entry.groups.add(group.name);
    entry.count++;
    found.set(key, entry);
  }
  return [...found.values()].map(({ groups, count, place, disk }) => ({
    groups: [...groups],
    count,
    place,
    model: disk.model,
    sizeBytes: disk.sizeBytes,
    fileSystem: disk.fileSystem,
  }));
}

function describeLinks({ experiment, tdf }: Plan): DescribedLink[] {
  const groups = new Map<string, Link[]>();
  for (const link of experiment.network.links) {
    const known = groups.get(link.group);
    if (known === undefined) groups.set(link.group, [link]);
    else known.push(link);
  }
  return [...groups].flatMap(([name, links]) => {
    const [first] = links;
    if (first === undefined) return [];
    const describe = (direction: DescribedLink["direction"], pipe: PipeParameters): DescribedLink => ({
      name,
      count: links.length,
      direction,
      bandwidthBps: {
        perceived: pipe.bandwidthBps,
        real: pipe.bandwidthBps === undefined ? undefined : realBandwidthBps(pipe.bandwidthBps, tdf),
      },
      latencyNs: { perceived: pipe.latencyNs, real: realDurationNs(pipe.latencyNs, tdf) },
      jitterNs: { perceived: pipe.jitterNs, real: realDurationNs(pipe.jitterNs, tdf) },
      loss: pipe.loss,
      queue: pipe.queue,
    });
    if (JSON.stringify(first.forward) === JSON.stringify(first.reverse))
      return [describe("both", first.forward)];
    return [describe("forward", first.forward), describe("reverse", first.reverse)];
  });
}
