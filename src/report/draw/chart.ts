import * as Plot from "@observablehq/plot";
import { Html, html } from "../page/html.js";
import { MOST_SERIES } from "../series.js";
import { document, type Element } from "./dom.js";

/** What a chart is drawn into: for screens and paper, and for phones. Text keeps its size on both. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How a series looks: colours are in the style sheet; dashes and symbols tell it apart without them. */
export interface SeriesStyle {
  readonly stroke: string;
  readonly strokeDasharray: string;
  readonly symbol: "circle" | "triangle" | "square" | "diamond" | "cross" | "star";
}

const DASHES = ["none", "7 3", "2 3", "9 3 2 3", "12 4", "4 2"] as const;
const SYMBOLS = ["circle", "triangle", "square", "diamond", "cross", "star"] as const;
const FONT_SIZE_PX = 12;

export function styleOf(series: number): SeriesStyle {
  const round = Math.floor(series / MOST_SERIES);
  const i = series % MOST_SERIES;
  return {
    stroke: `var(--series-${i})`,
    strokeDasharray: DASHES[i] ?? "none",
    // One further with each round of colours and dashes: no two of 36 series have both alike.
    symbol: SYMBOLS[(i + round) % SYMBOLS.length] ?? "circle",
  };
}

/**
 * About `most` of a line's points, for its symbols: one at each of many would hide the line. Each series has them at other
 * places, so that lines on top of each other show all of theirs.
 */
export function some<T>(points: readonly T[], most: number, series: number): T[] {
  const step = Math.ceil(points.length / most);
  // Multiples of the golden section's smaller part: far from each other, however many there are.
  const first = Math.floor(step * ((series * 0.382) % 1));
  return points.filter((_, i) => i % step === first);
}

/** From 0, or the least below it, to a little above the most. */
export function valueDomain(values: readonly number[]): [number, number] {
  const least = values.reduce((a, b) => Math.min(a, b), 0);
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return [least * 1.08, most * 1.08 || (least < 0 ? 0 : 1)];
}

/** Draws marks as an SVG picture with a text alternative. */
export function drawChart(said: string, { width, height }: Size, options: Plot.PlotOptions): Html {
  const svg = plot({
    width,
    height,
    marginLeft: 52,
    marginRight: 16,
    marginTop: 28,
    marginBottom: 42,
    style: { fontSize: `${FONT_SIZE_PX}px` },
    ...options,
  });
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", said);
  return new Html(shortened(svg.outerHTML));
}

/** One picture for wide screens and paper, one for phones; the style sheet shows either. */
export function drawBoth(wide: Size, narrow: Size, draw: (size: Size) => Html): Html {
  return html`<div class="wide">${draw(wide)}</div><div class="narrow">${draw(narrow)}</div>`;
}

/** A line with its marker, for legends. */
export function drawSample(series: number): Html {
  const { stroke, strokeDasharray, symbol } = styleOf(series);
  const svg = plot({
    width: 40,
    height: 14,
    margin: 0,
    axis: null,
    x: { domain: [0, 1] },
    y: { domain: [0, 1] },
    marks: [
      Plot.ruleY([0.5], { stroke, strokeDasharray, strokeWidth: 2 }),
      Plot.dot([[0.5, 0.5]], { symbol, fill: stroke, r: 4 }),
    ],
  });
  svg.setAttribute("aria-hidden", "true");
  return new Html(svg.outerHTML);
}

function plot(options: Plot.PlotOptions): Element {
  // TypeScript knows no DOM here, and so not what Plot returns.
  const svg = Plot.plot({
    document,
    className: "chart",
    ...options,
  } as Plot.PlotOptions) as unknown as Element;
  // Its own rules are in the page's style sheet, once.
  for (const own of Array.from(svg.querySelectorAll("style"))) own.remove();
  return svg;
}

/** Where events took place: dotted lines with their numbers. */
export function eventMarks(
  events: readonly { readonly atS: number; readonly number: number }[],
): Plot.Markish[] {
  return [
    Plot.ruleX(events, { x: "atS", stroke: "currentColor", strokeOpacity: 0.5, strokeDasharray: "1 3" }),
    Plot.text(events, {
      x: "atS",
      text: ({ number }: { number: number }) => `${number}`,
      frameAnchor: "top",
      dy: -10,
      fillOpacity: 0.7,
    }),
  ];
}

/** Places and sizes; not y, which of text is in em. */
const COORDINATES = / (d|transform|[xy][12]|x|cx|cy|width|height)="[^"]*"/g;

// A tenth of a pixel is enough, and saves more than half of the file's size.
function shortened(svg: string): string {
  return svg.replace(COORDINATES, (attribute) =>
    attribute.replace(/-?\d+\.\d{2,}/g, (number) => `${Number(Number(number).toFixed(1))}`),
  );
}
