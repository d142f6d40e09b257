import { rmdirSync } from "node:fs";
import { DieCastError } from "../../errors.js";
import { ratio } from "../../scale/ratio.js";
import { socketTimers } from "../../scale/tcp_timers.js";
import { findUnified } from "../cgroup/hierarchy.js";
import { makeGroup } from "../cgroup/place.js";
import { attachSocketTimers } from "../tcp/tcp_timers.js";
import { type CheckItem, lacking, ok } from "./item.js";

const NAME = "TCP timers";
const COST =
  "guests resend SYN and SYN-ACK after one real second: where round trip × TDF is longer, they send them twice";

/** Whether the timers can be scaled that are no settings of a network namespace. The trial is gone when it returns. */
export function checkTcpTimers(): CheckItem {
  const hierarchy = findUnified();
  if (hierarchy === undefined) {
    const remedy = "mount it: mount -t cgroup2 none /sys/fs/cgroup/unified";
    return lacking(NAME, "limited", "no cgroup hierarchy of version 2 is mounted", COST, remedy);
  }
  let directory: string | undefined;
  try {
    directory = makeGroup(hierarchy, `diecast-${process.pid}-tcp`, [], "sockets of its own", () => {});
    // Below TDF 1 more is set than above.
    attachSocketTimers(directory, socketTimers(ratio(1n, 2n))).close();
    return ok(NAME, "a BPF program was attached to a cgroup");
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    return lacking(NAME, "limited", error.message, COST, error.remedy ?? "run as root");
  } finally {
    if (directory !== undefined) rmdirSync(directory);
  }
}
