import { type Cores, cpuClockScale } from "../scale/cpu.js";
import type { Ratio } from "../scale/ratio.js";
import type { Tdf } from "../scale/tdf.js";

/** How a command is put into dilated time, everything checked. */
export interface LaunchPlan {
  readonly tdf: Tdf;
  /** The launcher's descriptor of a time page to use; undefined: it makes one for `tdf` and `startNs`. */
  readonly clockFd?: number | undefined;
  /** The virtual wall clock at the beginning, ns since 1970; undefined: now. */
  readonly startNs?: bigint | undefined;
  /** Perceived cores; undefined: no cap. */
  readonly cores?: Cores | undefined;
  readonly cgroupDirectories: readonly string[];
  readonly tsc: boolean;
  readonly fileTimes: boolean;
  readonly stats: boolean;
}

/** The command line of diecast-launch for a plan, up to where `--` and the command follow. */
export function launcherArguments(plan: LaunchPlan): string[] {
  const args = plan.clockFd === undefined ? ["--tdf", quotient(plan.tdf)] : ["--clock-fd", `${plan.clockFd}`];
  args.push("--cpu-scale", quotient(cpuClockScale(plan.tdf, plan.cores)));
  if (plan.startNs !== undefined) args.push("--start", `${plan.startNs}`);
  for (const directory of plan.cgroupDirectories) args.push("--cgroup", directory);
  if (plan.tsc) args.push("--tsc");
  if (!plan.fileTimes) args.push("--no-file-times");
  if (plan.stats) args.push("--stats");
  return args;
}

function quotient(value: Ratio): string {
  return `${value.num}/${value.den}`;
}
