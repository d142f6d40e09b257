/** A kind of quantity that is written as a number with a unit, e.g. `10ms`. */
export interface Quantity {
  readonly name: string;
  /** For messages: "a duration such as 10ms". */
  readonly expected: string;
  /** Units with their size in the base unit, in the order in which a reference lists them. */
  readonly units: ReadonlyMap<string, bigint>;
  readonly base: string;
}

/** In nanoseconds. */
export const DURATION: Quantity = {
  name: "duration",
  expected: "a duration such as 10ms (ns, us, ms, s, min, h)",
  units: new Map([
    ["ns", 1n],
    ["us", 1000n],
    ["µs", 1000n], // U+00B5, the micro sign of keyboards
    ["μs", 1000n], // U+03BC, the Greek letter that Unicode prefers
    ["ms", 10n ** 6n],
    ["s", 10n ** 9n],
    ["min", 60n * 10n ** 9n],
    ["h", 3600n * 10n ** 9n],
  ]),
  base: "ns",
};

/** In bytes. */
export const SIZE: Quantity = {
  name: "size",
  expected: "a size such as 64MiB (B, kB, KiB, MB, MiB, GB, GiB)",
  units: new Map([
    ["B", 1n],
    ["kB", 1000n],
    ["KiB", 2n ** 10n],
    ["MB", 10n ** 6n],
    ["MiB", 2n ** 20n],
    ["GB", 10n ** 9n],
    ["GiB", 2n ** 30n],
  ]),
  base: "B",
};

/** In bits per second. */
export const RATE: Quantity = {
  name: "rate",
  expected:
    "a rate such as 10Mbit/s (bit/s, kbit/s, Mbit/s, Gbit/s, or B/s, kB/s, KiB/s, MB/s, MiB/s, GB/s, GiB/s)",
  units: new Map([
    ["bit/s", 1n],
    ["kbit/s", 1000n],
    ["Mbit/s", 10n ** 6n],
    ["Gbit/s", 10n ** 9n],
    ...[...SIZE.units].map(([unit, bytes]): [string, bigint] => [`${unit}/s`, 8n * bytes]),
  ]),
  base: "bit/s",
};

const NUMBER = "(?:\\d+\\.?\\d*|\\.\\d+)";
const WRITTEN = new RegExp(`^(${NUMBER})\\s*(\\S+)$`);

/** A regular expression, as text, that the quantity's notation matches: for editors. */
export function patternOf(quantity: Quantity): string {
  return `^${NUMBER}\\s*(?:${[...quantity.units.keys()].join("|")})$`;
}

/**
 * Reads a quantity exactly, in its base unit; a plain 0 needs no unit. Undefined for what is none, is no whole number of
 * base units, or is more than a number holds exactly.
 */
export function parseQuantity(value: unknown, quantity: Quantity): number | undefined {
  if (value === 0) return 0;
  if (typeof value !== "string") return undefined;
  const [, digits, unit = ""] = WRITTEN.exec(value) ?? [];
  const size = quantity.units.get(unit);
  if (digits === undefined || size === undefined) return undefined;
  const [whole = "", fraction = ""] = digits.split(".");
  const scaled = BigInt(whole + fraction) * size;
  const divisor = 10n ** BigInt(fraction.length);
  if (scaled % divisor !== 0n || scaled / divisor > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return Number(scaled / divisor);
}

const PERCENT = new RegExp(`^(${NUMBER})\\s*%$`);
export const PERCENT_PATTERN = PERCENT.source;

/** Reads `0.5%` or a plain 0 to 1 as a probability. */
export function parseProbability(value: unknown): number | undefined {
  let probability: number | undefined;
  if (typeof value === "number") probability = value;
  if (typeof value === "string") {
    const percent = PERCENT.exec(value)?.[1];
    // Dividing by 100 rounds once, as the decimal fraction itself would: "0.1%" is the number 0.001.
    if (percent !== undefined) probability = Number(percent) / 100;
  }
  return probability !== undefined && probability >= 0 && probability <= 1 ? probability : undefined;
}

/** Writes a number of base units in the largest unit that leaves at least 1, with up to four digits. */
export function formatQuantity(value: number, quantity: Quantity): string {
  if (value === 0) return `0 ${quantity.base}`;
  const shown = SHOWN.get(quantity) ?? [];
  const unit = shown.find((name) => value >= Number(quantity.units.get(name))) ?? quantity.base;
  const scaled = value / Number(quantity.units.get(unit));
  return `${Number(scaled.toPrecision(4))} ${unit}`;
}

const SHOWN = new Map<Quantity, readonly string[]>([
  [DURATION, ["h", "min", "s", "ms", "us"]],
  [SIZE, ["GiB", "MiB", "KiB"]],
  [RATE, ["Gbit/s", "Mbit/s", "kbit/s"]],
]);
