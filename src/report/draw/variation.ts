import * as Plot from "@observablehq/plot";
import type { ReportedVariation, VariationChart } from "../data.js";
import type { Html } from "../page/html.js";
import { drawBoth, drawChart, type Size, styleOf, valueDomain } from "./chart.js";

const WIDE: Size = { width: 540, height: 300 };
const NARROW: Size = { width: 336, height: 260 };
/** Lines that agree are drawn beside each other, or only the last would be seen. */
const BESIDE_PX = 5;
const CHARACTER_PX = 7;
/** Of a chart's width: what is left and right of the frame (drawChart). */
const MARGINS_PX = 68;

/** A quantity against what varies: means over the repeats, with the least and the most of them. */
export function drawVariation(
  { name, values }: ReportedVariation,
  chart: VariationChart,
  said: string,
): Html {
  const numbers = values.map(Number);
  const isNumeric = numbers.every(Number.isFinite);
  const x = (value: string) => (isNumeric ? Number(value) : value);
  const places = isNumeric ? numbers : values.map((_, i) => i);
  const leastX = isNumeric ? Math.min(0, ...numbers) : -0.5;
  const mostX = isNumeric ? Math.max(...numbers) * 1.05 : values.length - 0.5;
  const ends = chart.lines.flatMap(({ points }) => points.flatMap(({ least, most }) => [least, most]));
  return drawBoth(WIDE, NARROW, (size) => {
    const px = places.map((place) => ((place - leastX) / (mostX - leastX)) * (size.width - MARGINS_PX));
    const labelled = withRoom(values, px);
    const beside = Math.min(BESIDE_PX, nearest(px) / (chart.lines.length + 1));
    const tickFormat = (value: number | string) => (labelled.has(`${value}`) ? `${value}` : "");
    return drawChart(said, size, {
      x: isNumeric
        ? { label: name, domain: [leastX, mostX], ticks: numbers, tickFormat }
        : { label: name, type: "point", domain: [...values], tickFormat },
      y: { label: chart.unit, grid: true, domain: valueDomain(ends) },
      marks: [
        Plot.ruleY([0]),
        ...chart.lines.flatMap(({ series, points }, i) => {
          const dx = (i - (chart.lines.length - 1) / 2) * beside;
          const { stroke, strokeDasharray, symbol } = styleOf(series);
          const placed = points.map((point) => ({ ...point, at: x(point.value) }));
          return [
            Plot.line(placed, { x: "at", y: "mean", dx, stroke, strokeDasharray, strokeWidth: 1.8 }),
            Plot.ruleX(placed, { x: "at", y1: "least", y2: "most", dx, stroke, strokeWidth: 1.4 }),
            Plot.dot(placed, { x: "at", y: "mean", dx, symbol, fill: stroke, r: 4 }),
          ];
        }),
      ],
    });
  });
}

/** Values whose names do not run into that of a larger one. */
function withRoom(values: readonly string[], px: readonly number[]): ReadonlySet<string> {
  const half = (value: string) => (value.length * CHARACTER_PX) / 2;
  const fromRight = values.map((value, i) => ({ value, at: px[i] ?? 0 })).sort((a, b) => b.at - a.at);
  const kept = new Set<string>();
  let free = Number.POSITIVE_INFINITY;
  for (const { value, at } of fromRight) {
    if (at + half(value) > free) continue;
    // As a number: so the axis names it.
    kept.add(value).add(`${Number(value)}`);
    free = at - half(value) - CHARACTER_PX;
  }
  return kept;
}

/** The least distance of two of these. */
function nearest(px: readonly number[]): number {
  const rising = [...px].sort((a, b) => a - b);
  return rising.slice(1).reduce((least, at, i) => Math.min(least, at - (rising[i] ?? 0)), WIDE.width);
}
