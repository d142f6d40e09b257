import { parseArgs } from "node:util";

/** The benchmark's one option, `--name`: a whole number. */
export function wholeNumberOption(name: string, otherwise: number, least = 1): number {
  const { values } = parseArgs({ options: { [name]: { type: "string", default: `${otherwise}` } } });
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < least)
    throw new Error(`--${name}: expected a whole number from ${least} on, got ${values[name]}`);
  return value;
}
