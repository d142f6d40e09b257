import { netemProblem } from "../links/netem/probe.js";
import { type CheckItem, checkDevice, lacking, ok, problemOf } from "./item.js";

/** Network namespaces and what links between guests are made of. All trials happen in namespaces that end with them. */
export function checkNetwork(): CheckItem[] {
  const unshare = ["--net"];
  let problem = problemOf("unshare", [...unshare, "true"]);
  let how = "as this user";
  if (problem !== null) {
    unshare.unshift("--user", "--map-root-user");
    const withUser = problemOf("unshare", [...unshare, "true"]);
    if (withUser === null) how = "inside a user namespace";
    problem = withUser === null ? null : problem;
  }
  if (problem !== null) {
    const cost = "guests cannot have a network of their own";
    const remedy = "run as root; in a container: docker run --privileged";
    const untried = "not tried: it needs a network namespace";
    return [
      lacking("network namespaces", "missing", problem, cost, remedy),
      lacking("netem", "missing", untried, cost, remedy),
      lacking("TUN", "missing", untried, cost, remedy),
    ];
  }
  return [ok("network namespaces", how), checkNetem(unshare), checkTun(unshare)];
}

function checkNetem(unshare: string[]): CheckItem {
  const lack = netemProblem(unshare);
  if (lack === undefined) return ok("netem", "a link was made in a namespace");
  return lacking(
    "netem",
    "missing",
    lack.problem,
    "links are emulated by the user-space core: the same links, more processor time for each packet",
    lack.remedy,
  );
}

function checkTun(unshare: string[]): CheckItem {
  const cost = "links cannot be emulated by the user-space core, only by netem";
  const remedy = "modprobe tun; in a container: docker run --device /dev/net/tun";
  const device = checkDevice("TUN", "/dev/net/tun", cost, remedy);
  if (device.state !== "ok") return device;
  const problem = problemOf("unshare", [...unshare, "ip", "tuntap", "add", "dev", "diecast0", "mode", "tun"]);
  if (problem === null) return ok("TUN", "a device was made in a namespace");
  return lacking("TUN", "missing", problem, cost, "run as root, with iproute2 installed");
}
