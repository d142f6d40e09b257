import { accessSync, constants, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { DieCastError } from "../../errors.js";
import { createCpuCap } from "../cgroup/cap.js";
import { findHierarchy, type Hierarchy } from "../cgroup/hierarchy.js";
import { type CheckItem, errorCode, lacking, ok } from "./item.js";

const REMEDY = "run as root, or inside: systemd-run --user --scope -p Delegate=yes";

/** The two controllers that guests need: processor time and memory. */
export function checkCgroups(): CheckItem[] {
  return [checkCpu(findHierarchy("cpu")), checkMemory(findHierarchy("memory"))];
}

function checkCpu(hierarchy: Hierarchy | undefined): CheckItem {
  const name = "cgroup cpu";
  const cost = "--cpu does not work: guests cannot be capped";
  try {
    createCpuCap({ periodUs: 100_000n, quotaUs: 10_000n }, hierarchy).remove();
    return ok(name, `version ${hierarchy?.version}, a capped group was made`);
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    return lacking(name, "missing", error.message, cost, error.remedy ?? REMEDY);
  }
}

function checkMemory(hierarchy: Hierarchy | undefined): CheckItem {
  const name = "cgroup memory";
  const cost = "guests cannot be given a memory limit";
  if (hierarchy === undefined) {
    return lacking(name, "missing", "no hierarchy is mounted", cost, "mount -t cgroup2 none /sys/fs/cgroup");
  }
  try {
    if (hierarchy.version === 1) {
      const trial = join(hierarchy.ownDirectory, `diecast-${process.pid}-0`);
      mkdirSync(trial);
      rmdirSync(trial);
    } else {
      accessSync(join(nearestWithMemory(hierarchy), "cgroup.procs"), constants.W_OK);
    }
    return ok(name, `version ${hierarchy.version}`);
  } catch (error) {
    return lacking(name, "missing", `${hierarchy.ownDirectory}: ${errorCode(error)}`, cost, REMEDY);
  }
}

// A group whose children can have the controller: it hands it out already.
function nearestWithMemory(hierarchy: Hierarchy): string {
  for (let at = hierarchy.ownDirectory; ; at = dirname(at)) {
    const offered = readFileSync(join(at, "cgroup.subtree_control"), "utf8").split(/\s+/);
    if (offered.includes("memory") || at === hierarchy.mountPoint || at === dirname(at)) return at;
  }
}
