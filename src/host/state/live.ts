import { isAlive } from "./owner.js";
import { type GuestRecord, type RunRecord, readGuests, readRuns } from "./records.js";

/** A run that lives on this host now. */
export interface LiveRun extends RunRecord {
  /** By name, `web-2` before `web-10`. */
  readonly guests: readonly GuestRecord[];
}

export function liveRuns(): LiveRun[] {
  const byName = new Intl.Collator("en", { numeric: true }).compare;
  return readRuns()
    .filter((run) => isAlive(run.owner))
    .map((run) => ({ ...run, guests: readGuests(run.id).sort((a, b) => byName(a.name, b.name)) }));
}
