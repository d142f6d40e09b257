import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DieCastError } from "../../errors.js";
import { type RunSummary, readSummary } from "../../metrics/summary.js";

// Only what a report shows, so that it can be made of runs of other versions, too.
const pair = z.tuple([z.number(), z.number()]);
const quantiles = z.object({ p50: z.number(), p99: z.number(), max: z.number() });

const RUN = z.object({
  tdf: z.string(),
  seed: z.number(),
  began: z.string(),
  outcome: z.string(),
  diecast: z.string(),
  links: z.object({ backend: z.string(), reason: z.string() }).optional(),
  events: z.array(z.object({ what: z.string(), tookPlaceNs: z.number() })).default([]),
  warnings: z.array(z.string()).default([]),
  overcommit: z.boolean().default(false),
  sharesOf: z.string().nullable().default(null),
});

const HOST = z.object({
  processor: z.string(),
  cores: z.number(),
  memoryBytes: z.number(),
  system: z.string(),
  node: z.string(),
  kernel: z.string().optional(),
});

const FIDELITY = z.object({
  verdict: z.enum(["trustworthy", "doubtful", "not trustworthy"]),
  reasons: z.array(z.string()),
  leastTdf: z.number().nullable(),
  latenessVirtualNs: quantiles.nullable(),
  latenessLimitVirtualNs: z.number(),
  latenessBinsVirtualNs: z.array(pair).nullable().optional(),
  waitVirtualNs: quantiles.nullable().optional(),
  waitLimitVirtualNs: z.number().optional(),
  waitBinsVirtualNs: z.array(pair).nullable().optional(),
  disks: z
    .object({
      latenessVirtualNs: quantiles,
      latenessLimitVirtualNs: z.number(),
      latenessBinsVirtualNs: z.array(pair).optional(),
    })
    .optional(),
});

const pipe = z.object({
  link: z.string(),
  direction: z.enum(["forward", "reverse"]),
  from: z.union([z.object({ port: z.number() }), z.object({ switch: z.number() })]),
  to: z.union([z.object({ port: z.number() }), z.object({ switch: z.number() })]),
  parameters: z.object({
    bandwidthBps: z.number().optional(),
    latencyNs: z.number(),
    jitterNs: z.number(),
    loss: z.union([
      z.object({ kind: z.literal("independent"), probability: z.number() }),
      z.object({ kind: z.literal("gilbert-elliott"), toBad: z.number(), toGood: z.number() }),
    ]),
    up: z.boolean().default(true),
  }),
});

const PLAN = z.object({
  guests: z.array(
    z.object({
      name: z.string(),
      group: z.string(),
      cpu: z.object({ cores: z.object({ num: z.number(), den: z.number() }) }).optional(),
    }),
  ),
  network: z.object({
    switches: z.array(z.string()),
    ports: z.array(z.object({ guest: z.string() })),
    pipes: z.array(pipe),
  }),
});

const EXPERIMENT = z.object({ description: z.string().optional() });

export type PlanFile = z.infer<typeof PLAN>;
export type PipeInFile = PlanFile["network"]["pipes"][number];
export type FidelityFile = z.infer<typeof FIDELITY>;

/** What lies in the folder of a run that came to its measuring. */
export interface RunFiles {
  readonly path: string;
  readonly tdf: string;
  /** As in run.json. */
  readonly sharesOf: string | null;
  readonly run: z.infer<typeof RUN>;
  readonly summary: RunSummary;
  readonly plan: PlanFile;
  readonly host: z.infer<typeof HOST>;
  /** Null where the run left none. */
  readonly fidelity: FidelityFile | null;
  /** experiment.json as it is, to be compared with that of another run. */
  readonly experiment: string;
  readonly description: string | null;
}

/** @throws DieCastError `invalid-option` if `path` has no run, one that did not finish, or one that cannot be read */
export function readRunFiles(path: string): RunFiles {
  if (!existsSync(join(path, "run.json"))) {
    const isFolder = existsSync(path) && statSync(path).isDirectory();
    const what = isFolder ? "has no run.json" : existsSync(path) ? "is no folder" : "is not there";
    throw new DieCastError("invalid-option", `${path}: expected the folder of a run; it ${what}`, {
      remedy: "runs are recorded below ./runs, or where --out said",
    });
  }
  const run = read(path, "run.json", RUN);
  const { description = null } = read(path, "experiment.json", EXPERIMENT);
  return {
    path,
    tdf: run.tdf,
    sharesOf: run.sharesOf,
    run,
    summary: readSummary(path),
    plan: read(path, "plan.json", PLAN),
    host: read(path, "host.json", HOST),
    fidelity: existsSync(join(path, "fidelity.json")) ? read(path, "fidelity.json", FIDELITY) : null,
    experiment: readFileSync(join(path, "experiment.json"), "utf8"),
    description,
  };
}

function read<T extends z.ZodType>(folder: string, name: string, shape: T): z.infer<T> {
  const path = join(folder, name);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new DieCastError("invalid-option", `${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new DieCastError("invalid-option", `${path}: ${issue?.path.join(".")}: ${issue?.message}`);
}
