import { existsSync } from "node:fs";
import { join } from "node:path";
import { compareRuns } from "../../compare/compare_runs.js";
import { parseTolerances } from "../../compare/tolerance.js";
import { DieCastError } from "../../errors.js";
import { repetitionsIn } from "../../run/directory.js";
import { type Condition, describeValue } from "../../validate/conditions.js";
import {
  readValidation,
  VALIDATION_FILE,
  type Validation,
  type ValidationPlan,
} from "../../validate/validation.js";
import { ofRepeats, ofRuns } from "../comparisons.js";
import { BINS_PER_DECADE, logarithmicBins } from "../curves.js";
import type {
  Lateness,
  ReportData,
  ReportedComparison,
  ReportedMetric,
  ReportedRun,
  ReportedValidation,
  ResourceGroup,
} from "../data.js";
import { arrange, arrangeRepeats, type Labelled } from "../series.js";
import { type ReportedTopology, topologyOf } from "../topology.js";
import { variationOf } from "../variation.js";
import { sayEquivalence, sayOutcome, sayTrust, sayUntrusted, worstOf, worstTrust } from "../verdict.js";
import { readMetrics } from "./metric_values.js";
import { readResources } from "./resources.js";
import { type FidelityFile, type RunFiles, readRunFiles } from "./run_files.js";

/**
 * Reads runs, or a validation, for a report.
 * @param paths folders of runs of one experiment (one of `diecast run --repeat` stands for all in it), or the one folder of a validation
 * @throws DieCastError `invalid-option` if one is neither, or they do not belong together
 */
export async function readReportData(paths: readonly string[], now = new Date()): Promise<ReportData> {
  const [first] = paths;
  if (first === undefined)
    throw new DieCastError("invalid-option", "expected the folder of a run or a validation");
  const validations = paths.filter((path) => existsSync(join(path, VALIDATION_FILE)));
  if (validations.length === 0) return ofRunFolders(paths.flatMap(repetitionsIn), now);
  if (paths.length === 1) return ofValidation(first, now);
  throw new DieCastError(
    "invalid-option",
    `expected runs, or one validation alone; ${validations[0]} is a validation`,
  );
}

async function ofRunFolders(paths: readonly string[], now: Date): Promise<ReportData> {
  const { runs, series } = arrange(paths.map(readRunFiles));
  const comparisons: ReportedComparison[] = [];
  const [baseline, ...others] = runs;
  if (baseline === undefined) throw new DieCastError("failed", "there is no run to report");
  for (const { run, label } of others) {
    // The tolerance of `diecast compare`. What cannot be trusted is shown, too: the page says that it cannot.
    const comparison = await compareRuns(
      baseline.run.path,
      run.path,
      { by: "tolerance", most: parseTolerances("5%", "tolerance") },
      { allowUntrustworthy: true },
    );
    const compared = ofRuns(comparison, baseline.label, label);
    const untrusted = [baseline, { run, label }].find(
      (one) => one.run.fidelity?.verdict === "not trustworthy",
    );
    comparisons.push(
      untrusted === undefined ? compared : { ...compared, verdict: sayUntrusted(untrusted.label) },
    );
  }
  const data = await assemble(baseline.run.summary.experiment, runs, comparisons, now);
  const agreement = worstOf(comparisons);
  const verdict = { outcome: sayOutcome(data.runs), trust: worstTrust(data.runs), agreement };
  return { ...data, series, verdict, variation: null, validation: null };
}

