import { rmdirSync } from "node:fs";
import { DieCastError } from "../../errors.js";
import { findUnified } from "../cgroup/hierarchy.js";
import { makeGroup } from "../cgroup/place.js";
import { type CheckItem, lacking, ok } from "./item.js";

/** What a BPF program that belongs to a cgroup of version 2 is good for. */
interface UnifiedTrial {
  /** The item's. */
  readonly name: string;
  readonly found: string;
  readonly cost: string;
  /** Of the trial's group, behind "a cgroup with". */
  readonly purpose: string;
  /** @throws DieCastError with the kernel's answer */
  attach(directory: string): { close(): void };
}

/** Tries it in a group of its own. The trial is gone when it returns. */
export function checkInUnified({ name, found, cost, purpose, attach }: UnifiedTrial): CheckItem {
  const hierarchy = findUnified();
  if (hierarchy === undefined) {
    const remedy = "mount it: mount -t cgroup2 none /sys/fs/cgroup/unified";
    return lacking(name, "limited", "no cgroup hierarchy of version 2 is mounted", cost, remedy);
  }
  let directory: string | undefined;
  try {
    directory = makeGroup(hierarchy, `diecast-${process.pid}-check`, [], purpose, () => {});
    attach(directory).close();
    return ok(name, found);
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    return lacking(name, "limited", error.message, cost, error.remedy ?? "run as root");
  } finally {
    if (directory !== undefined) rmdirSync(directory);
  }
}
