import { formatNumber } from "../../format_number.js";
import { TABLE_SHARES } from "../curves.js";
import type { MetricOfRun, ReportData, ReportedMetric } from "../data.js";
import { cdfEnd, drawCdf, drawCourse } from "../draw/metrics.js";
import { eventsShown } from "../events.js";
import { formatShare } from "../quantities.js";
import { figure, legend, sayBySeries, section, table } from "./figure.js";
import { type Html, html } from "./html.js";

/** Each metric over virtual time and as a distribution. */
export function metrics(data: ReportData): Html {
  if (data.metrics.length === 0) return html``;
  return section(
    "metrics",
    "Metrics",
    legend(data),
    data.metrics.map(
      (metric) =>
        html`<h3>${metric.name}${metric.of !== null && html`<span class="quiet"> ${metric.of}</span>`}</h3><div class="pair">${courseFigure(data, metric)}${cdfFigure(data, metric)}</div>`,
    ),
    eventList(data),
  );
}

function courseFigure(data: ReportData, metric: ReportedMetric): Html {
  if (metric.runs.every(({ overTime }) => overTime.length === 0)) return html`<p>${whyNoCourse(metric)}</p>`;
  const timed = metric.kind === "csv";
  const means = metric.runs.flatMap(({ run, overTime }) =>
    overTime.length === 0 ? [] : [{ run, value: meanOf(overTime) }],
  );
  const unit = timed ? "per virtual second" : metric.unit;
  const said = `Mean ${sayBySeries(data, means, (value) => `${formatNumber(value)} ${unit}`.trim())}.`;
  const title = withValue(
    metric,
    timed ? "Completions per virtual second" : `${metric.name}, value by value`,
  );
  const columns = metric.runs.filter(({ overTime }) => overTime.length > 0);
  const longest = Math.max(...columns.map(({ overTime }) => overTime.length));
  const rows = Array.from({ length: longest }, (_, i) => [
    formatNumber(columns.find(({ overTime }) => overTime.length > i)?.overTime[i]?.[0] ?? 0),
    ...columns.map(({ overTime }) => numberAt(overTime[i]?.[1])),
  ]);
  const first = timed ? "Virtual time (s)" : "nth value";
  return figure({
    title: timed ? `${title}, in bins of ${formatNumber(metric.binS ?? 0)} s` : title,
    said: timed ? said : `${said} Each point is the nth value of all guests together.`,
    chart: drawCourse(data, metric, `${title}. ${said}`),
    table: table(`${metric.name}: ${title}`, [first, ...columns.map((run) => labelOf(data, run))], rows),
  });
}

function cdfFigure(data: ReportData, metric: ReportedMetric): Html | null {
  const having = metric.runs.filter(({ cdf }) => cdf.length > 0);
  if (having.length === 0) return null;
  const unit = metric.unit === "" ? "" : ` ${metric.unit}`;
  const medians = having.map(({ run, cdf }) => ({ run, value: quantile(cdf, 0.5) }));
  const end = cdfEnd(metric);
  const most = Math.max(...having.map(({ cdf }) => cdf.at(-1)?.[0] ?? 0));
  const cut =
    end < most
      ? ` Drawn up to ${formatNumber(end)}${unit}; the largest is ${formatNumber(most)}${unit}.`
      : "";
  const said = `Half of all values are at most ${sayBySeries(data, medians, (value) => `${formatNumber(value)}${unit}`)}.${cut}`;
  const title = withValue(metric, `Distribution of ${metric.name}`);
  const rows = TABLE_SHARES.map((share) => [
    formatShare(share),
    ...having.map(({ cdf }) => formatNumber(quantile(cdf, share))),
  ]);
  return figure({
    title,
    said,
    chart: drawCdf(data, metric, `${title}. ${said}`),
    table: table(
      `${title}${unit === "" ? "" : ` in${unit}`}`,
      [
        "Share of values",
        ...having.map((run) => `${labelOf(data, run)}${metric.unit === "" ? "" : ` (${metric.unit})`}`),
      ],
      rows,
    ),
  });
}

function withValue({ of }: ReportedMetric, title: string): string {
  return of === null ? title : `${title}, ${of}`;
}

function whyNoCourse({ kind }: ReportedMetric): string {
  return kind === "csv"
    ? "When values were taken is not recorded: the metric has no column of time, or the run is of an older version."
    : "Guests gave too few values for a course over time.";
}

function eventList(data: ReportData): Html | null {
  const { run, events } = eventsShown(data);
  if (run === undefined) return null;
  return html`<h3>Events</h3><p>Dotted lines in the charts; times count from the beginning of the warm-up.${
    data.runs.length > 1 && ` These are the events of ${run.label}.`
  }</p>
    <ol>${events.map(({ what, atS }) => html`<li>${formatNumber(atS)} s: ${what}</li>`)}</ol>`;
}

/** The least value that has at least this share at or below it. */
export function quantile(cdf: MetricOfRun["cdf"], share: number): number {
  return (cdf.find((point) => point[1] >= share - 1e-9 && point[1] > 0) ?? cdf.at(-1))?.[0] ?? Number.NaN;
}

function meanOf(points: readonly (readonly [number, number])[]): number {
  return points.reduce((sum, point) => sum + point[1], 0) / points.length;
}

function labelOf({ runs }: ReportData, { run }: MetricOfRun): string {
  return runs[run]?.label ?? "";
}

function numberAt(value: number | undefined): string {
  return value === undefined ? "" : formatNumber(value);
}