async function ofValidation(path: string, now: Date): Promise<ReportData> {
  const found = readValidation(path);
  const missing: string[] = [];
  const counted = found.runs.filter((run) => run.counted);
  const files = counted.flatMap((run) => {
    const folder = join(path, run.path);
    if (existsSync(folder)) return [{ run: readRunFiles(folder), condition: run }];
    missing.push(`${run.path} is not there: charts and figures of runs leave it out`);
    return [];
  });
  const { vary, tdfs } = found.plan;
  const { runs, series } = arrangeRepeats(files, found.plan);
  const of = (condition: Condition) => (vary === null ? null : describeValue(condition, vary));
  const comparisons = found.comparisons.map((comparison) =>
    ofRepeats(comparison, `TDF ${tdfs[0] ?? "1"}`, of(comparison)),
  );
  const valueOfRun = new Map(files.map(({ run, condition }) => [run, of(condition)]));
  const data = await assemble(
    found.experiment,
    runs,
    comparisons,
    now,
    ({ run }) => valueOfRun.get(run) ?? null,
  );
  const validation: ReportedValidation = {
    path,
    command: commandOf(found),
    repeat: found.plan.repeat,
    continued: found.added === undefined ? null : continuedBy(path, found.plan),
    leftOut: found.runs
      .filter((run) => !run.counted)
      .map(
        ({ path: own, outcome, reasons }) => `${own}: ${reasons.length > 0 ? reasons.join("; ") : outcome}`,
      ),
  };
  const incomplete = found.complete ? [] : ["the validation is not complete: some runs are still to be done"];
  return {
    ...data,
    series,
    variation: vary === null ? null : variationOf(vary, found.comparisons, series),
    validation,
    verdict: {
      outcome: sayOutcome(data.runs),
      trust: worstTrust(data.runs, found.runs.length - files.length),
      agreement: sayEquivalence(found.verdict),
    },
    notes: [...incomplete, ...missing, ...found.notes, ...data.notes],
  };
}

/** What the user typed, with how fast guests' cores were kept: the next time the host's may not be as fast at the beginning. */
function commandOf({ command, plan: { steadyCores } }: Validation): readonly string[] {
  if (steadyCores == null || command.includes(`${steadyCores}`)) return command;
  return [...command, "--steady-cores", `${steadyCores}`];
}

function continuedBy(path: string, { repeat, baselineRepeat = 1 }: ValidationPlan): string[] {
  const more = ["--repeat", `${repeat}`, "--baseline-repeat", `${baselineRepeat}`];
  return ["validate", "--continue", path, ...more];
}

/** @param of what of a run `of` in ReportedMetric is; runs of one value stand together */
async function assemble(
  experiment: string,
  runs: readonly Labelled<RunFiles>[],
  comparisons: readonly ReportedComparison[],
  now: Date,
  of: (run: Labelled<RunFiles>) => string | null = () => null,
): Promise<Omit<ReportData, "series" | "verdict" | "variation" | "validation">> {
  return {
    version: 1,
    experiment,
    description: runs[0]?.run.description ?? null,
    made: now.toISOString(),
    runs: runs.map(({ run, label, series }) => reportedRun(run, label, series)),
    comparisons,
    ...(await readParts(runs, of)),
    topology: firstTopology(runs, of),
    notes: [...new Set(comparisons.flatMap(({ notes }) => notes))],
  };
}

/** The first run's network: there is room for one. Runs of one experiment and value have the same. */
function firstTopology(
  runs: readonly Labelled<RunFiles>[],
  of: (run: Labelled<RunFiles>) => string | null,
): ReportedTopology {
  const keyOf = (run: Labelled<RunFiles>) => of(run) ?? run.run.experiment;
  const different = [...new Map([...runs].reverse().map((run) => [keyOf(run), run])).values()].reverse();
  const [first, ...others] = different;
  if (first === undefined) return { of: null, joinedBy: "group", nodes: [], links: [] };
  const shown = topologyOf(first.run.plan);
  const isAnother = ({ run }: Labelled<RunFiles>) =>
    JSON.stringify(topologyOf(run.plan)) !== JSON.stringify(shown);
  return { ...shown, of: others.some(isAnother) ? (of(first) ?? first.label) : null };
}

