import * as Plot from "@observablehq/plot";
import type { ReportData, ResourceGroup, ResourcePanel } from "../data.js";
import { eventsShown } from "../events.js";
import type { Html } from "../page/html.js";
import { unitFor } from "../quantities.js";
import { drawChart, eventMarks, type Size, some, styleOf } from "./chart.js";

const SIZE: Size = { width: 270, height: 150 };
/** A limit far above what is used would press the line to the ground. */
const LIMIT_IN_SIGHT = 4;
/** Symbols of a line among others. */
const MOST_MARKED = 3;

/** One small chart of a group's use of one resource over the whole run. */
export function drawPanel(data: ReportData, group: ResourceGroup, panel: ResourcePanel, said: string): Html {
  const most = Math.max(...panel.runs.flatMap(({ points }) => points.map((point) => point.mean)));
  const unit = unitFor(panel.quantity, most);
  const showsRange = data.runs.length === 1 && group.guests > 1;
  const measures = panel.runs.flatMap(({ run }) => data.runs[run]?.measure ?? []);
  const [measure] = measures;
  // A thinned line ends before the last sample: what is measured is to be seen as a whole all the same.
  const endS = Math.max(
    ...panel.runs.flatMap(({ points }) => points.map(({ atS }) => atS)),
    ...measures.map((one) => one.endS),
  );
  const events = eventsShown(data).events.filter(({ atS }) => atS <= endS);
  const limit = limitOf(group, panel);
  return drawChart(said, SIZE, {
    marginLeft: 44,
    marginRight: 8,
    marginTop: 22,
    marginBottom: 36,
    x: { label: "virtual time (s)", ticks: 5, domain: [0, endS || 1] },
    y: { label: unit.name, ticks: 4, grid: true, zero: true, nice: true },
    marks: [
      ...(measure === undefined
        ? []
        : [
            Plot.rect([measure], {
              x1: "beginS",
              x2: "endS",
              fill: "currentColor",
              fillOpacity: 0.05,
            }),
          ]),
      Plot.ruleY([0]),
      ...eventMarks(events),
      ...(limit === undefined
        ? []
        : [Plot.ruleY([limit], { stroke: "currentColor", strokeOpacity: 0.6, strokeDasharray: "3 3" })]),
      ...panel.runs.flatMap(({ run, points }) => {
        const series = data.runs[run]?.series ?? 0;
        const style = styleOf(series);
        const scaled = points.map(({ atS, mean, least, most: highest }) => ({
          atS,
          mean: mean / unit.size,
          least: least / unit.size,
          most: highest / unit.size,
        }));
        const marked = data.series.length > 1 ? some(scaled, MOST_MARKED, series) : [];
        return [
          ...(showsRange
            ? [
                Plot.areaY(scaled, {
                  x: "atS",
                  y1: "least",
                  y2: "most",
                  fill: style.stroke,
                  fillOpacity: 0.2,
                }),
              ]
            : []),
          Plot.line(scaled, {
            x: "atS",
            y: "mean",
            stroke: style.stroke,
            strokeDasharray: style.strokeDasharray,
            strokeWidth: 1.6,
          }),
          Plot.dot(scaled.length === 1 ? scaled : marked, {
            x: "atS",
            y: "mean",
            symbol: style.symbol,
            fill: style.stroke,
            r: 2.5,
          }),
        ];
      }),
    ],
  });
}

/** The guests' limit of processor where it is near enough to be drawn. */
export function limitOf({ coresLimit }: ResourceGroup, panel: ResourcePanel): number | undefined {
  if (panel.quantity !== "cpu" || coresLimit === null) return undefined;
  const most = Math.max(...panel.runs.flatMap(({ points }) => points.map((point) => point.most)));
  return coresLimit <= LIMIT_IN_SIGHT * most ? coresLimit : undefined;
}
