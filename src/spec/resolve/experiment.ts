import type { Experiment } from "../experiment.js";
import { type Problems, valueAt } from "../problems.js";
import { readShape } from "../shape.js";
import { resolveEvents } from "./events.js";
import { resolveGuests } from "./guests.js";
import { resolveMetrics } from "./metrics.js";
import { Names } from "./names.js";
import { resolveNetwork } from "./network.js";
import { checkParameters, resolveRequirements } from "./outside.js";

/**
 * Makes an experiment of a document. What is wrong is noted in `problems`; the result is of use only if there is nothing.
 * @param directory what relative paths in the document are relative to
 */
export function resolveExperiment(
  document: unknown,
  directory: string,
  problems: Problems,
): Experiment | undefined {
  const shape = readShape(document, problems);
  if (shape === undefined) return undefined;
  const { file } = shape;
  const names = new Names(file, document, problems);
  const machines = Object.keys((valueAt(document, ["machines"]) as object | null | undefined) ?? {});
  const guests = resolveGuests(file, directory, names, problems, machines);
  const { network, sources } = resolveNetwork(shape, guests, names, problems);
  checkParameters(file, document, problems);
  return {
    name: file.name,
    description: file.description,
    seed: file.seed,
    directory,
    files: file.files,
    requires: resolveRequirements(file, directory),
    guests,
    network,
    phases: { readyNs: file.phases.ready, warmupNs: file.phases.warmup, measureNs: file.phases.measure },
    events: resolveEvents(shape, names, sources, problems),
    metrics: resolveMetrics(file, names, problems),
    sampleNs: file.sample,
    startNs: file.start,
  };
}
