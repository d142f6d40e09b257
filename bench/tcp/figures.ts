import { join } from "node:path";
import { type Cell, cellKey, describePath } from "./cells.js";
import { type CellComparison, type Compared, MOST_ERROR } from "./compare.js";
import { type FlowResult, readGaps, readTrace, whyNotCarried } from "./results.js";
import { describeShortCell, LIMIT_S, SHORT_CELLS, type ShortResult } from "./short_flows.js";
import { distributionPoints, quantile } from "./statistics.js";
import { drawFigure, type Panel, type Series } from "./svg.js";

/** By file name: the text of an SVG. */
export type Figures = ReadonlyMap<string, string>;

/** Paths that the pictures of single flows show: slow and fast, short and long, with loss and without. */
const SHOWN = [
  { bandwidthMbit: 10, roundTripMs: 10, loss: 0 },
  { bandwidthMbit: 10, roundTripMs: 80, loss: 0 },
  { bandwidthMbit: 100, roundTripMs: 80, loss: 0 },
  { bandwidthMbit: 10, roundTripMs: 10, loss: 0.01 },
  { bandwidthMbit: 10, roundTripMs: 80, loss: 0.01 },
  { bandwidthMbit: 100, roundTripMs: 80, loss: 0.001 },
];
// A picture is to stay small enough for a repository, and an eye resolves no more.
const POINTS = 150;

export function bulkFigures(
  comparisons: readonly CellComparison[],
  flows: readonly FlowResult[],
  out: string,
): Figures {
  const tdfs = [...new Set(flows.map(({ tdf }) => tdf))].sort((a, b) => a - b);
  const controls = [...new Set(flows.map(({ cell }) => cell.congestion))].sort();
  const label = (tdf: number) => `TDF ${tdf}`;
  const colour = (tdf: number) => tdfs.indexOf(tdf);

  /** One line for each TDF of the first repetition of a cell. */
  const panelOf = (
    cell: Cell,
    axes: Pick<Panel, "x" | "y">,
    points: (flow: FlowResult) => [number, number][],
  ): Panel | undefined => {
    const series = flows
      .filter((flow) => flow.repetition === 0 && whyNotCarried(flow) === undefined)
      .filter((flow) => cellKey(flow.cell) === cellKey(cell))
      .sort((a, b) => a.tdf - b.tdf)
      .map((flow): Series => ({ label: label(flow.tdf), colour: colour(flow.tdf), points: points(flow) }));
    return series.length === 0 ? undefined : { title: describePath(cell), series, ...axes };
  };
  const perControl = (
    name: string,
    title: string,
    axes: Pick<Panel, "x" | "y">,
    points: (flow: FlowResult) => [number, number][],
  ) =>
    controls.flatMap((congestion): [string, string][] => {
      const panels = SHOWN.flatMap((path) => panelOf({ congestion, ...path }, axes, points) ?? []);
      return panels.length === 0
        ? []
        : [[`${name}-${congestion}.svg`, drawFigure(`${title}, ${congestion}`, panels)]];
    });

  return new Map([
    [
      "goodput.svg",
      drawFigure(
        "Goodput ÷ baseline, every path (band: what is allowed)",
        controls.flatMap((control) => goodputPanels(comparisons, control, colour)),
        2,
      ),
    ],
    ...perControl("cwnd", "Congestion window", axes("s (virtual)", "packets"), (flow) =>
      thinned(readTrace(join(out, flow.sender)).map(({ atS, cwnd }) => [atS, cwnd])),
    ),
    ...perControl(
      "gaps",
      "Time between packets as they arrive, distribution",
      axes("ms (virtual)", "share of gaps"),
      (flow) => {
        const sorted = readGaps(join(out, flow.receiver)).sort();
        const most = quantile(sorted, 0.98);
        return distributionPoints(
          sorted.filter((gap) => gap <= most).map((ns) => ns / 1e6),
          POINTS,
        );
      },
    ),
    ...perControl(
      "round-trips",
      "Round trips, distribution",
      axes("ms (virtual)", "share of samples"),
      (flow) =>
        distributionPoints(
          Float64Array.from(readTrace(join(out, flow.sender)), ({ rttMs }) => rttMs).sort(),
          POINTS,
        ),
    ),
  ]);
}

