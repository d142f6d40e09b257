import { readFileSync } from "node:fs";
import { type CheckItem, lacking, ok, problemOf } from "./item.js";

// include/uapi/linux/capability.h
const CAPABILITIES: readonly (readonly [bit: bigint, name: string])[] = [
  [12n, "CAP_NET_ADMIN"],
  [19n, "CAP_SYS_PTRACE"],
  [21n, "CAP_SYS_ADMIN"],
  [23n, "CAP_SYS_NICE"],
];

export function checkRights(): CheckItem[] {
  return [checkRealTime(), checkUser()];
}

function checkRealTime(): CheckItem {
  const name = "real-time priority";
  const problem = problemOf("chrt", ["--fifo", "1", "true"]);
  if (problem === null) return ok(name, "SCHED_FIFO is allowed");
  return lacking(
    name,
    "missing",
    problem,
    "link and disk emulation can be late on a busy host",
    "run as root, or allow rtprio in /etc/security/limits.conf",
  );
}

function checkUser(): CheckItem {
  const name = "user rights";
  const status = readFileSync("/proc/self/status", "utf8");
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const lacks = CAPABILITIES.filter(([bit]) => ((effective >> bit) & 1n) === 0n).map(
    ([, capability]) => capability,
  );
  const root = process.geteuid?.() === 0;
  const user = root ? "root" : `user ${process.geteuid?.()}`;
  if (lacks.length === 0) return ok(name, user);
  const namespaces = problemOf("unshare", ["--user", "--map-root-user", "true"]) === null;
  return lacking(
    name,
    "limited",
    `${user} without ${lacks.join(", ")}; user namespaces ${namespaces ? "allowed" : "not allowed"}`,
    `${root ? "" : "programs with setuid gain no rights in dilated time; "}guests cannot have networks and disks of their own`,
    root ? "in a container: docker run --privileged" : "run as root",
  );
}
