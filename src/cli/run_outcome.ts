import { relative } from "node:path";
import type { MetricSummary } from "../metrics/extraction.js";
import type { Fidelity } from "../run/fidelity.js";
import type { PerformedRun } from "../run/perform.js";
import { formatNumber } from "./format_number.js";
import { formatTable } from "./table.js";

/** 0 complete; 1 complete, but look twice; 2 failed; 130 interrupted. */
export function exitCodeOf({ result, conclusion }: PerformedRun): number {
  if (result.outcome === "interrupted") return 130;
  if (result.outcome === "failed") return 2;
  const failed = [...result.ends.values()].some((ends) => ends.some((end) => !end.foreseen));
  return failed || conclusion?.fidelity.verdict === "not trustworthy" ? 1 : 0;
}

/** What a run came to, for a terminal. */
export function formatOutcome(performed: PerformedRun): string {
  const { conclusion, directory, plan } = performed;
  const lines: string[] = [];
  if (conclusion !== undefined) {
    const { beginS, endS } = conclusion.summary.measure;
    lines.push(
      `${plan.experiment.name} at TDF ${conclusion.summary.tdf}, ${formatNumber(endS - beginS)} s measured`,
      "",
      formatTable([
        ["metric", "value", "unit", "values", "p50", "p95", "p99"],
        ...conclusion.summary.metrics.map(metricRow),
      ]),
      ...conclusion.summary.metrics.flatMap((metric) => metric.warnings.map((line) => `warning: ${line}`)),
      formatFidelity(conclusion.fidelity),
    );
  }
  lines.push(`recorded in ${relative(process.cwd(), directory.path) || "."}`);
  return `${lines.join("\n")}\n`;
}

export function outcomeAsJson({ result, conclusion, directory }: PerformedRun): string {
  const json = {
    directory: directory.path,
    outcome: result.outcome,
    error: result.error instanceof Error ? result.error.message : null,
    summary: conclusion?.summary ?? null,
    fidelity: conclusion?.fidelity ?? null,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** "trustworthy: packets 0.3 µs late at the 99th percentile, …" */
function formatFidelity(fidelity: Fidelity): string {
  const { latenessVirtualNs: lateness } = fidelity;
  const facts =
    fidelity.reasons.length > 0
      ? fidelity.reasons.join("; ")
      : (lateness === null
          ? "how late packets were is not known of netem, "
          : `99 of 100 packets at most ${formatNumber(lateness.p99 / 1000)} µs late (virtual), `) +
        `host ${formatNumber(fidelity.host.busy * 100)} % busy`;
  const least = fidelity.leastTdf === null ? "" : `; TDF ${fidelity.leastTdf} or more would do`;
  return `${fidelity.verdict}: ${facts}${least}`;
}

function metricRow(metric: MetricSummary): string[] {
  if (metric.kind === "pattern") {
    const value = metric.value === null ? "missing" : formatNumber(metric.value);
    return [metric.name, value, metric.unit, `${metric.count}`, "", "", ""];
  }
  const found = metric.distribution;
  if (found === null) return [metric.name, "missing", metric.unit, "0", "", "", ""];
  const cells = [found.p50, found.p95, found.p99].map(formatNumber);
  return [metric.name, `mean ${formatNumber(found.mean)}`, metric.unit, `${metric.count}`, ...cells];
}
