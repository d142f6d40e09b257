import { z } from "zod";

/** JSON Schema of one value. */
export type ValueSchema = Readonly<Record<string, unknown>>;

/** How editors are to see values that DieCast reads itself: their JSON Schema. */
export const notation = z.registry<{ json: ValueSchema }>();

/**
 * A value with a notation of its own. An issue's message is only what was expected: shape.ts adds the field and what was
 * found.
 * @param expected what to say of a value that cannot be used
 * @param read answers undefined for what cannot be used
 */
export function leaf<T>(
  expected: string | ((given: unknown) => string),
  json: ValueSchema,
  read: (given: unknown) => T | undefined,
) {
  const schema = z.unknown().transform((given, context): T => {
    const value = read(given);
    if (value !== undefined) return value;
    context.issues.push({
      code: "custom",
      message: typeof expected === "string" ? expected : expected(given),
      input: given,
    });
    return z.NEVER;
  });
  schema.register(notation, { json });
  return schema;
}

/** A map of known keys. */
export function map<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: (issue) => (issue.code === "invalid_type" ? "a map" : undefined) });
}

/** A map from names, which the user chooses, to values. */
export function named<Key extends z.ZodType<string>, Value extends z.ZodType>(key: Key, value: Value) {
  return z.record(key, value, {
    error: (issue) => (issue.code === "invalid_type" ? "a map of names" : undefined),
  });
}

/** A list, of at least `least` items. */
export function list<Item extends z.ZodType>(item: Item, what: string, least = 0) {
  return z.array(item, { error: () => what }).min(least, { error: () => what });
}

/** One of two notations; the list's own mistakes are told if it is a list. */
export function either<A extends z.ZodType, B extends z.ZodType>(a: A, b: B, expected: string) {
  return z.union([a, b], { error: () => expected });
}
