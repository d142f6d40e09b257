import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CpuBandwidth } from "../../scale/cpu.js";
import { writeLimit } from "./place.js";

/**
 * Limits a group's processor time by CFS bandwidth.
 * @throws DieCastError `unsupported` or `failed`
 */
export function limitBandwidth(directory: string, version: 1 | 2, bandwidth: CpuBandwidth): void {
  const { periodUs, quotaUs } = bandwidth;
  const missing = "use a kernel built with CONFIG_CFS_BANDWIDTH";
  if (version === 2) {
    writeLimit(join(directory, "cpu.max"), `${quotaUs} ${periodUs}`, missing);
    return;
  }
  const period = join(directory, "cpu.cfs_period_us");
  const writePeriod = () => writeLimit(period, `${periodUs}`, missing);
  // The share may not be larger than the parent's, not even in between: a longer period comes before its quota, a shorter one after it.
  const isShorter = Number(periodUs) < presentPeriodUs(period);
  if (!isShorter) writePeriod();
  writeLimit(join(directory, "cpu.cfs_quota_us"), `${quotaUs}`, missing);
  if (isShorter) writePeriod();
}

/** 0 where it cannot be read: then it cannot be written either, which says why. */
function presentPeriodUs(file: string): number {
  try {
    return Number(readFileSync(file, "latin1"));
  } catch {
    return 0;
  }
}
