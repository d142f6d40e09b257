import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AWAKE } from "../native.js";
import { findHierarchy } from "./cgroup/hierarchy.js";
import type { GuestGroups } from "./cgroup/run_groups.js";
import { type Helper, startHelper } from "./helper.js";
import { NS_PER_TICK } from "./proc.js";
import { RunPlace } from "./state/run_place.js";

/** Processors that are kept from sleeping, by tasks that run when nothing else wants to (native/awake). */
export interface Awake {
  /** The processor time that this took so far, to its end if it has ended; nothing else was kept from using it. */
  cpuNs(): number;
  /** Resolved when diecast-awake has ended, whether by close() or by itself. */
  readonly ended: Promise<void>;
  /** Safe to repeat. */
  close(): Promise<void>;
}

/** How a processor is kept awake (native/awake). */
export type WayToKeepAwake = "pause" | "store";

/**
 * Keeps the host's processors awake, so that guests' short bursts run as fast at every TDF.
 * @param way undefined: as it fits the processor
 * @returns undefined where it would take time from guests, or cannot be had
 */
export async function keepAwake(runId: string, way?: WayToKeepAwake): Promise<Awake | undefined> {
  const [place, group] = RunPlace.useWith(runId, (own) => own.addIdle());
  const isWanted = group !== undefined || givesWay();
  const helper = isWanted
    ? await startHelper(AWAKE, ...(way ? [way] : [])).catch(() => undefined)
    : undefined;
  let closing: Promise<void> | undefined;
  const shutDown = async () => {
    await helper?.close();
    await group?.remove();
    place.release();
  };
  const close = () => {
    closing ??= shutDown();
    return closing;
  };
  if (helper === undefined || !(joined(helper, group) || givesWay())) {
    await close();
    return undefined;
  }
  let cpuNs = 0;
  return {
    cpuNs: () => {
      cpuNs = cpuTimeNs(helper) ?? cpuNs;
      return cpuNs;
    },
    ended: helper.ended,
    close,
  };
}

function joined({ pid }: Helper, group: GuestGroups | undefined): boolean {
  if (group === undefined) return false;
  try {
    for (const directory of group.directories) writeFileSync(join(directory, "cgroup.procs"), `${pid}`);
    return true;
  } catch {
    return false;
  }
}

/**
 * Without a group of its own, too: on version 1 guests' groups lie below our own, where a SCHED_IDLE task counts next to nothing beside
 * them. On version 2 they lie beside it, and our group as a whole would have as much as theirs.
 */
function givesWay(): boolean {
  return findHierarchy("cpu")?.version === 1;
}

// proc(5): fields 14 and 15 of stat, user and system time. Undefined once it is gone.
function cpuTimeNs({ pid }: Helper): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * NS_PER_TICK;
  } catch {
    return undefined;
  }
}
