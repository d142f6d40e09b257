import * as Plot from "@observablehq/plot";
import { BINS_PER_DECADE } from "../curves.js";
import type { Lateness } from "../data.js";
import type { Html } from "../page/html.js";
import { formatNs } from "../quantities.js";
import { drawChart, type Size, styleOf } from "./chart.js";

const SIZE: Size = { width: 350, height: 200 };
const STEP = 10 ** (1 / BINS_PER_DECADE);

/** One for all histograms, so that they can be compared. */
export interface Scale {
  readonly leastNs: number;
  readonly mostNs: number;
  readonly mostShare: number;
}

/** A histogram of how late packets or replies were, on one scale for all runs, with what is allowed. */
export function drawLateness(
  { bins, limitNs }: Lateness & { readonly bins: NonNullable<Lateness["bins"]> },
  series: number,
  { leastNs, mostNs, mostShare }: Scale,
  said: string,
): Html {
  const bars = bins.map(([bound, share]) => ({ from: bound / STEP, to: bound, share }));
  return drawChart(said, SIZE, {
    marginLeft: 46,
    x: {
      type: "log",
      domain: [leastNs, Math.max(mostNs, limitNs * 1.2)],
      label: "late by (virtual)",
      ticks: decades(leastNs, Math.max(mostNs, limitNs)),
      tickFormat: (ns: number) => formatNs(ns),
    },
    y: { label: "share", grid: true, tickFormat: "%", ticks: 4, domain: [0, mostShare] },
    marks: [
      Plot.rectY(bars, {
        x1: "from",
        x2: "to",
        y: "share",
        fill: styleOf(series).stroke,
        fillOpacity: 0.75,
        insetLeft: 0.5,
        insetRight: 0.5,
      }),
      Plot.ruleY([0]),
      ...(limitNs > 0
        ? [
            Plot.ruleX([limitNs], { stroke: "currentColor", strokeDasharray: "4 3" }),
            Plot.text([limitNs], {
              x: (ns: number) => ns,
              text: () => "allowed ▸",
              frameAnchor: "top",
              dy: -10,
              textAnchor: "end",
              dx: 4,
            }),
          ]
        : []),
    ],
  });
}

/** From the least to the most of all histograms; at least two powers of ten. */
export function latenessScale(all: readonly Lateness[]): Scale {
  const bins = all.flatMap((late) => late.bins ?? []);
  const leastNs = bins.reduce((least, [bound]) => Math.min(least, bound), Number.POSITIVE_INFINITY) / STEP;
  const mostNs = bins.reduce((most, [bound]) => Math.max(most, bound), 100 * leastNs);
  return { leastNs, mostNs, mostShare: bins.reduce((most, [, share]) => Math.max(most, share), 0) };
}

function decades(least: number, most: number): number[] {
  const first = Math.ceil(Math.log10(least) - 1e-9);
  const last = Math.floor(Math.log10(most) + 1e-9);
  const step = last - first > 6 ? 2 : 1;
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => 10 ** (first + i * step));
}
