import { z } from "zod";

/** Kinds of values in model files, with what a message says was expected. */

export const count = z
  .int({ error: "expected a whole number of at least 1" })
  .min(1, { error: "expected a whole number of at least 1" });
export const whole = z
  .int({ error: "expected a whole number of at least 0" })
  .min(0, { error: "expected a whole number of at least 0" });
export const positive = z
  .number({ error: "expected a number above 0" })
  .gt(0, { error: "expected a number above 0" });
export const notNegative = z
  .number({ error: "expected a number of at least 0" })
  .min(0, { error: "expected a number of at least 0" });
export const flag = z.boolean({ error: "expected true or false" });
export const text = z.string({ error: "expected a text" });

/** A share of something, from 0 to most. */
export function share(most: number): z.ZodNumber {
  const error = `expected a number from 0 to ${most}`;
  return z.number({ error }).min(0, { error }).max(most, { error });
}

/** A field of DiskSim's that has one value here: others have no mechanism behind them. */
export function only<T extends string | number | boolean>(value: T) {
  return z
    .literal(value, { error: `expected ${JSON.stringify(value)}: other values are not modelled` })
    .optional();
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `expected one of ${values.join(", ")}` });
}

/** Where figures come from. */
export const sources = z
  .array(
    z.strictObject({
      /** Names of fields at the top of the file. */
      fields: z.array(text).min(1),
      origin: oneOf(["measured", "data sheet", "published", "derived", "typical"]),
      source: text,
    }),
  )
  .optional();

/** What any model file may say about itself. */
export const about = {
  model: text.optional(),
  vendor: text.optional(),
  description: text.optional(),
  sources,
  notice: text.optional(),
};
