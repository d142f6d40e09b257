import type { RealNs } from "../clock/clock.js";
import type { Refaults } from "../host/cgroup/usage.js";
import type { DiskBackendCounters } from "../host/disks/backend.js";
import type { LinkCounters } from "../host/links/backend.js";
import type { PulseReading } from "../host/pulse.js";
import type { HostReading } from "../metrics/host_usage.js";
import type { SteadyReading } from "./steady_cores.js";

/** What is read at a border of the measuring phase. */
export interface Instruments {
  readonly realNs: RealNs;
  readonly links: LinkCounters;
  readonly host: HostReading;
  /** Undefined where it cannot be had. */
  readonly pulse?: PulseReading | undefined;
  /** Undefined where guests' cores are as fast as the host's. */
  readonly steadyCores?: SteadyReading | undefined;
  /** Undefined where no guest has a disk. */
  readonly disks?: DiskBackendCounters | undefined;
  /** Of guests with disks, by name; undefined where the kernel does not tell. */
  readonly refaults?: ReadonlyMap<string, Refaults | undefined>;
}
