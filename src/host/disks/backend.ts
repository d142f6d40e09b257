import type { Clock } from "../../clock/clock.js";
import type { Histogram } from "../links/backend.js";

/** One disk of one guest, as a back end is to provide it. */
export interface DiskOrder {
  /** For people: "db-1:/data". */
  readonly name: string;
  readonly sizeBytes: number;
  /** What the drive is like; undefined: a disk that takes no time of its own. */
  readonly drive: DriveOrder | undefined;
}

/** A drive as native/disk takes it. */
export interface DriveOrder {
  readonly description: string;
  readonly rotational: boolean;
}

export interface DiskBackendOptions {
  readonly disks: readonly DiskOrder[];
  readonly clock: Clock;
  /** A folder of the host in whose file system the contents are kept. Nothing shows there. */
  readonly directory: string;
  /** Told when the host could not do what was asked of a disk's contents; once for each disk. */
  broken(disk: number, message: string): void;
}

/** The disks of a run: block devices of the host whose replies keep to the run's clock. */
export interface DiskBackend {
  /** The block devices' paths, in the order of the disks. */
  readonly devices: readonly string[];
  /**
   * While on, as it is at first, requests are answered as soon as they can be, whatever the drive would take; those under
   * way as well.
   */
  bypass(on: boolean): Promise<void>;
  counters(): Promise<DiskBackendCounters>;
  /** Rejected if it ends without close(). */
  readonly ended: Promise<void>;
  /** Takes the devices down, after their users have gone or a while has passed. Safe to repeat. */
  close(): Promise<void>;
}

export interface DiskBackendCounters {
  /** In the order of the disks. */
  readonly disks: readonly DiskCounters[];
  /** How late replies of all disks were, real time. */
  readonly latenessRealNs: Histogram;
  /** From arrival to completion by the models, virtual time. */
  readonly responseVirtualNs: Histogram;
  /** What a request took to a disk without a model and back when the disks were made, real: replies leave so much earlier. */
  readonly pathRealNs: number;
  /** Processor time of the emulation, real. */
  readonly cpuRealNs: number;
}

/** Of one disk. */
export interface DiskCounters extends DiskCounts {
  /** How late its replies were, real time. */
  readonly latenessRealNs: Histogram;
}

/** Requests that bypassed the model are counted as such only, and where the host failed them. */
export interface DiskCounts {
  readonly reads: number;
  readonly readBytes: number;
  readonly writes: number;
  readonly writtenBytes: number;
  readonly flushes: number;
  readonly discards: number;
  readonly discardedBytes: number;
  /** Sums: from when the drive took a request to its completion, and from its arrival. */
  readonly serviceVirtualNs: number;
  readonly responseVirtualNs: number;
  /** Sum over time of the requests under way. */
  readonly queueVirtualNs: number;
  /** Time with a request under way. */
  readonly busyVirtualNs: number;
  readonly underWay: number;
  readonly bypassed: number;
  /** Requests that the host failed. */
  readonly errors: number;
  /** Replies that were due before the host's disk was done. */
  readonly ioLate: number;
  readonly lateRealNs: number;
}
