/** A positive rational number, reduced. */
export interface Ratio {
  readonly num: bigint;
  readonly den: bigint;
}

/** Reduces num ÷ den; both must be positive. */
export function ratio(num: bigint, den: bigint): Ratio {
  const divisor = greatestCommonDivisor(num, den);
  return { num: num / divisor, den: den / divisor };
}

export function multiply(a: Ratio, b: Ratio): Ratio {
  return ratio(a.num * b.num, a.den * b.den);
}

export function divide(a: Ratio, b: Ratio): Ratio {
  return ratio(a.num * b.den, a.den * b.num);
}

/** Compares as a sort function does: negative if a < b, 0 if equal, positive if a > b. */
export function compare(a: Ratio, b: Ratio): number {
  const left = a.num * b.den;
  const right = b.num * a.den;
  return left < right ? -1 : left > right ? 1 : 0;
}

export function toNumber(value: Ratio): number {
  return Number(value.num) / Number(value.den);
}

/** Writes it as `num/den`, or as a plain integer. */
export function formatRatio(value: Ratio): string {
  return value.den === 1n ? `${value.num}` : `${value.num}/${value.den}`;
}

/** The integer nearest to the value, halves upward. */
export function round(value: Ratio): bigint {
  return (2n * value.num + value.den) / (2n * value.den);
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
