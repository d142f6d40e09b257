import { formatNumber } from "../../format_number.js";
import type { ReportData, ResourceGroup, ResourcePanel, ResourcePoint, ResourceQuantity } from "../data.js";
import { drawPanel, limitOf } from "../draw/resources.js";
import { formatResource, unitFor } from "../quantities.js";
import { figure, legend, sayBySeries, section, table } from "./figure.js";
import { type Html, html } from "./html.js";

const TITLES: Readonly<Record<ResourceQuantity, string>> = {
  cpu: "Processor",
  memory: "Memory",
  sent: "Network, sent",
  received: "Network, received",
  disk: "Each disk, read and written",
};

/** Small charts: a row for each group of guests, a column for each resource. */
export function resources(data: ReportData): Html {
  const { groups, leftOut } = data.resources;
  if (groups.length === 0) return html``;
  const thinned = Math.max(
    ...groups.flatMap(({ panels }) => panels.flatMap(({ runs }) => runs.map((run) => run.samplesPerPoint))),
  );
  return section(
    "resources",
    "Use of resources",
    html`<p>Mean per guest, as perceived, over virtual time from the beginning of the warm-up. The measuring phase is
      shaded${data.runs.length === 1 && "; the band goes from the least to the most of any guest"}. Each chart has its own scale.${
        thinned > 1 && html` Data are thinned: a point is the mean of up to ${thinned} samples.`
      }${leftOut.length > 0 && html` Not shown, as they use less processor time: ${leftOut.join(", ")}.`}</p>`,
    legend(data),
    groups.map(
      (
        group,
      ) => html`<h3>${group.group}<span class="quiet"> ${group.guests === 1 ? "1 guest" : `${group.guests} guests`}${
        group.of !== null && `, ${group.of}`
      }</span></h3>
        <div class="panels n${group.panels.length}">${group.panels.map((panel) => panelFigure(data, group, panel))}</div>`,
    ),
  );
}

function panelFigure(data: ReportData, group: ResourceGroup, panel: ResourcePanel): Html {
  const means = panel.runs.flatMap(({ run, points }) => {
    const own = points.filter(({ atS }) => isMeasured(data, run, atS));
    return own.length === 0
      ? []
      : [{ run, value: own.reduce((sum, { mean }) => sum + mean, 0) / own.length }];
  });
  const limit = limitOf(group, panel);
  const dashed = limit === undefined ? "" : ` Dashed: the limit, ${formatNumber(limit)} cores.`;
  const said = `Mean ${sayBySeries(data, means, (value) => formatResource(panel.quantity, value))}.${dashed}`;
  const title = TITLES[panel.quantity];
  const whose = `${title} of ${group.group}${group.of === null ? "" : `, ${group.of}`}`;
  const most = Math.max(...panel.runs.flatMap(({ points }) => points.map(({ mean }) => mean)));
  const unit = unitFor(panel.quantity, most);
  const cells = ({ atS, mean, least, most: highest }: ResourcePoint) => [
    formatNumber(atS),
    ...(group.guests > 1 ? [mean, least, highest] : [mean]).map((value) => formatNumber(value / unit.size)),
  ];
  return figure({
    title,
    said: means.length === 0 ? "Not sampled while measuring." : said,
    chart: drawPanel(data, group, panel, `${whose}. ${said}`),
    table: table(
      whose,
      ["Run", "Virtual time (s)", `Mean (${unit.name})`, ...(group.guests > 1 ? ["Least", "Most"] : [])],
      panel.runs.flatMap(({ run, points }) =>
        points.map((point) => [data.runs[run]?.label ?? "", ...cells(point)]),
      ),
    ),
  });
}

function isMeasured({ runs }: ReportData, run: number, atS: number): boolean {
  const measure = runs[run]?.measure;
  return measure !== undefined && atS > measure.beginS && atS <= measure.endS + 1e-3;
}
