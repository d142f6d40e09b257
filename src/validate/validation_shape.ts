import { z } from "zod";

// What a validation that goes on rests on. It may run as root, and it removes folders of runs: they lie in runs/.
const share = z.number().min(0).optional();
const text = z.string();
const tdf = text.min(1);
const verdict = z.enum(["equivalent", "different", "inconclusive", "not-comparable"]);
const seed = z.int().min(0);

const PLAN = z.object({
  tdfs: z.array(tdf).min(2),
  repeat: z.int().min(1),
  baselineRepeat: z.int().min(1).optional(),
  seed,
  margins: z.object({ value: share, mean: share, p50: share, p95: share, ks: share, profile: share }),
  vary: z.object({ name: text, values: z.array(text).min(1) }).nullable(),
  undilated: tdf.nullable(),
  overrides: z.array(text),
  overcommit: z.boolean(),
  allowIdle: z.boolean(),
  steadyCores: z.number().positive().nullish(),
});

const RUN = z.object({
  path: text.regex(/^runs\/(?!\.\.?$)[^/\0]+$/, "expected a folder in runs/"),
  tdf,
  sharesOf: tdf.nullable(),
  value: text.nullable(),
  repetition: z.int().min(1),
  take: z.int().min(1).optional(),
  attempt: z.union([z.literal(1), z.literal(2)]),
  seed,
  outcome: z.enum(["completed", "interrupted", "failed"]),
  fidelity: z.enum(["trustworthy", "doubtful", "not trustworthy"]).nullable(),
  counted: z.boolean(),
  reasons: z.array(text),
  began: text,
  realSeconds: z.number(),
});

const COMPARISON = z.object({
  tdf,
  sharesOf: tdf.nullable(),
  value: text.nullable(),
  verdict,
  metrics: z.array(z.object({ name: text, quantities: z.array(z.object({})) })),
  profiles: z.array(z.object({ group: text })),
  notes: z.array(text),
});

const VALIDATION = z.object({
  experiment: text,
  complete: z.boolean(),
  verdict,
  command: z.array(text),
  diecast: text,
  began: text,
  ended: text.nullable(),
  host: z.object({ processor: text, cores: z.number(), memoryBytes: z.number(), system: text, node: text }),
  plan: PLAN,
  runs: z.array(RUN),
  comparisons: z.array(COMPARISON),
  notes: z.array(text),
  added: z
    .array(z.object({ what: z.enum(["repetitions", "baseline runs"]), from: z.number(), to: z.number() }))
    .optional(),
});

/** What is wrong with the record of a validation, for a message: the field, and what was expected; undefined: nothing. */
export function problemOf(record: unknown): string | undefined {
  const [issue] = VALIDATION.safeParse(record).error?.issues ?? [];
  return issue === undefined ? undefined : `${issue.path.join(".")}: ${issue.message}`;
}
