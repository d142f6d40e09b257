import {
  lowerNeighbourLimits,
  neighbourLimit,
  type RaisedLimit,
  raiseNeighbourLimits,
} from "./neighbour_limits.js";
import { RunPlace } from "./run_place.js";

/** Room for a run's guests in the kernel's tables of neighbours. In force until close(). */
export interface Neighbours {
  /** Why there is none. */
  readonly problem: string | undefined;
  /** Safe to repeat. */
  close(): void;
}

/**
 * Lets each of a run's interfaces know every other at once. The kernel keeps neighbours' addresses in one table for all namespaces, of 1024
 * entries as a rule, and drops packets to whomever it has no room for (net/core/neighbour.c: neigh_alloc): from the 33rd guest on
 * those who all speak with each other would be cut off.
 */
export function keepNeighbours(runId: string, interfaces: number): Neighbours {
  const wanted = interfaces * (interfaces - 1);
  const limit = neighbourLimit();
  // Fewer than that are never thrown out.
  if (limit === undefined ? wanted <= USUAL_SOFT_LIMIT : wanted <= limit) {
    return { problem: undefined, close: () => {} };
  }
  const place = RunPlace.use(runId);
  let raised: readonly RaisedLimit[] = [];
  // On record first: whoever cleans up takes away again what was added.
  const note = (limits: readonly RaisedLimit[]) => {
    raised = limits;
    place.describe({ neighbourLimits: limits });
  };
  const problem =
    limit === undefined ? "its limits are those of another namespace" : raiseNeighbourLimits(wanted, note);
  let open = true;
  return {
    problem,
    close: () => {
      if (!open) return;
      open = false;
      lowerNeighbourLimits(raised, note);
      place.release();
    },
  };
}

/** gc_thresh2 where nobody has changed it. */
const USUAL_SOFT_LIMIT = 512;