function axes(x: string, y: string): Pick<Panel, "x" | "y"> {
  return { x: { label: x }, y: { label: y } };
}

/** All paths without loss, and all with, of one congestion control. */
function goodputPanels(
  comparisons: readonly CellComparison[],
  control: string,
  colour: (tdf: number) => number,
): Panel[] {
  return [false, true].flatMap((hasLoss) => {
    const own = comparisons.filter(({ cell }) => cell.congestion === control && cell.loss > 0 === hasLoss);
    const tdfs = [...new Set(own.flatMap(({ scaled }) => scaled.map(({ side }) => side.tdf)))].sort(
      (a, b) => a - b,
    );
    const most = hasLoss ? MOST_ERROR.withLoss : MOST_ERROR.withoutLoss;
    if (tdfs.length === 0) return [];
    const dots = (tdf: number) =>
      own.flatMap(({ scaled }, i) =>
        scaled
          .filter(({ side }) => side.tdf === tdf)
          .map(({ ratio }: Compared): [number, number] => [i, ratio]),
      );
    return [
      {
        title: `${control}, ${hasLoss ? "with" : "without"} loss`,
        series: tdfs.map(
          (tdf): Series => ({ label: `TDF ${tdf}`, colour: colour(tdf), points: dots(tdf), kind: "dots" }),
        ),
        x: { label: "path, in the table's order", range: [-1, own.length] as const, ticks: [] },
        y: { label: "ratio", logarithmic: true, ...ratioAxis(own) },
        band: [1 - most, 1 + most] as const,
      },
    ];
  });
}

/** From the ratios that there are, and never so close that a band of 3 % fills the panel. */
function ratioAxis(comparisons: readonly CellComparison[]): Pick<Panel["y"], "range" | "ticks"> {
  const ratios = comparisons.flatMap(({ scaled }) => scaled.map(({ ratio }) => ratio));
  const range = [Math.min(0.8, ...ratios) * 0.95, Math.max(1.25, ...ratios) * 1.05] as const;
  const isWide = range[1] / range[0] > 3;
  const ticks = (isWide ? [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50] : [0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.5]).filter(
    (value) => value >= range[0] && value <= range[1],
  );
  return { range, ticks: ticks.map((value) => [value, `${value}`] as const) };
}

function thinned(points: [number, number][]): [number, number][] {
  const step = Math.max(1, Math.ceil(points.length / POINTS));
  return points.filter((_, i) => i % step === 0);
}

/** Completion times of short flows: solid lines with scaled timers, dashed ones with the kernel's. */
export function shortFigures(results: readonly ShortResult[]): Figures {
  const tdfs = [...new Set(results.map(({ tdf }) => tdf))].sort((a, b) => a - b);
  const carried = results.filter(({ verdict }) => verdict !== "not trustworthy");
  const panels = SHORT_CELLS.map((cell): Panel => {
    const own = carried.filter((one) => one.cell.bytes === cell.bytes && one.cell.loss === cell.loss);
    return {
      title: describeShortCell(cell),
      series: own.map((one): Series => {
        const isKernel = one.timers === "kernel";
        return {
          label: `TDF ${one.tdf}${isKernel ? ", kernel's timers" : ""}`,
          colour: tdfs.indexOf(one.tdf),
          points: distributionPoints(Float64Array.from(one.completionMs).sort(), POINTS).map(
            ([ms, share]) => [ms / 1e3, share],
          ),
          kind: isKernel ? "dashed" : "line",
        };
      }),
      x: { label: "s (virtual)", logarithmic: true, range: [0.1, LIMIT_S] },
      y: { label: "share of fetches" },
    };
  });
  return new Map([
    ["short-flows.svg", drawFigure("Completion of short flows where SYNs are lost", panels, 2)],
  ]);
}
