import type { VirtualNs, VirtualWallNs } from "../clock/clock.js";
import type { GuestUsage } from "../host/guests/guest.js";
import type { ResourceUse } from "../metrics/resource_use.js";
import type { SamplerReport } from "../metrics/sampler.js";
import type { EventRecord } from "./events.js";
import type { Instruments } from "./instruments.js";
import type { ProgramEnd } from "./program.js";
import type { Phase } from "./reporter.js";

/** A moment of the measuring phase's border. */
export interface Border extends Instruments {
  readonly virtualNs: VirtualNs;
  readonly wallNs: VirtualWallNs;
  /** By guest, then by file (see outputSizes). */
  readonly sizes: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** What a run has left when it is over, however it came to that. */
export interface RunResult {
  readonly outcome: "completed" | "interrupted" | "failed";
  readonly error: unknown;
  /** What guests' clocks showed at the beginning; undefined if it never came to that. */
  readonly startWallNs: VirtualWallNs | undefined;
  /** When the warm-up began; undefined if it never came to that. */
  readonly origin: VirtualNs | undefined;
  readonly readyNs: number | undefined;
  /** How long each phase that was entered took. */
  readonly realNs: ReadonlyMap<Phase, number>;
  readonly begin: Border | undefined;
  readonly end: Border | undefined;
  readonly resources: ResourceUse | undefined;
  readonly sampling: SamplerReport | undefined;
  readonly ends: ReadonlyMap<string, readonly ProgramEnd[]>;
  readonly usage: ReadonlyMap<string, GuestUsage>;
  readonly events: readonly EventRecord[];
  readonly warnings: readonly string[];
}
