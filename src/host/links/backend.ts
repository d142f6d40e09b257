import type { Clock } from "../../clock/clock.js";
import type { PlannedNetwork } from "../../plan/plan.js";
import type { PipeParameters } from "../../spec/experiment.js";

/** What carries packets between guests. Its parameters are perceived ones; it keeps to the run's clock. */
export interface LinkBackend {
  readonly name: "core" | "netem";
  /** A path by which another process can join the guest's network namespace: all its interfaces are there and up. */
  namespacePath(guest: string): string;
  /** Changes a pipe (index into PlannedNetwork.pipes) from now on; packets already in it keep their course. */
  change(pipe: number, parameters: PipeParameters): Promise<void>;
  counters(): Promise<LinkCounters>;
  /** Settings of guests' namespaces that this kernel does not have or did not take, with its reason. */
  readonly skippedSysctls: readonly string[];
  /** Rejected if it ends without close(). */
  readonly ended: Promise<void>;
  /** Takes everything down. Safe to repeat. */
  close(): Promise<void>;
}

export interface LinkBackendOptions {
  readonly network: PlannedNetwork;
  /** Guests without an interface have a namespace too. */
  readonly guests: readonly string[];
  readonly clock: Clock;
  readonly seed: number;
  /** For every guest's namespace: paths below /proc/sys/net with their values; those that do not exist are left out. */
  readonly sysctls: Readonly<Record<string, string>>;
}

export interface LinkCounters {
  /** By pipe, in the plan's order. */
  readonly pipes: readonly PipeCounters[];
  /** By port, in the plan's order; as the guest sees them. */
  readonly ports: readonly PortCounters[];
  /** What the emulation tells of itself; undefined where the kernel emulates, which does not. */
  readonly emulation: EmulationCounters | undefined;
}

export interface EmulationCounters {
  /** How late packets were delivered, real time. */
  readonly latenessRealNs: Histogram;
  /** Its processor time, real. */
  readonly cpuRealNs: number;
  /** Whether it runs at real-time priority. */
  readonly realTimePriority: boolean;
}

export interface PipeCounters {
  readonly packets: number;
  /** Frames with preamble, checksum and gap. */
  readonly wireBytes: number;
  readonly queuePackets: number;
  readonly queueBytes: number;
  readonly marked: number;
  readonly drops: {
    readonly queue: number;
    readonly red: number;
    readonly loss: number;
    readonly down: number;
  };
  readonly duplicated: number;
  readonly corrupted: number;
  readonly reordered: number;
}

export interface PortCounters {
  readonly sentPackets: number;
  readonly sentBytes: number;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  /** Lost outside the model: the guest's device would not take them, or had no room for what the guest sent. */
  readonly unasked: number;
}

/** Counts of values in bins of growing width. */
export interface Histogram {
  /** [upper bound of the bin (inclusive), count], without empty bins, rising. */
  readonly bins: readonly (readonly [number, number])[];
  readonly count: number;
  readonly sum: number;
  readonly max: number;
}
