import { z } from "zod";
import { guests, machines } from "./guests.js";
import { list, map, notation } from "./leaf.js";
import { network } from "./network.js";
import { events, metrics, phases } from "./observation.js";
import { parameters, requires } from "./outside.js";
import { startTime } from "./start.js";
import * as v from "./values.js";

/** The experiment file: the one source of what may be in it, for the loader, the reference and editors. */
export const experimentFile = map({
  name: v.fileName.meta({ description: "Names the run's folder", examples: ["quickstart"] }),
  description: v.anyText.optional().meta({ description: "What it is for" }),
  machines,
  guests,
  network,
  phases,
  events,
  metrics,
  sample: v
    .duration({ least: 1e6 })
    .prefault("1s")
    .meta({
      description: "Time between two samples of resource use",
      examples: ["100ms"],
    }),
  start: startTime.optional().meta({
    description:
      "The guests' date at the beginning; UTC unless it says otherwise. Default: the date of the run",
    examples: ["2030-01-31T12:00:00Z"],
  }),
  seed: v.integer("a whole number", 0, Number.MAX_SAFE_INTEGER).prefault(1).meta({
    description: "Where the emulation's random choices begin; guests have it as DIECAST_SEED",
  }),
  files: list(v.text("a path"), "a list of paths")
    .prefault(["."])
    .meta({
      description: "Files and folders beside the experiment file that guests find in /experiment; `.` is all",
      examples: [["server.mjs", "data"]],
    }),
  requires,
  parameters,
});

export type ExperimentFile = z.output<typeof experimentFile>;

/** The JSON Schema (draft 7, which editors know best) of the file as it is written. */
export function jsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(experimentFile, {
    target: "draft-7",
    io: "input",
    override({ zodSchema, jsonSchema: written }) {
      Object.assign(written, notation.get(zodSchema)?.json);
      // Zod leaves these out where a value is converted.
      const about = z.globalRegistry.get(zodSchema);
      if (about?.examples !== undefined) written.examples = about.examples as never;
      if (about?.default !== undefined) written.default = about.default as never;
    },
  });
  return { ...schema, title: "DieCast experiment" };
}
