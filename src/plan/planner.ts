import type { Tdf } from "../scale/tdf.js";
import type { Experiment, GuestGroup } from "../spec/experiment.js";
import { planCpu } from "./cpu.js";
import { planNetwork } from "./network.js";
import type { Plan, PlannedGuest } from "./plan.js";

export interface PlanOptions {
  readonly tdf: Tdf;
  /** Instead of the experiment's own. */
  readonly seed?: number | undefined;
  /** The reference host's core speed ÷ this host's (speedRatio() of src/host/core_speed.ts). Default 1: it is this one. */
  readonly cpuFactor?: number | undefined;
}

/**
 * Lays an experiment out on one host.
 * @throws DieCastError `invalid-experiment` when a guest's share of a processor is too small at this TDF
 */
export function planExperiment(experiment: Experiment, options: PlanOptions): Plan {
  const { tdf, seed = experiment.seed, cpuFactor = 1 } = options;
  const { network, interfaces, nearest } = planNetwork(experiment);
  const guests = experiment.guests.flatMap((group) => {
    const cpu = planCpu(group, tdf, cpuFactor);
    return group.instances.map((name, i): PlannedGuest => {
      return {
        name,
        group,
        index: i + 1,
        cpu,
        interfaces: interfaces.get(name) ?? [],
        nearest: nearest.get(name) ?? {},
        environment: environmentOf(group, name, i + 1, seed),
      };
    });
  });
  return { experiment, tdf, seed, guests, network };
}

function environmentOf(group: GuestGroup, name: string, index: number, seed: number): Record<string, string> {
  return {
    ...group.environment,
    DIECAST_GUEST: name,
    DIECAST_INDEX: `${index}`,
    DIECAST_COUNT: `${group.count}`,
    DIECAST_SEED: `${seed}`,
  };
}
