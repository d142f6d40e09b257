import { parsePositive } from "./positive.js";
import { type Ratio, ratio } from "./ratio.js";

/** The time dilation factor: real duration ÷ virtual duration. */
export type Tdf = Ratio & { readonly quantity?: "tdf" };

/** What native/clock/time_page.h accepts: beyond it the fixed-point rate loses its precision. */
const RANGE = { least: ratio(1n, 1000n), most: ratio(10000n, 1n) };

/**
 * Reads a TDF: `10`, `2.5`, `1/3`, from 1/1000 to 10000.
 * @throws DieCastError `invalid-option`, naming `option`
 */
export function parseTdf(value: unknown, option: string): Tdf {
  return parsePositive(value, option, RANGE, "10, 2.5 or 1/3");
}
