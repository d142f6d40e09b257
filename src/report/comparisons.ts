import type { Comparison } from "../compare/comparison.js";
import type {
  DistanceComparison,
  QuantityComparison,
  SetMetricComparison,
} from "../compare/set_comparison.js";
import { describeSide, type ValidationComparison } from "../validate/conditions.js";
import type { ErrorLine, ReportedComparison } from "./data.js";
import { sayComparison, sayEquivalence } from "./verdict.js";

/** Two single runs. */
export function ofRuns(comparison: Comparison, baseline: string, scaled: string): ReportedComparison {
  return {
    of: null,
    baseline,
    scaled,
    verdict: sayComparison(comparison.verdict),
    notes: comparison.notes,
    lines: comparison.metrics.flatMap(({ name, unit, lines }) =>
      lines.map((line): ErrorLine => {
        const isDistance = line.quantity === "ks";
        return {
          what: name,
          quantity: isDistance ? "KS" : line.quantity,
          unit: line.quantity === "count" || isDistance ? "" : unit,
          isDistance,
          baseline: line.baseline,
          scaled: line.scaled,
          error: isDistance ? line.distance : line.error,
          interval: line.interval,
          spread: null,
          margin: line.tolerance,
          // Of single runs it is too small: their values hang on each other.
          p: null,
          verdict: line.within === null ? null : line.within ? "within" : "outside",
        };
      }),
    ),
  };
}

/** The repeats on one side. @param of as in ReportedMetric */
export function ofRepeats(
  comparison: ValidationComparison,
  baseline: string,
  of: string | null,
): ReportedComparison {
  return {
    of,
    baseline,
    scaled: describeSide(comparison),
    verdict: sayEquivalence(comparison.verdict),
    notes: comparison.notes,
    lines: [
      ...comparison.metrics.flatMap(metricLines),
      ...comparison.profiles.map((profile) =>
        distanceLine(`${profile.resource} of ${profile.group}`, "area", profile),
      ),
    ],
  };
}

function metricLines({ name, unit, quantities, ks }: SetMetricComparison): ErrorLine[] {
  return [
    ...quantities.map((quantity) => quantityLine(name, unit, quantity)),
    ...(ks === null ? [] : [distanceLine(name, "KS", ks)]),
  ];
}

function quantityLine(what: string, unit: string, line: QuantityComparison): ErrorLine {
  const { quantity, baseline, scaled, error, interval, margin, verdict } = line;
  return {
    what,
    quantity,
    unit: quantity === "count" ? "" : unit,
    isDistance: false,
    baseline: baseline.mean,
    scaled: scaled.mean,
    error,
    interval,
    spread: baseline.spread,
    margin,
    p: null,
    verdict,
  };
}

function distanceLine(what: string, quantity: string, line: DistanceComparison): ErrorLine {
  const { distance, interval, yardstick, margin, p, verdict } = line;
  return {
    what,
    quantity,
    unit: "",
    isDistance: true,
    baseline: null,
    scaled: null,
    error: distance,
    interval,
    spread: yardstick,
    margin,
    p,
    verdict,
  };
}