/** Charts show runs of one value only: those of others are other systems. */
async function readParts(
  runs: readonly Labelled<RunFiles>[],
  of: (run: Labelled<RunFiles>) => string | null,
): Promise<Pick<ReportData, "metrics" | "resources">> {
  const values = [...new Set(runs.map(of))];
  const metrics: ReportedMetric[] = [];
  const groups: ResourceGroup[] = [];
  const leftOut = new Set<string>();
  for (const value of values) {
    const own = runs.flatMap((run, index) => (of(run) === value ? [{ run: run.run, index }] : []));
    const files = own.map(({ run }) => run);
    const among = <T extends { readonly run: number }>(all: readonly T[]) =>
      all.map((one) => ({ ...one, run: own[one.run]?.index ?? 0 }));
    for (const metric of await readMetrics(files, values.length))
      metrics.push({ ...metric, of: value, runs: among(metric.runs) });
    const resources = await readResources(files, value, values.length);
    for (const group of resources.groups) {
      const panels = group.panels.map((panel) => ({ ...panel, runs: among(panel.runs) }));
      groups.push({ ...group, panels });
    }
    for (const name of resources.leftOut) leftOut.add(name);
  }
  // With another value a group may be among the busiest.
  const nowhere = [...leftOut].filter((name) => !groups.some(({ group }) => group === name));
  return { metrics, resources: { groups, leftOut: nowhere } };
}

function reportedRun(
  { path, run, summary, host, fidelity }: RunFiles,
  label: string,
  series: number,
): ReportedRun {
  const gibibytes = Number((host.memoryBytes / 2 ** 30).toPrecision(3));
  return {
    path,
    label,
    series,
    tdf: run.tdf,
    seed: run.seed,
    began: run.began,
    outcome: run.outcome,
    overcommit: run.overcommit,
    trust: fidelity === null ? null : sayTrust(fidelity),
    links: run.links === undefined ? "not recorded" : `${run.links.backend}: ${run.links.reason}`,
    host: [
      host.processor,
      `${host.cores} cores`,
      `${gibibytes} GiB`,
      host.system,
      ...(host.kernel === undefined ? [] : [`Linux ${host.kernel}`]),
    ].join(", "),
    diecast: run.diecast,
    node: host.node,
    measure: summary.measure,
    metrics: summary.metrics,
    lateness: fidelity === null ? [] : latenessOf(fidelity),
    events: run.events.map(({ what, tookPlaceNs }) => ({ what, atS: tookPlaceNs / 1e9 })),
    warnings: [...new Set([...run.warnings, ...summary.metrics.flatMap((metric) => metric.warnings)])],
  };
}

function latenessOf({
  latenessVirtualNs,
  latenessLimitVirtualNs,
  latenessBinsVirtualNs,
  disks,
  waitVirtualNs,
  waitLimitVirtualNs,
  waitBinsVirtualNs,
}: FidelityFile): Lateness[] {
  const packets = latenessVirtualNs && {
    ...row("packets", latenessVirtualNs, latenessLimitVirtualNs, latenessBinsVirtualNs),
  };
  const replies =
    disks &&
    row("disk replies", disks.latenessVirtualNs, disks.latenessLimitVirtualNs, disks.latenessBinsVirtualNs);
  const waits =
    waitVirtualNs && row("waits for a processor", waitVirtualNs, waitLimitVirtualNs ?? 0, waitBinsVirtualNs);
  return [packets, replies, waits].filter((one) => one !== null && one !== undefined);
}

function row(
  what: Lateness["what"],
  { p50, p99, max }: { readonly p50: number; readonly p99: number; readonly max: number },
  limitNs: number,
  bins: readonly (readonly [number, number])[] | null | undefined,
): Lateness {
  const joined = bins === null || bins === undefined ? null : logarithmicBins(bins, BINS_PER_DECADE);
  return { what, p50Ns: p50, p99Ns: p99, maxNs: max, limitNs, bins: joined };
}
