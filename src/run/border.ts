import type { RunDirectory } from "./directory.js";
import type { Model } from "./model.js";
import { outputSizes } from "./output.js";
import type { Program } from "./program.js";
import type { Border } from "./result.js";

/** Reads the clock, all instruments, and how much guests have written so far. */
export async function takeBorder(
  model: Model,
  directory: RunDirectory,
  programs: readonly Program[],
): Promise<Border> {
  const { realNs, virtualNs, virtualWallNs } = model.clock.now();
  const { metrics } = model.plan.experiment;
  const sizes = new Map(
    programs.map(({ guest, plan }) => [plan.name, outputSizes(directory, guest, plan, metrics)]),
  );
  return {
    realNs,
    virtualNs,
    wallNs: virtualWallNs,
    sizes,
    host: model.readHost(),
    pulse: await model.readPulse(),
    steadyCores: model.readSteadyCores(),
    links: await model.links.counters(),
    disks: await model.disks?.counters(),
    refaults: new Map(
      model.plan.guests
        .filter(({ group }) => group.machine.disks.length > 0)
        .map(({ name }) => [name, model.guest(name).refaults()]),
    ),
  };
}
