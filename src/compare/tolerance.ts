import { DieCastError, invalidOption } from "../errors.js";

/** What two runs are judged by: relative errors, and the KS distance itself. */
export type Judged = "value" | "mean" | "p50" | "p95" | "ks";

/** The most that each may be apart; what has none is shown and not judged. */
export type Tolerances = Readonly<Partial<Record<Judged, number>>>;

/** What repeated runs are judged by; `profile`: how far curves of resource use may be apart. */
export type Margins = Readonly<Partial<Record<Judged | "profile", number>>>;

const JUDGED: readonly string[] = ["value", "mean", "p50", "p95", "ks"] satisfies Judged[];
const EXPECTED = "a share such as 5% or 0.05, or some such as mean=3%,p95=10%,ks=0.1";

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
  return parseShares(text, option, isJudged, JUDGED);
}

/**
 * Reads the same, and `profile=`.
 * @throws DieCastError `invalid-option`
 */
export function parseMargins(text: string, option: string): Margins {
  const names = [...JUDGED, "profile"];
  return parseShares(text, option, (name): name is keyof Margins => names.includes(name), names);
}

function parseShares<Name extends string>(
  text: string,
  option: string,
  isName: (name: string) => name is Name,
  names: readonly string[],
): Tolerances & Partial<Record<Name, number>> {
  let all = DEFAULT_TOLERANCE;
  const single: Partial<Record<Name, number>> = {};
  for (const part of text.split(",")) {
    const [, name, share] = /^\s*(?:(\w+)\s*=)?\s*(.*?)\s*$/.exec(part) ?? [];
    const value = parseShare(share);
    if (value === undefined) throw invalidOption(option, EXPECTED, text);
    if (name === undefined) {
      all = value;
    } else if (isName(name)) {
      single[name] = value;
    } else {
      const known = names.join(", ");
      throw new DieCastError(
        "invalid-option",
        `${option}: expected one of ${known}, got ${JSON.stringify(name)}`,
      );
    }
  }
  return { ...tolerances(all), ...single };
}

function parseShare(text: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d*)?|\.\d+)\s*(%?)$/.exec(text ?? "");
  return match === null ? undefined : Number(match[1]) / (match[2] === "%" ? 100 : 1);
}

function isJudged(name: string): name is Judged {
  return JUDGED.includes(name);
}
