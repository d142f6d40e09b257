import { formatNumber } from "../../format_number.js";
import type { ReportData, ReportedVariation, VariationChart } from "../data.js";
import { drawVariation } from "../draw/variation.js";
import { figure, legend, sayAt, section, table } from "./figure.js";
import { type Html, html } from "./html.js";

/** What each metric came to with each value of what was varied. */
export function variation(data: ReportData): Html {
  const varied = data.variation;
  if (varied === null || varied.charts.length === 0) return html``;
  return section(
    "variation",
    titleOf(varied),
    html`<p>Means over the repetitions; the bars go from the least to the most of them. Lines are drawn a little beside
      each other.${
        data.series.some(({ label }) => label.startsWith("undilated")) &&
        html` Undilated: in real time, on the share of the host’s processors that guests have at the TDF named. It is shown for comparison and no part of the verdict.`
      }</p>`,
    legend(data),
    html`<div class="pair">${varied.charts.map((chart) => chartFigure(data, varied, chart))}</div>`,
  );
}

/** "Against sessions" */
export function titleOf({ name }: ReportedVariation): string {
  return `Against ${name}`;
}

function chartFigure({ series }: ReportData, varied: ReportedVariation, chart: VariationChart): Html {
  const { name, values } = varied;
  const { metric, quantity, unit, lines } = chart;
  const what = quantity === "value" ? metric : `${metric}, ${quantity}`;
  const title = `${what}${unit === "" ? "" : ` (${unit})`} against ${name}`;
  const labelOf = (line: VariationChart["lines"][number]) => series[line.series]?.label ?? "";
  const last = values.at(-1) ?? "";
  const said = lines
    .flatMap((line) => {
      const point = line.points.find(({ value }) => value === last);
      return point === undefined ? [] : [sayAt(labelOf(line), `${formatNumber(point.mean)} ${unit}`.trim())];
    })
    .join(", ");
  const rows = values.flatMap((value) =>
    lines.flatMap((line) => {
      const point = line.points.find((one) => one.value === value);
      if (point === undefined) return [];
      return [[value, labelOf(line), ...[point.mean, point.least, point.most].map(formatNumber)]];
    }),
  );
  return figure({
    title,
    said: `With ${name} = ${last}: ${said}.`,
    chart: drawVariation(varied, chart, `${title}. With ${name} = ${last}: ${said}.`),
    table: table(title, [name, "Side", "Mean", "Least", "Most"], rows),
  });
}
