import { extractMetric, type MetricSummary, type OutputWindow } from "../metrics/extraction.js";
import { type RunSummary, valuesFile, writeSummary } from "../metrics/summary.js";
import type { Plan } from "../plan/plan.js";
import { formatRatio } from "../scale/ratio.js";
import type { Metric } from "../spec/experiment.js";
import type { RunDirectory } from "./directory.js";
import { type Fidelity, judgeFidelity } from "./fidelity.js";
import { keptFile, pathIn } from "./output.js";
import type { Border, RunResult } from "./result.js";

export interface Conclusion {
  readonly summary: Omit<RunSummary, "version">;
  readonly fidelity: Fidelity;
}

/**
 * Makes summary.json and fidelity.json out of what a run has measured, be it the whole phase or the part until it was
 * interrupted. Undefined if it never came to measuring.
 * @throws what the file system answers where the run's folder cannot be read or written
 */
export async function conclude(
  plan: Plan,
  directory: RunDirectory,
  result: RunResult,
): Promise<Conclusion | undefined> {
  const { origin, begin, end } = result;
  if (origin === undefined || begin === undefined || end === undefined) return undefined;
  // First: it does not depend on what guests have written.
  const fidelity = judgeFidelity(plan, begin, end);
  directory.writeJson("fidelity.json", fidelity);
  const metrics: MetricSummary[] = [];
  const measure = { beginWallNs: begin.wallNs, endWallNs: end.wallNs };
  for (const metric of plan.experiment.metrics) {
    const windows = windowsOf(metric, plan, directory, begin, end);
    metrics.push(await extractMetric(metric, windows, measure, directory.file(valuesFile(metric.name))));
  }
  const seconds = (border: Border) => Number(border.virtualNs - origin) / 1e9;
  const { samples = 0, late = 0, missed = 0, worstVirtualNs = 0 } = result.sampling ?? {};
  const summary = {
    experiment: plan.experiment.name,
    tdf: formatRatio(plan.tdf),
    seed: plan.seed,
    measure: { beginS: seconds(begin), endS: seconds(end) },
    complete: result.outcome === "completed",
    metrics,
    resources: result.resources ?? null,
    sampling: { samples, late, missed, worstVirtualNs },
    warnings: [...result.warnings],
  };
  writeSummary(directory, summary);
  return { summary, fidelity };
}

function windowsOf(
  metric: Metric,
  plan: Plan,
  directory: RunDirectory,
  begin: Border,
  end: Border,
): OutputWindow[] {
  return plan.guests
    .filter((guest) => metric.groups.includes(guest.group.name))
    .map((guest) => {
      const { name, group } = guest;
      const [key, file] =
        metric.kind === "pattern"
          ? [metric.stream, directory.guest(name, `${metric.stream}.log`)]
          : [pathIn(guest, metric.file), keptFile(directory, guest, metric.file)];
      const at = (border: Border) => border.sizes.get(name)?.get(key) ?? 0;
      return { guest: name, group: group.name, file, begin: at(begin), end: at(end) };
    });
}
