// @ts-check
// Random choices that are the same in every run with the same seeds.

/** @typedef {() => number} Random Numbers from 0 to 1, 1 excluded. */

/** A generator of its own for each list of seeds (mulberry32). @param {...number} seeds @returns {Random} */
export function generator(...seeds) {
  let state = seeds.reduce((mixed, seed) => Math.imul(mixed ^ seed, 0x9e3779b1) + 0x7f4a7c15, 0x2545f491) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 to `count` - 1. @param {Random} random @param {number} count */
export function below(random, count) {
  return Math.floor(random() * count);
}

/** One of a list. @template T @param {Random} random @param {readonly T[]} list @returns {T} */
export function oneOf(random, list) {
  return /** @type {T} */ (list[below(random, list.length)]);
}

/** Exponentially distributed. @param {Random} random @param {number} mean */
export function exponential(random, mean) {
  return -Math.log(1 - random()) * mean;
}

const WORDS =
  "antique brass camera desk enamel fine glass hand ivory jade kettle lamp maple nickel oak print quartz rare silver table usual velvet walnut extra yellow zinc box case clock coin cup doll frame hat lot map model new old pair pen piece plate rare ring set signed small stamp stone tin toy used watch with wood work mint early late large".split(
    " ",
  );

/** So many words. @param {Random} random @param {number} count */
export function words(random, count) {
  return Array.from({ length: count }, () => oneOf(random, WORDS)).join(" ");
}
