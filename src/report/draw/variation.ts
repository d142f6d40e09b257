import * as Plot from "@observablehq/plot";
import type { ReportedVariation, VariationChart } from "../data.js";
import type { Html } from "../page/html.js";
import { drawBoth, drawChart, type Size, styleOf } from "./chart.js";

const WIDE: Size = { width: 540, height: 300 };
const NARROW: Size = { width: 336, height: 260 };

/** A quantity against what varies: means over the repeats, with the least and the most of them. */
export function drawVariation(
  { name, values }: ReportedVariation,
  chart: VariationChart,
  said: string,
): Html {
  const numbers = values.map(Number);
  const isNumeric = numbers.every(Number.isFinite);
  const x = (value: string) => (isNumeric ? Number(value) : value);
  const most = Math.max(...chart.lines.flatMap(({ points }) => points.map((point) => point.most)), 0);
  const least = Math.min(...chart.lines.flatMap(({ points }) => points.map((point) => point.least)), 0);
  return drawBoth(WIDE, NARROW, (size) =>
    drawChart(said, size, {
      x: isNumeric
        ? { label: name, domain: [Math.min(0, ...numbers), Math.max(...numbers) * 1.05], ticks: numbers }
        : { label: name, type: "point", domain: [...values] },
      y: { label: chart.unit, grid: true, domain: [least, most * 1.08 || 1] },
      marks: [
        Plot.ruleY([0]),
        ...chart.lines.flatMap(({ series, points }) => {
          const { stroke, strokeDasharray, symbol } = styleOf(series);
          const placed = points.map((point) => ({ ...point, at: x(point.value) }));
          return [
            Plot.line(placed, { x: "at", y: "mean", stroke, strokeDasharray, strokeWidth: 1.8 }),
            Plot.ruleX(placed, { x: "at", y1: "least", y2: "most", stroke, strokeWidth: 1.4 }),
            Plot.dot(placed, { x: "at", y: "mean", symbol, fill: stroke, r: 4 }),
          ];
        }),
      ],
    }),
  );
}
