import { constants } from "node:os";
import { z } from "zod";
import { DieCastError } from "../../errors.js";
import { type Cores, parseCores } from "../../scale/cpu.js";
import {
  DURATION,
  formatQuantity,
  PERCENT_PATTERN,
  parseProbability,
  parseQuantity,
  patternOf,
  type Quantity,
  RATE,
  SIZE,
} from "../units.js";
import { either, leaf, list } from "./leaf.js";

interface Bounds {
  readonly least?: number;
  readonly most?: number;
}

function quantity(kind: Quantity, { least = 0, most = Number.MAX_SAFE_INTEGER }: Bounds) {
  const range = `from ${formatQuantity(least, kind)} to ${formatQuantity(most, kind)}`;
  const expected = (given: unknown) =>
    parseQuantity(given, kind) === undefined ? kind.expected : `a ${kind.name} ${range}`;
  const written = { type: "string", pattern: patternOf(kind) };
  const json = { title: kind.name, ...(least > 0 ? written : { anyOf: [written, { const: 0 }] }) };
  return leaf(expected, json, (given) => {
    const value = parseQuantity(given, kind);
    return value !== undefined && value >= least && value <= most ? value : undefined;
  });
}

/** Virtual; the kernel's own 64-bit nanoseconds leave room for any TDF. */
const LONGEST_NS = 100 * 24 * 3600e9;

export const duration = (bounds: Bounds = {}) => quantity(DURATION, { most: LONGEST_NS, ...bounds });
export const size = (bounds: Bounds = {}) => quantity(SIZE, bounds);
export const rate = (bounds: Bounds = {}) => quantity(RATE, { least: 1, most: 1e13, ...bounds });

export const probability = leaf(
  "a probability such as 0.5% or 0.005, from 0 to 100%",
  {
    title: "probability",
    anyOf: [
      { type: "string", pattern: PERCENT_PATTERN },
      { type: "number", minimum: 0, maximum: 1 },
    ],
  },
  parseProbability,
);

export function integer(what: string, least: number, most: number) {
  return leaf(
    `${what} from ${least} to ${most}`,
    { type: "integer", minimum: least, maximum: most },
    (given) =>
      Number.isInteger(given) && (given as number) >= least && (given as number) <= most
        ? (given as number)
        : undefined,
  );
}

export const port = leaf("a port 1 to 65535", { type: "integer", minimum: 1, maximum: 65535 }, (given) =>
  Number.isInteger(given) && Number(given) >= 1 && Number(given) <= 65535 ? Number(given) : undefined,
);

export const flag = leaf("true or false", { type: "boolean" }, (given) =>
  typeof given === "boolean" ? given : undefined,
);

/** A key that is there to say one thing: `kill: true`. */
export const yes = leaf("true", { const: true }, (given) => (given === true ? true : undefined));

export function choice<const Names extends readonly string[]>(...names: Names) {
  const expected = `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  return leaf(expected, { enum: names }, (given) =>
    typeof given === "string" && names.includes(given) ? (given as Names[number]) : undefined,
  );
}

/** Text that a C string can hold. */
function isText(given: unknown): given is string {
  return typeof given === "string" && !given.includes("\0");
}

export function text(expected: string) {
  return leaf(expected, { type: "string", minLength: 1 }, (given) =>
    isText(given) && given !== "" ? given : undefined,
  );
}

/** Text that may be empty. */
export const anyText = leaf("a text", { type: "string" }, (given) => (isText(given) ? given : undefined));

export const environmentValue = leaf(
  "a text or number",
  { title: "text or number", type: ["string", "number", "boolean"] },
  (given) => {
    if (isText(given)) return given;
    return typeof given === "number" || typeof given === "boolean" ? String(given) : undefined;
  },
);

function matching(expected: string, pattern: RegExp) {
  return z.string({ error: () => expected }).regex(pattern, { error: () => expected });
}

/** What becomes a host name, alone or with an instance's number behind it. */
export const nodeName = matching(
  "a name of lower-case letters, digits and inner hyphens, at most 50 long",
  /^(?!localhost$)[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$/,
);

/** What becomes the name of a file. */
export const fileName = matching(
  "a name of letters, digits, dots, hyphens and underscores, at most 64 long, that begins with a letter or digit",
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
);

export const environmentName = matching("a variable's name such as LOG_LEVEL", /^[A-Za-z_][A-Za-z0-9_]*$/);

export const reference = text("a name");
export const references = either(
  list(reference, "a name or a list of names", 1),
  reference,
  "a name or a list of names",
)
  .transform((given): readonly string[] => (typeof given === "string" ? [given] : given))
  .meta({ title: "name or list of names" });

const COMMAND = 'a command: a list such as [node, server.mjs], or a text for "sh -c"';

const argument = leaf("a text or number", { type: ["string", "number"] }, (given) =>
  isText(given) ? given : typeof given === "number" ? String(given) : undefined,
);

/** argv. */
export const command = either(list(argument, COMMAND, 1), text(COMMAND), COMMAND)
  .refine((given) => given[0] !== "", { error: () => COMMAND })
  .transform((given): readonly string[] => (typeof given === "string" ? ["sh", "-c", given] : given))
  .meta({ title: "command" });

export const signal = leaf(
  "a signal's name such as SIGTERM",
  { title: "signal", type: "string", pattern: "^SIG[A-Z0-9]+$" },
  (given) =>
    typeof given === "string" && Object.hasOwn(constants.signals, given)
      ? (given as NodeJS.Signals)
      : undefined,
);

export function pattern(expected: string, groups: "any" | 1) {
  return leaf(
    expected,
    { title: "regular expression", type: "string", format: "regex", minLength: 1 },
    (given) => {
      if (typeof given !== "string" || given === "") return undefined;
      try {
        // With an alternative that matches nothing every expression matches, and tells how many groups it has.
        const found = (new RegExp(`${given}|`).exec("")?.length ?? 0) - 1;
        return groups === "any" || found === groups ? given : undefined;
      } catch {
        return undefined;
      }
    },
  );
}

const CORES = "a number of cores from 1/1000 to 4096, such as 0.5 or 3/4";

export const cores = leaf(
  CORES,
  {
    title: "cores",
    anyOf: [
      { type: "number", minimum: 0.001, maximum: 4096 },
      { type: "string", pattern: "^[\\d.]+(?:/[\\d.]+)?$" },
    ],
  },
  (given): Cores | undefined => {
    try {
      return parseCores(given, "cpu");
    } catch (error) {
      if (error instanceof DieCastError) return undefined;
      throw error;
    }
  },
);

export function readSize(given: unknown): number | undefined {
  return parseQuantity(given, SIZE);
}
