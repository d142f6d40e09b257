import type { HostFacts } from "../host/check/facts.js";
import type { CoreSpeed } from "../host/core_speed.js";
import type { LinkChoice } from "../host/links/choose.js";
import type { Plan } from "../plan/plan.js";
import { formatRatio } from "../scale/ratio.js";
import type { Tdf } from "../scale/tdf.js";
import type { ExperimentEvent } from "../spec/experiment.js";
import type { Phase } from "./reporter.js";
import type { RunResult } from "./result.js";

/** run.json: what a run was and how it went. Virtual times count from the beginning of the warm-up. */
export interface RunRecord {
  readonly format: 1;
  readonly id: string;
  readonly experiment: string;
  readonly diecast: string;
  /** NUM or NUM/DEN. */
  readonly tdf: string;
  readonly seed: number;
  /** What guests' clocks showed at the beginning, since 1970; text, as a number would lose digits. Null: it never came to that. */
  readonly startWallNs: string | null;
  /** ISO 8601, real. */
  readonly began: string;
  readonly ended: string | null;
  /** `running` is what a run that was killed leaves behind. */
  readonly outcome: "running" | "completed" | "interrupted" | "failed";
  readonly error: string | null;
  /** What emulated the links, and why. */
  readonly links: LinkChoice;
  /** By what the guests' cores were multiplied to be as fast as on the host of the first run. */
  readonly speedRatio: number;
  /** The core that the experiment's `cpu` is meant in. */
  readonly reference: CoreSpeed;
  /**
   * How fast guests' cores were to be whatever the host's did, in steps per second of diecast-pulse's loop; null: as fast as the host's. See
   * `--steady-cores`.
   */
  readonly steadyCores: number | null;
  /** Whether the host's processors could sleep; see `--allow-idle`. */
  readonly allowIdle: boolean;
  /** Whether it was begun though the host's capacity was too small; see `--overcommit`. */
  readonly overcommit: boolean;
  /** The TDF of whose share of the host's processors guests had, without its dilation; null: that of `tdf`. */
  readonly sharesOf: string | null;
  readonly phases: {
    /** From the release to the last guest's readiness, virtual. */
    readonly readyNs: number | null;
    readonly measureBeginNs: number | null;
    readonly measureEndNs: number | null;
    /** On the guests' wall clock, since 1970; text, as a number would lose digits. */
    readonly measureBeginWallNs: string | null;
    readonly measureEndWallNs: string | null;
    /** How long each phase took, up to the next; without those it never came to. */
    readonly realNs: Readonly<Partial<Record<Phase, number>>>;
  };
  readonly guests: readonly GuestRecord[];
  readonly events: readonly { readonly what: string; readonly atNs: number; readonly tookPlaceNs: number }[];
  readonly warnings: readonly string[];
}

interface GuestRecord {
  readonly name: string;
  readonly ends: readonly {
    readonly code: number | null;
    readonly signal: string | null;
    /** Null before the warm-up. */
    readonly virtualNs: number | null;
    readonly foreseen: boolean;
  }[];
  readonly cpuRealNs: number | null;
  readonly throttledRealNs: number | null;
  readonly memoryPeakBytes: number | null;
  readonly outOfMemoryKills: number | null;
  readonly refusedForks: number | null;
}

/** host.json: where it ran. */
export interface HostRecord extends HostFacts {
  readonly coreSpeed: CoreSpeed;
  readonly node: string;
  /** The kernel's release. */
  readonly kernel: string;
  /** Debian packages that the experiment requires, with their versions, as far as the host tells. */
  readonly packages: Readonly<Record<string, string>>;
  /** PATH: all that guests which see the host's files have of its environment. */
  readonly path: string;
}

/** What is known of a run at its beginning, and with a result at its end. */
export function recordOf(run: {
  readonly id: string;
  readonly plan: Plan;
  readonly links: LinkChoice;
  readonly began: Date;
  readonly speedRatio: number;
  readonly reference: CoreSpeed;
  readonly allowIdle: boolean;
  readonly overcommit: boolean;
  readonly sharesOf: Tdf | undefined;
  readonly steadyCores: number | undefined;
  readonly diecast: string;
  readonly result: RunResult | undefined;
}): RunRecord {
  const { id, plan, began, result } = run;
  const origin = result?.origin;
  const sinceOrigin = (virtualNs: bigint | undefined) =>
    virtualNs === undefined || origin === undefined ? null : Number(virtualNs - origin);
  return {
    format: 1,
    id,
    experiment: plan.experiment.name,
    diecast: run.diecast,
    tdf: formatRatio(plan.tdf),
    seed: plan.seed,
    startWallNs: result?.startWallNs === undefined ? null : `${result.startWallNs}`,
    began: began.toISOString(),
    ended: result === undefined ? null : new Date().toISOString(),
    outcome: result?.outcome ?? "running",
    error: result?.error instanceof Error ? result.error.message : null,
    links: run.links,
    speedRatio: run.speedRatio,
    reference: run.reference,
    steadyCores: run.steadyCores ?? null,
    allowIdle: run.allowIdle,
    overcommit: run.overcommit,
    sharesOf: run.sharesOf === undefined ? null : formatRatio(run.sharesOf),
    phases: {
      readyNs: result?.readyNs ?? null,
      measureBeginNs: sinceOrigin(result?.begin?.virtualNs),
      measureEndNs: sinceOrigin(result?.end?.virtualNs),
      measureBeginWallNs: result?.begin === undefined ? null : `${result.begin.wallNs}`,
      measureEndWallNs: result?.end === undefined ? null : `${result.end.wallNs}`,
      realNs: Object.fromEntries(result?.realNs ?? []),
    },
    guests: plan.guests.map(({ name }) => guestRecord(name, result, sinceOrigin)),
    events: (result?.events ?? []).map(({ event, virtualNs }) => ({
      what: describeEvent(event),
      atNs: event.atNs,
      tookPlaceNs: virtualNs,
    })),
    warnings: result?.warnings ?? [],
  };
}

function guestRecord(
  name: string,
  result: RunResult | undefined,
  sinceOrigin: (virtualNs: bigint) => number | null,
): GuestRecord {
  const usage = result?.usage.get(name);
  const ends = result?.ends.get(name) ?? [];
  return {
    name,
    ends: ends.map(({ code, signal, virtualNs, foreseen }) => ({
      code,
      signal,
      virtualNs: sinceOrigin(virtualNs),
      foreseen,
    })),
    cpuRealNs: usage?.cpuRealNs ?? null,
    throttledRealNs: usage?.throttledRealNs ?? null,
    memoryPeakBytes: usage?.memoryPeakBytes ?? null,
    outOfMemoryKills: usage?.outOfMemoryKills ?? null,
    refusedForks: usage?.refusedForks ?? null,
  };
}

function describeEvent(event: ExperimentEvent): string {
  if (event.kind === "link") return `${event.links.join(", ")}: ${JSON.stringify(event.set)}`;
  return `${event.guests.join(", ")}: ${JSON.stringify(event.action)}`;
}

/** plan.json: the experiment itself stands in experiment.json already. */
export function planRecord({ tdf, seed, guests, network }: Plan) {
  return {
    tdf: formatRatio(tdf),
    seed,
    guests: guests.map(({ group, ...guest }) => ({ ...guest, group: group.name })),
    network,
  };
}
