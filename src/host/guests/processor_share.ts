import { type Cores, type CpuBandwidth, type TurnLength, timesShare } from "../../scale/cpu.js";
import type { Tdf } from "../../scale/tdf.js";
import type { GuestGroups } from "../cgroup/run_groups.js";
import type { GroupUsage } from "../cgroup/usage.js";
import type { GuestUsage } from "./guest.js";

interface ProcessorPlan {
  readonly cores: Cores;
  readonly bandwidth: CpuBandwidth;
}

/** A guest's share of the host's processors, which may follow their speed, in shorter or longer turns, and what it has used of it. */
export class ProcessorShare {
  readonly #groups: GuestGroups;
  readonly #cores: Cores | undefined;
  readonly #tdf: Tdf;
  #bandwidth: CpuBandwidth | undefined;
  #factor = 1;
  #turns: TurnLength = "short";
  #nominal = 1;
  /** When the factor was changed last. */
  #then = { cpuRealNs: 0, cpuNominalNs: 0 };

  /** @param plan what its groups have; undefined: they have no limit, and none is made */
  constructor(groups: GuestGroups, plan: ProcessorPlan | undefined, tdf: Tdf) {
    this.#groups = groups;
    this.#cores = plan?.cores;
    this.#bandwidth = plan?.bandwidth;
    this.#tdf = tdf;
  }

  /** See Guest.followSpeed(). */
  follow(factor: number, nominal: number): number {
    if (this.#cores === undefined) return factor;
    const { cpuRealNs, cpuNominalNs } = this.usage();
    const given = this.#limit(this.#cores, factor, this.#turns);
    this.#then = { cpuRealNs, cpuNominalNs };
    this.#nominal = (nominal * given) / factor;
    return given;
  }

  /** See Guest.bandwidth(). */
  get bandwidth(): CpuBandwidth | undefined {
    return this.#bandwidth;
  }

  /** See Guest.takeTurns(). */
  takeTurns(turns: TurnLength): void {
    if (this.#cores === undefined) return;
    this.#limit(this.#cores, this.#factor, turns);
  }

  /** @returns the factor that it has then */
  #limit(cores: Cores, factor: number, turns: TurnLength): number {
    const next = timesShare(cores, this.#tdf, factor, turns);
    const { periodUs, quotaUs } = next.bandwidth;
    // Each time it is written, the kernel gives some of it again (src/run/overuse.ts).
    if (periodUs !== this.#bandwidth?.periodUs || quotaUs !== this.#bandwidth.quotaUs)
      this.#groups.limitProcessors(next.bandwidth);
    this.#bandwidth = next.bandwidth;
    this.#factor = next.factor;
    this.#turns = turns;
    return next.factor;
  }

  usage(): GuestUsage {
    const usage: GroupUsage = this.#groups.usage();
    const { cpuRealNs, cpuNominalNs } = this.#then;
    return { ...usage, cpuNominalNs: cpuNominalNs + (usage.cpuRealNs - cpuRealNs) / this.#nominal };
  }
}
