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
  // The period first: the quota must be no larger than the parent's share, which depends on it.
  writeLimit(join(directory, "cpu.cfs_period_us"), `${periodUs}`, missing);
  writeLimit(join(directory, "cpu.cfs_quota_us"), `${quotaUs}`, missing);
}
