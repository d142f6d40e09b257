import { DieCastError, invalidOption } from "../errors.js";
import { compare, formatRatio, type Ratio, ratio } from "./ratio.js";

// native/clock multiplies both parts of a ratio with 64-bit times in 128 bits, and takes 32-bit ones.
const MOST_OF_PART = 2n ** 32n - 1n;
const DECIMAL = /^\+?(\d*)(?:\.(\d*))?$/;

export interface Range {
  readonly least: Ratio;
  readonly most: Ratio;
}

/**
 * Reads a positive decimal (`10`, `2.5`, `.5`) or fraction (`1/3`) exactly. A JavaScript number is taken to nine digits,
 * since 0.1 + 0.2 is meant as 0.3.
 * @param option what the value belongs to, for messages
 * @param examples for the message about text that is no number
 * @throws DieCastError `invalid-option`
 */
export function parsePositive(value: unknown, option: string, range: Range, examples: string): Ratio {
  const text = textOf(value, option, examples);
  if (/^-[\d.]/.test(text)) throw mustBe(option, "positive", value);
  const [upper, lower, ...more] = text.split("/").map(parseDecimal);
  if (upper === undefined || (lower === undefined && text.includes("/")) || more.length > 0) {
    throw invalidOption(option, `a decimal or fraction such as ${examples}`, value);
  }
  const [num, den] =
    lower === undefined ? [upper.digits, upper.unit] : [upper.digits * lower.unit, upper.unit * lower.digits];
  if (den === 0n) throw mustBe(option, "a fraction with a denominator other than zero", value);
  if (num === 0n) throw mustBe(option, "more than zero", value);
  const result = ratio(num, den);
  if (compare(result, range.least) < 0 || compare(result, range.most) > 0) {
    throw mustBe(option, `from ${formatRatio(range.least)} to ${formatRatio(range.most)}`, value);
  }
  if (result.num > MOST_OF_PART || result.den > MOST_OF_PART)
    throw mustBe(option, "of at most nine digits", value);
  return result;
}

function textOf(value: unknown, option: string, examples: string): string {
  if (typeof value === "string") return value;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw invalidOption(option, `a decimal or fraction such as ${examples}`, value);
  }
  // Where toPrecision and toFixed would write an exponent the value is out of every range here.
  const size = Math.min(Math.abs(value), 1e12);
  const digits = size < 1 ? size.toFixed(9) : size < 1e9 ? size.toPrecision(9) : size.toFixed(0);
  return value < 0 ? `-${digits}` : digits;
}

interface Decimal {
  digits: bigint;
  unit: bigint;
}

function parseDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text);
  const [whole = "", fraction = ""] = match?.slice(1) ?? [];
  if (match === null || whole + fraction === "") return undefined;
  return { digits: BigInt(whole + fraction), unit: 10n ** BigInt(fraction.length) };
}

function mustBe(option: string, what: string, value: unknown): DieCastError {
  const given = typeof value === "string" ? JSON.stringify(value) : String(value);
  return new DieCastError("invalid-option", `${option}: must be ${what}, got ${given}`);
}
