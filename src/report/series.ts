import { toNumber } from "../scale/ratio.js";
import { parseTdf } from "../scale/tdf.js";
import type { Series } from "./data.js";

/** As many as can be told apart by colour, dash and marker. */
export const MOST_SERIES = 6;

interface Labelled<T> {
  readonly run: T;
  readonly label: string;
  readonly series: number;
}

/**
 * Orders runs, the baseline first, and names them. The baseline is the run of the lowest TDF; among equals the one that was
 * named first. A validation has its own order of TDFs, and its repeats have one style. Else a series is one run, or, where there are more runs than styles, all of one TDF.
 */
export function arrange<T extends { readonly tdf: string }>(
  runs: readonly T[],
  order?: readonly string[],
): { readonly runs: readonly Labelled<T>[]; readonly series: readonly Series[] } {
  const rank = (run: T) => (order === undefined ? tdfOf(run) : order.indexOf(run.tdf));
  const ordered = [...runs].sort((a, b) => rank(a) - rank(b));
  const tdfs = [...new Set(ordered.map(({ tdf }) => tdf))];
  const labels = ordered.map((run, i) => {
    const alike = ordered.filter(({ tdf }) => tdf === run.tdf);
    const number = ordered.slice(0, i + 1).filter(({ tdf }) => tdf === run.tdf).length;
    return `TDF ${run.tdf}${alike.length > 1 ? ` run ${number}` : ""}`;
  });
  const own = order === undefined && ordered.length <= MOST_SERIES;
  return {
    runs: ordered.map((run, i) => ({
      run,
      label: labels[i] ?? "",
      series: own ? i : tdfs.indexOf(run.tdf),
    })),
    series: (own ? labels : tdfs.map((tdf) => `TDF ${tdf}`)).map((label, i) => ({
      label,
      isBaseline: i === 0,
    })),
  };
}

function tdfOf({ tdf }: { readonly tdf: string }): number {
  return toNumber(parseTdf(tdf, "run.json: tdf"));
}
