import { DieCastError, invalidOption } from "../errors.js";

/** What two runs are judged by: relative errors, and the KS distance itself. */
export type Judged = "value" | "mean" | "p50" | "p95" | "ks";

/** The most that each may be apart; what has none is shown and not judged. */
export type Tolerances = Readonly<Partial<Record<Judged, number>>>;

/** What repeated runs are judged by; `profile`: how far curves of resource use may be apart. */
export type Margins = Readonly<Partial<Record<Judged | "profile", number>>>;

const JUDGED: readonly Judged[] = ["value", "mean", "p50", "p95", "ks"];
const JUDGED_BY_MARGIN: readonly (keyof Margins)[] = [...JUDGED, "profile"];
const EXPECTED = "a share such as 5% or 0.05, or some such as mean=3%,p95=10%,ks=0.1";
const NONE = "none";
const EXPECTED_MARGIN = `${EXPECTED}; with ${NONE} first, only those that are named`;

const DEFAULT_TOLERANCE = 0.05;

/** One share for all relative errors; the KS distance, which has no natural bound, is not judged. */
function tolerances(relative: number): Tolerances {
  return { value: relative, mean: relative, p50: relative, p95: relative };
}

/**
 * Reads `5%`, `0.05`, or parts after commas that change single ones: `3%,p95=10%,ks=0.1`.
 * @throws DieCastError `invalid-option`
 */
export function parseTolerances(text: string, option: string): Tolerances {
  const { all = DEFAULT_TOLERANCE, single } = parseShares(text, option, EXPECTED, JUDGED);
  return { ...tolerances(all), ...single };
}

/**
 * Reads the same, and `profile=`. `none` for all: only what is named is judged.
 * @throws DieCastError `invalid-option`
 */
export function parseMargins(text: string, option: string): Margins {
  const parts = text.split(",");
  const named = parts.filter((part) => part.trim() !== NONE);
  if (named.length === parts.length) {
    const { all = DEFAULT_TOLERANCE, single } = parseShares(text, option, EXPECTED_MARGIN, JUDGED_BY_MARGIN);
    return { ...tolerances(all), ...single };
  }
  const { all, single } = parseShares(named.join(","), option, EXPECTED_MARGIN, JUDGED_BY_MARGIN, text);
  if (all !== undefined || parts.length > named.length + 1) throw twice(option, "the one for all", text);
  return single;
}

function parseShares<Name extends string>(
  text: string,
  option: string,
  expected: string,
  names: readonly Name[],
  given = text,
): { all: number | undefined; single: Partial<Record<Name, number>> } {
  let all: number | undefined;
  const single: Partial<Record<Name, number>> = {};
  for (const part of text.split(",")) {
    const [, named, share] = /^\s*(?:(\w+)\s*=)?\s*(.*?)\s*$/.exec(part) ?? [];
    const value = parseShare(share);
    if (value === undefined) throw invalidOption(option, expected, given);
    if (named === undefined) {
      if (all !== undefined) throw twice(option, "the one for all", given);
      all = value;
      continue;
    }
    const name = names.find((known) => known === named);
    if (name === undefined) {
      throw new DieCastError(
        "invalid-option",
        `${option}: expected one of ${names.join(", ")}, got ${JSON.stringify(named)}`,
      );
    }
    if (single[name] !== undefined) throw twice(option, name, given);
    single[name] = value;
  }
  return { all, single };
}

function twice(option: string, what: string, given: string): DieCastError {
  return invalidOption(option, `each once, ${what} is there twice`, given);
}

function parseShare(text: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d*)?|\.\d+)\s*(%?)$/.exec(text ?? "");
  return match === null ? undefined : Number(match[1]) / (match[2] === "%" ? 100 : 1);
}
