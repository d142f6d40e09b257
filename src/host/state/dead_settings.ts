import { isAlive } from "./owner.js";
import { type RunRecord, readRuns, runFile, writeRecord } from "./records.js";
import { restoreSettings } from "./settings.js";

/** Whether a run has died and left settings of the host changed. */
export function hasDeadSettings(run: RunRecord): boolean {
  return (run.settings ?? []).length > 0 && !isAlive(run.owner);
}

/**
 * Puts back what dead runs have changed of the host. Once: a record may outlive this for the sake of something else, and a
 * live run may have set the same meanwhile. Only exclusively().
 */
export function restoreDeadSettings(): void {
  for (const run of readRuns().filter(hasDeadSettings)) {
    restoreSettings(run.settings ?? []);
    writeRecord(runFile(run.id), { ...run, settings: [] });
  }
}
