import type { Cores } from "../scale/cpu.js";

/**
 * An experiment, checked and with every default filled in. All values are perceived ones: durations are virtual, rates
 * and cores are what a guest sees.
 */
export interface Experiment {
  readonly name: string;
  readonly description: string | undefined;
  /** Where random choices of the emulation begin. */
  readonly seed: number;
  /** The folder of the experiment file; relative paths in it are relative to this. */
  readonly directory: string;
  /** Files and folders below `directory` that guests find in /experiment. */
  readonly files: readonly string[];
  readonly requires: readonly Requirement[];
  readonly guests: readonly GuestGroup[];
  readonly network: Network;
  readonly phases: Phases;
  /** In the order of their times. */
  readonly events: readonly ExperimentEvent[];
  readonly metrics: readonly Metric[];
  /** Virtual time between two samples of resource use. */
  readonly sampleNs: number;
  /** The virtual wall clock at the beginning, ns since 1970; undefined: when the run begins. */
  readonly startNs: bigint | undefined;
}

/** Something that guests need of this host. */
export interface Requirement {
  /** A program's name, or a path on the host in which * stands for any text between two slashes. */
  readonly what: string;
  /** What brings it: a Debian package, or a command to run in the experiment's folder. */
  readonly from:
    | { readonly kind: "package"; readonly name: string }
    | { readonly kind: "command"; readonly command: string };
}

/** One machine type. `undefined` is without limit. */
export interface Machine {
  readonly name: string;
  /** In cores of the reference host. */
  readonly cores: Cores | undefined;
  readonly memoryBytes: number | undefined;
  /** What the guest's private writable files (its overlay, /tmp, /run) may take; they count as its memory. */
  readonly scratchBytes: number;
  readonly processes: number;
  readonly nic: { readonly bandwidthBps: number | undefined; readonly mtu: number };
  readonly disks: readonly Disk[];
}

/** A disk of a machine type: each guest of it has one of its own. */
export interface Disk {
  /** The name of a drive in models/disks, or the path of a file like those. */
  readonly model: string;
  readonly sizeBytes: number;
  /** "none": a bare device. */
  readonly fileSystem: "ext4" | "xfs" | "none";
  /** An absolute path in the guest; undefined for a bare device. */
  readonly mount: string | undefined;
}

/** Guests that differ in their number only. */
export interface GuestGroup {
  readonly name: string;
  readonly count: number;
  /** The instances' names: the group's own if count is 1, else NAME-1 … NAME-count. */
  readonly instances: readonly string[];
  readonly machine: Machine;
  /** argv, or undefined: a machine that only is there. A string in the file has become ["sh", "-c", string]. */
  readonly run: readonly string[] | undefined;
  readonly prepare: readonly (readonly string[])[];
  /** An absolute path in the guest. */
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Name or numeric id. */
  readonly user: string;
  /** A host directory to use as root file system instead of a private view of the host's own. */
  readonly root: string | undefined;
  /** Resource limits as `ulimit` has them, by setrlimit(2)'s name in lower case: nofile, core, stack, … */
  readonly limits: Readonly<Record<string, number | "unlimited">>;
  readonly ready: ReadyCheck | undefined;
  /** Groups all of whose guests must be ready before these start. */
  readonly after: readonly string[];
  readonly restart: {
    readonly when: "never" | "on-failure" | "always";
    readonly delayNs: number;
    readonly most: number;
  };
  /** Exit codes that are no failure; undefined: the guest is to run until it is stopped, and any end before is one. */
  readonly expectedExit: readonly number[] | undefined;
  readonly stop: { readonly signal: NodeJS.Signals; readonly graceNs: number };
  /** Files to keep after the run: paths in the guest, relative ones to its working directory. */
  readonly collect: readonly string[];
}

export type ReadyCheck = { readonly timeoutNs: number } & (
  | { readonly kind: "tcp"; readonly port: number }
  | { readonly kind: "command"; readonly command: readonly string[]; readonly intervalNs: number }
  | { readonly kind: "log"; readonly pattern: string }
);

