import { toTable, verdict } from "../table.js";
import { describeLoss, describePath } from "./cells.js";
import { type CellComparison, type Compared, MOST_DISTANCE, MOST_ERROR, type Side } from "./compare.js";
import { describeShortCell, SHORT_CELLS, type ShortResult } from "./short_flows.js";
import { type Mean, meanOf, quantile } from "./statistics.js";

const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)} %`;

/** One table for each congestion control: goodput, retransmissions, round trips, gaps of every cell at every TDF. */
export function cellTables(comparisons: readonly CellComparison[]): string {
  const controls = [...new Set(comparisons.map(({ cell }) => cell.congestion))];
  const tdfs = tdfsOf(comparisons);
  return controls
    .map((control) => {
      const rows = comparisons.filter(({ cell }) => cell.congestion === control);
      return `#### ${control}\n\n${toTable(
        headOf(tdfs),
        rows.map((row) => cellRow(row, tdfs)),
      )}`;
    })
    .join("\n\n");
}

/** All TDFs that were tried, whether the host could carry them or not. */
function tdfsOf(comparisons: readonly CellComparison[]): number[] {
  const all = comparisons.flatMap(({ baseline, scaled, notCarried }) => [
    ...(baseline === undefined ? [] : [baseline.tdf]),
    ...scaled.map(({ side }) => side.tdf),
    ...notCarried.map(({ tdf }) => tdf),
  ]);
  return [...new Set(all)].sort((a, b) => a - b);
}

function headOf(tdfs: readonly number[]): string[] {
  const all = tdfs.join(" / ");
  const others = tdfs.slice(1).join(" / ");
  return [
    "path",
    "Mbit/s at TDF 1",
    `goodput ÷ it at TDF ${others}`,
    "held",
    `sent again at ${all}`,
    `round trip, ms, at ${all}`,
    `KS of gaps at ${others}`,
    "beyond lateness",
  ];
}

/** What the host could not carry is a dash, and so is what cannot be told. */
function cellRow({ cell, baseline, scaled }: CellComparison, tdfs: readonly number[]): string[] {
  if (baseline === undefined) return [describePath(cell), "host could not carry it", "", "", "", "", "", ""];
  const sides = new Map([baseline, ...scaled.map(({ side }) => side)].map((side) => [side.tdf, side]));
  const compared = new Map(scaled.map((one) => [one.side.tdf, one]));
  const all = (text: (side: Side) => string) =>
    tdfs
      .map((tdf) => sides.get(tdf))
      .map((side) => (side === undefined ? "–" : text(side)))
      .join(" / ");
  const others = (text: (one: Compared) => string | undefined) =>
    tdfs
      .slice(1)
      .map((tdf) => compared.get(tdf))
      .map((one) => (one === undefined ? undefined : text(one)) ?? "–")
      .join(" / ");
  return [
    describePath(cell),
    `${megabits(baseline.goodputBps)}${baseline.tdf === 1 ? "" : ` (at TDF ${baseline.tdf})`}${doubt(baseline)}`,
    others(({ ratio, side }) => `${ratio.toFixed(3)}${doubt(side)}`),
    scaled.length === 0 ? "" : verdict(scaled.every(({ withinGoodput }) => withinGoodput)),
    all(({ retransmittedShare }) => percent(retransmittedShare, 2)),
    all(({ medianRoundTripMs }) => medianRoundTripMs.toFixed(0)),
    others(({ distance }) => distance?.toFixed(2)),
    others(({ distanceBeyondLateness }) => distanceBeyondLateness?.toFixed(2)),
  ];
}

/** A run that is not above all doubt by its own instruments. */
function doubt({ isDoubtful }: Side): string {
  return isDoubtful ? "?" : "";
}

function megabits({ value, standardError }: Mean): string {
  const digits = (bps: number) => `${Number((bps / 1e6).toPrecision(3))}`;
  return standardError === 0 ? digits(value) : `${digits(value)} ± ${digits(standardError)}`;
}

/** How many cells hold, by congestion control, loss and TDF, and the worst of them. */
export function countTable(comparisons: readonly CellComparison[]): string {
  const groups = new Map<string, { control: string; loss: number; tdf: number; compared: Compared[] }>();
  for (const { cell, scaled } of comparisons) {
    for (const compared of scaled) {
      const { tdf } = compared.side;
      const key = `${cell.congestion} ${cell.loss} ${tdf}`;
      const group = groups.get(key) ?? { control: cell.congestion, loss: cell.loss, tdf, compared: [] };
      group.compared.push(compared);
      groups.set(key, group);
    }
  }
  const sorted = [...groups.values()].sort(
    (a, b) => a.control.localeCompare(b.control) || a.loss - b.loss || a.tdf - b.tdf,
  );
  const rows = sorted.map(({ control, loss, tdf, compared }) => {
    const ratios = compared.map(({ ratio }) => ratio);
    const gaps = compared.flatMap((one) => one.distanceBeyondLateness ?? []);
    const held = compared.filter(({ withinGoodput }) => withinGoodput).length;
    const most = loss === 0 ? MOST_ERROR.withoutLoss : MOST_ERROR.withLoss;
    return [
      control,
      describeLoss(loss),
      `${tdf}`,
      `${held} of ${compared.length} within ${percent(most, 0)}`,
      `${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`,
      count(
        compared.flatMap(({ distance }) => distance ?? []),
        MOST_DISTANCE,
      ),
      count(gaps, MOST_DISTANCE),
    ];
  });
  const head = ["control", "loss", "TDF", "goodput", "ratios", `KS < ${MOST_DISTANCE}`, "beyond lateness"];
  return toTable(head, rows);
}

function count(values: readonly number[], below: number): string {
  return `${values.filter((value) => value < below).length} of ${values.length}`;
}

const MOST_SHORT_ERROR = 0.1;

/** Whether mean completion times with scaled timers are as at TDF 1, for each cell and TDF that is judged. */
export function shortVerdicts(results: readonly ShortResult[]): boolean[] {
  return results.flatMap((one) => {
    const ratio = ratioOf(one, results);
    return one.tdf === 1 || one.timers === "kernel" || ratio === undefined
      ? []
      : [Math.abs(ratio - 1) <= MOST_SHORT_ERROR];
  });
}

/** Against TDF 1; undefined where the host could not carry one of the two. */
function ratioOf(one: ShortResult, results: readonly ShortResult[]): number | undefined {
  const baseline = results.find(
    ({ tdf, cell }) => tdf === 1 && describeShortCell(cell) === describeShortCell(one.cell),
  );
  if (baseline === undefined || !isCarried(baseline) || !isCarried(one)) return undefined;
  return meanOf(one.completionMs).value / meanOf(baseline.completionMs).value;
}

function isCarried({ verdict }: ShortResult): boolean {
  return verdict !== "not trustworthy";
}

/** Completion times of short flows, against TDF 1. */
export function shortTable(results: readonly ShortResult[]): string {
  const head = [
    "fetch, loss",
    "TDF",
    "timers",
    "mean ms",
    "÷ TDF 1",
    "p50",
    "p95",
    "slow handshakes",
    "beyond limit",
    "within 10 %",
  ];
  const rows = SHORT_CELLS.flatMap((cell) => {
    const own = results
      .filter((one) => describeShortCell(one.cell) === describeShortCell(cell))
      .sort((a, b) => a.tdf - b.tdf || b.timers.localeCompare(a.timers));
    return own.map((one) => {
      const mean = meanOf(one.completionMs);
      const sorted = Float64Array.from(one.completionMs).sort();
      const ratio = ratioOf(one, results);
      const doubt = one.verdict === "trustworthy" ? "" : isCarried(one) ? "?" : " (host could not carry it)";
      return [
        describeShortCell(cell),
        `${one.tdf}${doubt}`,
        one.tdf === 1 ? "" : one.timers,
        `${mean.value.toFixed(0)} ± ${mean.standardError.toFixed(0)}`,
        ratio?.toFixed(3) ?? "–",
        quantile(sorted, 0.5).toFixed(0),
        quantile(sorted, 0.95).toFixed(0),
        percent(one.slowHandshakes / mean.count),
        `${one.beyondLimit} of ${mean.count}`,
        verdict(shortVerdicts([one, ...results.filter(({ tdf }) => tdf === 1)])[0]),
      ];
    });
  });
  return toTable(head, rows);
}
