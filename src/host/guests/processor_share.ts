import { type Cores, timesShare } from "../../scale/cpu.js";
import type { Tdf } from "../../scale/tdf.js";
import type { GuestGroups } from "../cgroup/run_groups.js";
import type { GroupUsage } from "../cgroup/usage.js";
import type { GuestUsage } from "./guest.js";

/** A guest's share of the host's processors, which may follow their speed, and what it has used of it. */
export class ProcessorShare {
  readonly #groups: GuestGroups;
  readonly #cores: Cores | undefined;
  readonly #tdf: Tdf;
  #nominal = 1;
  /** When the factor was changed last. */
  #then = { cpuRealNs: 0, cpuNominalNs: 0 };

  /** @param cores undefined: it has no limit, and none is made */
  constructor(groups: GuestGroups, cores: Cores | undefined, tdf: Tdf) {
    this.#groups = groups;
    this.#cores = cores;
    this.#tdf = tdf;
  }

  /** See Guest.followSpeed(). */
  follow(factor: number, nominal: number): number {
    if (this.#cores === undefined) return factor;
    const next = timesShare(this.#cores, this.#tdf, factor);
    const { cpuRealNs, cpuNominalNs } = this.usage();
    this.#groups.limitProcessors(next.bandwidth);
    this.#then = { cpuRealNs, cpuNominalNs };
    this.#nominal = (nominal * next.factor) / factor;
    return next.factor;
  }

  usage(): GuestUsage {
    const usage: GroupUsage = this.#groups.usage();
    const { cpuRealNs, cpuNominalNs } = this.#then;
    return { ...usage, cpuNominalNs: cpuNominalNs + (usage.cpuRealNs - cpuRealNs) / this.#nominal };
  }
}
