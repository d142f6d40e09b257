import type { SamplerOptions } from "../metrics/sampler.js";
import { plannedDisks } from "../plan/disks.js";
import type { RunDirectory } from "./directory.js";
import type { Model } from "./model.js";
import { sleepUntil } from "./virtual_time.js";

/** Where a run's samples come from and go to. */
export function samplerOptions(model: Model, directory: RunDirectory): SamplerOptions {
  const { clock, plan, links, disks } = model;
  return {
    sources: {
      clock,
      guests: plan.guests.map(({ name, group }) => ({
        name,
        group: group.name,
        usage: () => model.guest(name).usage(),
      })),
      network: {
        pipes: plan.network.pipes.map((pipe) => pipe.name),
        ports: plan.network.ports.map((port) => port.guest),
        counters: () => links.counters(),
      },
      disks: disks && {
        names: plannedDisks(plan).map((disk) => disk.name),
        counters: () => disks.counters(),
      },
      host: () => model.readHost(),
      cores: () => model.readPulse(),
    },
    directory: directory.file("metrics"),
    intervalNs: plan.experiment.sampleNs,
    sleepUntil: (target, signal) => sleepUntil(clock, target, signal),
  };
}
