import { toNumber } from "../scale/ratio.js";
import { parseTdf } from "../scale/tdf.js";
import type { Slot } from "./schedule.js";
import type { ValidationRun } from "./validation.js";

/** What a run takes beside its phases, until one has told. */
const AROUND_S = 10;

/**
 * How long the rest will take: by what earlier runs at the same TDF took, else by the phases.
 * @param phasesS warm-up and measuring, virtual
 * @returns real seconds
 */
export function secondsLeft(left: readonly Slot[], runs: readonly ValidationRun[], phasesS: number): number {
  return left.reduce((sum, { tdf }) => {
    // Whatever its value: at another one it takes about as long.
    const known = runs.filter((run) => run.tdf === tdf && run.outcome === "completed");
    const took = known.reduce((total, run) => total + run.realSeconds, 0) / known.length;
    return sum + (known.length > 0 ? took : phasesS * toNumber(parseTdf(tdf, "tdf")) + AROUND_S);
  }, 0);
}

/** "45 s", "12 min", "3 h 20 min" */
export function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
