import { formatNumber } from "../../format_number.js";
import type { MetricSummary } from "../../metrics/extraction.js";
import type { ReportData, ReportedRun, Said } from "../data.js";
import { section, table } from "./figure.js";
import { type Content, type Html, html } from "./html.js";

const SIGNS = { good: "✓", doubtful: "?", bad: "✕" } as const;

/** Title and verdict, before anything else. */
export function header({ experiment, description, verdict, runs, validation, series }: ReportData): Html {
  const what = validation === null ? (runs.length === 1 ? "Run" : "Comparison") : "Validation";
  const tdfs = [...new Set(runs.map(({ tdf }) => tdf))];
  const count = runs.length === 0 ? "No run counts" : runs.length === 1 ? "1 run" : `${runs.length} runs`;
  return html`<header>
    <p class="kind">DieCast · ${what}</p>
    <h1>${experiment}</h1>
    ${description !== null && html`<p class="lead">${description}</p>`}
    <p class="quiet">${count}${tdfs.length > 0 && ` at TDF ${tdfs.join(", ")}`}${
      runs.length > 0 && series.length > 1 && html`; the baseline is ${series[0]?.label}`
    }</p>
    <div class="verdicts">
      ${verdict.outcome !== null && badge("Outcome", verdict.outcome)}
      ${verdict.agreement !== null && badge("Runs compared", verdict.agreement)}
      ${badge("Emulation", verdict.trust)}
    </div>
  </header>`;
}

function badge(of: string, { word, tone, sentence }: Said): Html {
  return html`<div class="verdict ${tone}"><p class="of">${of}</p>
    <p class="word"><span aria-hidden="true">${SIGNS[tone]}</span> ${capital(word)}</p><p>${sentence}</p></div>`;
}

/** Which runs, and what each metric came to. */
export function overview(data: ReportData): Html {
  const { runs, notes, validation } = data;
  const all = [
    ...notes,
    // A validation's own notes say it of most of them.
    ...(validation?.leftOut
      .filter((line) => !notes.some((note) => note.startsWith(`${line.split(":", 1)[0]} `)))
      .map((line) => `left out: ${line}`) ?? []),
    ...warningsOf(runs),
  ];
  return section(
    "results",
    "Results",
    runs.length === 0 ? html`<p>No run counts, so there are no figures.</p>` : resultsOf(data),
    all.length > 0 &&
      html`<h3>To know before one trusts it</h3><ul class="notes">${all.map((line) => html`<li>${line}</li>`)}</ul>`,
  );
}

function resultsOf(data: ReportData): Content {
  return [
    table(
      "What each metric came to",
      ["Metric", "Run", "Value or mean", "p50", "p95", "p99", "Values"],
      metricRows(data),
    ),
    html`<h3>Runs</h3>`,
    table(
      "The runs",
      ["Run", "TDF", "Seed", "Measured (virtual)", "Emulation", "Links by", "Outcome"],
      data.runs.map((run) => [
        run.label,
        run.tdf,
        run.seed,
        `${formatNumber(run.measure.endS - run.measure.beginS)} s`,
        run.trust === null ? "not known" : capital(run.trust.word),
        run.links.split(":", 1)[0],
        run.outcome,
      ]),
    ),
  ];
}

/** Each once, with the runs that it is about. */
function warningsOf(runs: readonly ReportedRun[]): string[] {
  const lines = new Set(runs.flatMap(({ warnings }) => warnings));
  return [...lines].map((line) => {
    const about = runs.filter(({ warnings }) => warnings.includes(line)).map(({ label }) => label);
    return `${runs.length > 1 && about.length === runs.length ? "all runs" : about.join(", ")}: ${line}`;
  });
}

function metricRows({ runs, metrics }: ReportData): (string | number)[][] {
  // Where something was varied, a metric is there once for each value.
  const units = new Map(metrics.map(({ name, unit }) => [name, unit]));
  return [...units].flatMap(([name, unit]) =>
    runs.flatMap((run) => {
      const metric = run.metrics.find((other) => other.name === name);
      return metric === undefined
        ? []
        : [[unit === "" ? name : `${name} (${unit})`, ...cellsOf(run, metric)]];
    }),
  );
}

function cellsOf({ label }: ReportedRun, metric: MetricSummary): (string | number)[] {
  if (metric.kind === "pattern") {
    return [label, metric.value === null ? "missing" : formatNumber(metric.value), "", "", "", metric.count];
  }
  const found = metric.distribution;
  if (found === null) return [label, "missing", "", "", "", 0];
  return [label, ...[found.mean, found.p50, found.p95, found.p99].map(formatNumber), metric.count];
}

export function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
