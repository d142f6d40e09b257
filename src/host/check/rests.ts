import { rmdirSync } from "node:fs";
import { DieCastError } from "../../errors.js";
import { findUnified } from "../cgroup/hierarchy.js";
import { makeGroup } from "../cgroup/place.js";
import { countRests } from "../rests.js";
import { type CheckItem, lacking, ok } from "./item.js";

const NAME = "guests' rests";
const COST =
  "with --steady-cores guests of a TDF above 1 are not given what they lose to caches that go cold while they rest";

/** Whether it can be told how long guests rest. The trial is gone when it returns. */
export function checkRests(): CheckItem {
  const hierarchy = findUnified();
  if (hierarchy === undefined) {
    const remedy = "mount it: mount -t cgroup2 none /sys/fs/cgroup/unified";
    return lacking(NAME, "limited", "no cgroup hierarchy of version 2 is mounted", COST, remedy);
  }
  let directory: string | undefined;
  try {
    directory = makeGroup(hierarchy, `diecast-${process.pid}-rests`, [], "a guest of its own", () => {});
    countRests([directory]).close();
    return ok(NAME, "a BPF program was attached to the kernel's changes of tasks");
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    return lacking(NAME, "limited", error.message, COST, error.remedy ?? "run as root");
  } finally {
    if (directory !== undefined) rmdirSync(directory);
  }
}
