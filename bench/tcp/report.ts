import { toTable, verdict } from "../table.js";
import { cellKey, describeCell, describePath } from "./cells.js";
import { type CellComparison, compareCells, MOST_DISTANCE } from "./compare.js";
import { bulkFigures, shortFigures } from "./figures.js";
import { whyNotCarried } from "./results.js";
import { meanOf } from "./statistics.js";
import type { Store } from "./store.js";
import { cellTables, countTable, shortTable, shortVerdicts } from "./tables.js";

/** What a measurement came to. */
export interface Report {
  readonly markdown: string;
  /** By file name: SVG. */
  readonly figures: ReadonlyMap<string, string>;
  /** Whether all that was judged held. */
  readonly reached: boolean;
}

/** Tables and pictures of what a folder holds. */
export function reportOf(store: Store): Report {
  const { flows, fetches } = store;
  const comparisons = compareCells(flows, store.folder);
  const parts = [
    store.machine,
    "### How many hold",
    countTable(comparisons),
    "### Bulk flows",
    cellTables(comparisons),
  ];
  const lacking = notCarried(comparisons);
  if (lacking !== "") parts.push("What the host could not carry:", lacking);
  if (fetches.length > 0) parts.push("### Short flows", shortTable(fetches));
  const figures = new Map([
    ...(flows.length > 0 ? bulkFigures(comparisons, flows, store.folder) : []),
    ...(fetches.length > 0 ? shortFigures(fetches) : []),
  ]);
  const reached = comparisons.every(holds) && shortVerdicts(fetches).every((held) => held);
  return { markdown: `${parts.join("\n\n")}\n`, figures, reached };
}

/** As a list; empty if there is nothing. */
function notCarried(comparisons: readonly CellComparison[]): string {
  return comparisons
    .flatMap((one) =>
      one.notCarried.map(({ tdf, why }) => `- ${describeCell(one.cell)} at TDF ${tdf}: ${why}`),
    )
    .join("\n");
}

function holds({ baseline, scaled }: CellComparison): boolean {
  const isFar = (distance: number | undefined) => distance !== undefined && distance >= MOST_DISTANCE;
  return (
    baseline !== undefined && scaled.every((one) => one.withinGoodput && !isFar(one.distanceBeyondLateness))
  );
}

const MOST_BACKEND_ERROR = 0.03;

/** Goodput over each back end, cell by cell, at one TDF. */
export function backendReport(store: Store): Report {
  const { flows } = store;
  const cells = new Map(flows.map(({ cell }) => [cellKey(cell), cell]));
  const rows = [...cells].map(([key, cell]) => {
    const [core, netem] = ["core", "netem"].map((backend) => {
      const own = flows.filter((flow) => flow.backend === backend && cellKey(flow.cell) === key);
      const isCarried = own.every((flow) => whyNotCarried(flow) === undefined);
      return own.length > 0 && isCarried
        ? meanOf(own.map(({ goodputBps }) => goodputBps ?? 0)).value
        : undefined;
    });
    const ratio = core === undefined || netem === undefined ? undefined : netem / core;
    return {
      cell,
      core,
      netem,
      ratio,
      reached: ratio === undefined ? undefined : Math.abs(ratio - 1) <= MOST_BACKEND_ERROR,
    };
  });
  const megabits = (bps: number | undefined) =>
    bps === undefined ? "not carried" : (bps / 1e6).toPrecision(4);
  const table = toTable(
    [
      "control",
      "path",
      "core Mbit/s",
      "netem Mbit/s",
      "netem ÷ core",
      `within ${MOST_BACKEND_ERROR * 100} %`,
    ],
    rows.map(({ cell, core, netem, ratio, reached }) => [
      cell.congestion,
      describePath(cell),
      megabits(core),
      megabits(netem),
      ratio?.toFixed(3) ?? "–",
      verdict(reached),
    ]),
  );
  const tdf = flows[0]?.tdf;
  const markdown = `${store.machine}\n\n### At TDF ${tdf}\n\n${table}\n`;
  return {
    markdown,
    figures: new Map(),
    reached: rows.length > 0 && rows.every(({ reached }) => reached === true),
  };
}
