import type { Clock } from "../../clock/clock.js";
import { formatRatio } from "../../scale/ratio.js";
import { RunPlace } from "./run_place.js";

/** A run that `diecast ps` shows. */
export interface RunRegistration {
  /** Safe to repeat. */
  remove(): void;
}

/**
 * Puts a run on record. Its guests put themselves there (createGuest).
 * @throws DieCastError `permission`, or `failed` if there is a live run with this id
 */
export function registerRun(run: { id: string; runDirectory: string; clock: Clock }): RunRegistration {
  const place = RunPlace.use(run.id);
  place.describe({
    runDirectory: run.runDirectory,
    clock: `/proc/${process.pid}/fd/${run.clock.fd}`,
    tdf: formatRatio(run.clock.tdf),
  });
  let registered = true;
  return {
    remove: () => {
      if (registered) place.release();
      registered = false;
    },
  };
}
