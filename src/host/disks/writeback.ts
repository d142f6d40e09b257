import { writeFileSync } from "node:fs";
import { toNumber } from "../../scale/ratio.js";
import type { Tdf } from "../../scale/tdf.js";
import { liveRuns } from "../state/live.js";
import { RunPlace } from "../state/run_place.js";
import { readSetting, restoreSettings } from "../state/settings.js";

/** When the kernel writes back what nobody has forced out, in hundredths of real seconds; for the whole host. */
const SETTINGS = [
  "/proc/sys/vm/dirty_expire_centisecs",
  "/proc/sys/vm/dirty_writeback_centisecs",
  "/proc/sys/fs/xfs/xfssyncd_centisecs",
];
/** The most that xfs takes. */
const MOST_CENTISECONDS = 720_000;

/** The kernel's write-back as a run's guests perceive it. In force until close(). */
export interface Writeback {
  /** Why it runs in real time all the same. */
  readonly problem: string | undefined;
  /** Safe to repeat. */
  close(): void;
}

/**
 * Has the kernel write dirty pages back by virtual time. It has one set of times for the host: they are the run's until it
 * closes, or, if it dies, until its record is cleaned up. Where another run has set them already they stay that one's.
 */
export function keepWriteback(runId: string, tdf: Tdf): Writeback {
  const other = liveRuns().find((run) => run.id !== runId && (run.settings ?? []).length > 0);
  if (other !== undefined) {
    return { problem: `it keeps to TDF ${other.tdf}, of the run ${other.id}`, close: () => {} };
  }
  if (tdf.num === tdf.den) return { problem: undefined, close: () => {} };
  const place = RunPlace.use(runId);
  const settings = SETTINGS.flatMap((path) => {
    const before = readSetting(path);
    if (before === undefined) return [];
    const wanted = Math.round(Number(before) * toNumber(tdf));
    return [{ path, before, set: `${Math.min(Math.max(wanted, 1), MOST_CENTISECONDS)}` }];
  });
  // On record first: whoever cleans up puts back only what it finds as it was set.
  place.describe({ settings });
  let problem: string | undefined;
  for (const { path, set } of settings) {
    try {
      writeFileSync(path, set);
    } catch (error) {
      problem = (error as Error).message;
    }
  }
  let open = true;
  return {
    problem,
    close: () => {
      if (!open) return;
      open = false;
      restoreSettings(settings);
      place.describe({ settings: [] });
      place.release();
    },
  };
}
