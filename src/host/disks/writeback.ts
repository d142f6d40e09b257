import { writeFileSync } from "node:fs";
import { formatRatio, toNumber } from "../../scale/ratio.js";
import type { Tdf } from "../../scale/tdf.js";
import { restoreDeadSettings } from "../state/dead_settings.js";
import { exclusively } from "../state/exclusively.js";
import { liveRuns } from "../state/live.js";
import type { RunRecord } from "../state/records.js";
import { RunPlace } from "../state/run_place.js";
import { type HostSetting, readSetting, restoreSettings } from "../state/settings.js";
import { inRange, scaledCentiseconds, WRITEBACK_SETTINGS } from "./writeback_settings.js";

/** The kernel's write-back as a run's guests perceive it. In force until close(). */
export interface Writeback {
  /** Why it runs by another time all the same. */
  readonly problem: string | undefined;
  /** Safe to repeat. */
  close(): void;
}

/**
 * Has the kernel write dirty pages back by virtual time. It has one set of times for the host: they are the run's until it
 * closes, or, if it dies, until its record is cleaned up. Where another live run has disks they stay that one's, be they
 * changed or, at a TDF of 1, as they were.
 */
export function keepWriteback(runId: string, tdf: Tdf): Writeback {
  return exclusively(() => {
    restoreDeadSettings();
    const others = liveRuns().filter((run) => run.id !== runId && run.writebackTdf !== undefined);
    const isReal = tdf.num === tdf.den;
    const holder = others.find(hasChanged) ?? (isReal ? undefined : others[0]);
    const place = RunPlace.use(runId);
    // At a TDF of 1 it relies on what the host has, also if that comes back only when the other run closes.
    place.describe({ writebackTdf: isReal || holder === undefined ? formatRatio(tdf) : undefined });
    const { settings, problem } =
      holder === undefined && !isReal
        ? change(place, toNumber(tdf))
        : {
            settings: [],
            problem: holder && `it keeps to TDF ${holder.writebackTdf}, of the run ${holder.id}`,
          };
    let open = true;
    const close = () => {
      if (!open) return;
      open = false;
      restoreSettings(settings);
      place.describe({ settings: [], writebackTdf: undefined });
      place.release();
    };
    return { problem, close: () => exclusively(close) };
  });
}

function hasChanged(run: RunRecord): boolean {
  return (run.settings ?? []).length > 0;
}

function change(place: RunPlace, factor: number): { settings: HostSetting[]; problem: string | undefined } {
  const problems: string[] = [];
  const settings = WRITEBACK_SETTINGS.flatMap((setting) => {
    const before = readSetting(setting.path);
    if (before === undefined) return [];
    const wanted = scaledCentiseconds(Number(before), factor);
    const set = inRange(setting, wanted);
    if (set !== wanted) {
      problems.push(`${setting.path} takes ${setting.least} to ${setting.most}, and should be ${wanted}`);
    }
    return [{ path: setting.path, before, set: `${set}` }];
  });
  // On record first: whoever cleans up puts back only what it finds as it was set.
  place.describe({ settings });
  for (const { path, set } of settings) {
    try {
      writeFileSync(path, set);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  return { settings, problem: problems.length === 0 ? undefined : problems.join("; ") };
}