export interface Network {
  readonly backend: "auto" | "core" | "netem";
  /** Timers that the kernel keeps for guests: scaled with the TDF as far as it lets them be, or its usual ones. */
  readonly tcpTimers: "scaled" | "kernel";
  readonly switches: readonly string[];
  /** One per pair of nodes: links of groups are already expanded. */
  readonly links: readonly Link[];
  /** The IPv4 and IPv6 networks that addresses are taken from. */
  readonly ipv4: string;
  readonly ipv6: string;
}

/** Joins two nodes (a guest's instance or a switch). */
export interface Link {
  /** FROM-TO unless the file names it; with the instance's name. */
  readonly name: string;
  /** Its name in the file, which may stand for many links. */
  readonly group: string;
  readonly from: string;
  readonly to: string;
  readonly forward: PipeParameters;
  readonly reverse: PipeParameters;
}

/** One direction of a link, as perceived. */
export interface PipeParameters {
  /** Bits per second on the wire, undefined: without limit. */
  readonly bandwidthBps: number | undefined;
  readonly latencyNs: number;
  readonly jitterNs: number;
  /** `uniform` within ± jitter; the others have it as their standard deviation. */
  readonly jitterDistribution: "uniform" | "normal" | "pareto" | "exponential";
  /** Whether a packet may overtake another by its jitter. */
  readonly jitterReorders: boolean;
  readonly loss: Loss;
  /** Probabilities, 0 to 1. */
  readonly duplicate: number;
  readonly corrupt: number;
  /** A packet chosen with this probability skips the latency. */
  readonly reorder: number;
  readonly queue: Queue;
  /** False: the cable is out, everything is lost. */
  readonly up: boolean;
}

export type Loss =
  | { readonly kind: "independent"; readonly probability: number }
  /** Two states, good and bad; per packet: P(good → bad), P(bad → good), loss in each. */
  | {
      readonly kind: "gilbert-elliott";
      readonly toBad: number;
      readonly toGood: number;
      readonly lossInGood: number;
      readonly lossInBad: number;
    };

export interface Queue {
  /** What it holds beside the packet being sent; one of them is set. */
  readonly packets: number | undefined;
  readonly bytes: number | undefined;
  readonly discipline: "drop-tail" | "red";
  /** RED (Floyd and Jacobson 1993), thresholds in the queue's own unit. */
  readonly red:
    | { readonly least: number; readonly most: number; readonly probability: number; readonly weight: number }
    | undefined;
  /** Mark instead of drop where the packet says it understands (RFC 3168). */
  readonly ecn: boolean;
}

interface Phases {
  /** The longest the ready checks may take together. */
  readonly readyNs: number;
  readonly warmupNs: number;
  readonly measureNs: number;
}

/** Times count from the beginning of the warm-up. */
export type ExperimentEvent =
  | {
      readonly kind: "link";
      readonly atNs: number;
      /** Names of links (instances). */
      readonly links: readonly string[];
      readonly directions: readonly ("forward" | "reverse")[];
      readonly set: Partial<PipeParameters>;
    }
  | {
      readonly kind: "guest";
      readonly atNs: number;
      /** Names of guests (instances). */
      readonly guests: readonly string[];
      readonly action:
        | { readonly kind: "kill" }
        | { readonly kind: "signal"; readonly signal: NodeJS.Signals }
        | { readonly kind: "restart" }
        | { readonly kind: "run"; readonly command: readonly string[] };
    };

/** A number or a distribution taken from what guests write, within the measuring phase. */
export type Metric = {
  readonly name: string;
  /** The groups it is taken from, as one. */
  readonly groups: readonly string[];
  readonly unit: string;
} & (
  | {
      readonly kind: "pattern";
      readonly stream: "stdout" | "stderr";
      /** A regular expression with one group: a number. Applied to each line. */
      readonly pattern: string;
      /** How one guest's values become one, and how the guests' values become one. */
      readonly perGuest: Combine;
      readonly combine: Combine;
    }
  | {
      readonly kind: "csv";
      /** A path in the guest, relative to its working directory. */
      readonly file: string;
      readonly column: string;
      /** A column with the time of each row since 1970 in the guest; without it, rows count by when they were written. */
      readonly time: { readonly column: string; readonly unit: "s" | "ms" | "us" | "ns" } | undefined;
    }
);

export type Combine = "sum" | "mean" | "min" | "max" | "last" | "count" | "median";
