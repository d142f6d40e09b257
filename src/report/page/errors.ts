import { formatNumber } from "../../format_number.js";
import type { ErrorLine, ReportData, ReportedComparison } from "../data.js";
import { formatError, formatShare } from "../quantities.js";
import { section, table } from "./figure.js";
import { type Html, html } from "./html.js";
import { capital } from "./overview.js";

const WIDTH = 150;
const HEIGHT = 16;
/** A little more than what is to be seen. */
const REACH = 1.15;

/** How far each side is from the baseline, quantity by quantity. */
export function errors({ comparisons, validation }: ReportData): Html {
  if (!hasErrors({ comparisons })) return html``;
  const hasIntervals = comparisons.some(({ lines }) => lines.some(({ interval }) => interval !== null));
  const what =
    validation === null
      ? "Relative errors of single runs, against the tolerance of 5 %."
      : `Mean relative errors over ${validation.repeat === 1 ? "1 repetition" : `${validation.repeat} repetitions`} with their 95 % confidence intervals. The spread is that between runs of the baseline; area is that between two mean curves, relative to the area below the baseline’s.`;
  const intervals =
    validation === null && hasIntervals
      ? " The 95 % intervals tell of variation within these runs, not of that between one run and the next."
      : "";
  const how = `${what}${intervals} KS is the Kolmogorov–Smirnov distance of two distributions, 0 to 1.`;
  const hasP = comparisons.some(({ lines }) => lines.some(({ p }) => p !== null));
  const chance = hasP
    ? " p is how often chance alone makes a distance as large: by exact permutation of whole runs."
    : "";
  return section("errors", "Errors", html`<p>${how}${chance}</p>`, comparisons.map(comparisonTable));
}

/** Where nothing could be compared, the notes say why. */
export function hasErrors({ comparisons }: Pick<ReportData, "comparisons">): boolean {
  return comparisons.some(({ lines }) => lines.length > 0);
}

function comparisonTable({ of, baseline, scaled, verdict, lines }: ReportedComparison): Html {
  const hasIntervals = lines.some(({ interval }) => interval !== null);
  const hasSpread = lines.some(({ spread }) => spread !== null);
  const hasP = lines.some(({ p }) => p !== null);
  const reach = reachOf(lines);
  const head = [
    "Quantity",
    "Verdict",
    "Error",
    html`<span class="unseen">Picture of the error</span>`,
    ...(hasIntervals ? ["95 % interval"] : []),
    "Allowed",
    ...(hasSpread ? ["Spread"] : []),
    ...(hasP ? ["p"] : []),
    baseline,
    scaled,
  ];
  const rows = lines.map((line) => [
    `${line.what}${line.quantity === "value" ? "" : `${line.quantity === "area" ? ", " : " "}${line.quantity}`}${line.unit === "" ? "" : ` (${line.unit})`}`,
    line.verdict === null
      ? html`<span class="quiet">not judged</span>`
      : html`<strong>${capital(line.verdict)}</strong>`,
    errorOf(line, line.error),
    pictureOf(line, reach),
    ...(hasIntervals ? [intervalOf(line)] : []),
    line.margin === null ? "" : line.isDistance ? formatNumber(line.margin) : `± ${formatShare(line.margin)}`,
    ...(hasSpread ? [spreadOf(line)] : []),
    ...(hasP ? [line.p === null ? "" : formatP(line.p)] : []),
    sideOf(line, line.baseline),
    sideOf(line, line.scaled),
  ]);
  const title = `${of === null ? "" : `${of}, `}${scaled} against ${baseline}: ${verdict.word}`;
  return html`<h3>${title}</h3><p>${verdict.sentence}</p>${
    lines.length > 0 && html`<div class="errors">${table(title, head, rows)}</div>`
  }`;
}

function sideOf({ isDistance }: ErrorLine, value: number | null): string {
  return isDistance ? "" : value === null ? "missing" : formatNumber(value);
}

function errorOf({ isDistance }: ErrorLine, error: number | null): string {
  if (error === null) return "–";
  return isDistance ? error.toFixed(3) : formatError(error);
}

function formatP(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toPrecision(2);
}

function spreadOf({ isDistance, spread }: ErrorLine): string {
  if (spread === null) return "";
  return isDistance ? spread.toFixed(3) : formatShare(spread);
}

function intervalOf(line: ErrorLine): string {
  if (line.interval === null) return "";
  const { low, high } = line.interval;
  const text = (bound: number | null, none: string) => (bound === null ? none : errorOf(line, bound));
  return `${text(low, "−∞")} to ${text(high, "∞")}`;
}

/** How far the scale of relative errors goes: one for all, so that rows can be compared. */
function reachOf(lines: readonly ErrorLine[]): number {
  const errors = lines.flatMap(({ isDistance, error }) =>
    isDistance || error === null ? [] : [Math.abs(error)],
  );
  const margins = lines.flatMap(({ isDistance, margin }) => (isDistance || margin === null ? [] : [margin]));
  const largest = Math.max(...errors, 1e-9);
  if (margins.length === 0) return REACH * largest;
  const widest = Math.max(...margins);
  return REACH * Math.max(2 * widest, Math.min(largest, 4 * widest));
}

/** The error on a scale: what is allowed is shaded, whiskers are the interval. The numbers stand beside it. */
function pictureOf({ error, interval, margin, isDistance }: ErrorLine, reach: number): Html | string {
  // A distance without a margin has nothing to be held against.
  if (error === null || (isDistance && margin === null)) return "";
  const most = isDistance ? REACH * Math.max(2 * (margin ?? 0), error) : reach;
  const least = isDistance ? 0 : -most;
  const x = (value: number) => {
    const inside = Math.min(most, Math.max(least, value));
    return Number((((inside - least) / (most - least)) * (WIDTH - 12) + 6).toFixed(1));
  };
  const from = x(isDistance || margin === null ? 0 : -margin);
  const [low, high] = interval === null ? [0, 0] : [interval.low ?? -Infinity, interval.high ?? Infinity];
  return html`<svg class="error" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
    ${margin !== null && html`<rect class="allowed" x="${from}" y="0" width="${(x(margin) - from).toFixed(1)}" height="${HEIGHT}"/>`}
    <line x1="${x(0)}" x2="${x(0)}" y1="0" y2="${HEIGHT}" class="zero"/>
    ${interval !== null && html`<line x1="${x(low)}" x2="${x(high)}" y1="${HEIGHT / 2}" y2="${HEIGHT / 2}" class="whisker"/>`}
    ${low < least && html`<path d="M0,${HEIGHT / 2}l7,-5v10z"/>`}${high > most && html`<path d="M${WIDTH},${HEIGHT / 2}l-7,-5v10z"/>`}
    <circle cx="${x(error)}" cy="${HEIGHT / 2}" r="4"/></svg>`;
}
