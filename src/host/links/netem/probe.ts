import { spawnSync } from "node:child_process";

/** Why links cannot be emulated by the kernel here. */
export interface NetemProblem {
  /** The system's answer. */
  readonly problem: string;
  readonly remedy: string;
}

/** All that a pipe and a node are made of, in small (batches.ts). */
const TRIALS: readonly (readonly [tool: string, lines: readonly string[]])[] = [
  [
    "ip",
    [
      "link add name bridge0 type bridge stp_state 0 mcast_snooping 0",
      "link add name p0 gso_max_segs 1 type veth peer name p1",
      "link add name i0 type ifb",
      "link set dev p0 master bridge0",
      "link set dev p0 type bridge_slave learning off flood off neigh_suppress on mcast_flood on bcast_flood on",
    ],
  ],
  [
    "tc",
    [
      "qdisc add dev lo root handle 1: netem limit 10 rate 1mbit 24",
      "qdisc add dev lo parent 1:1 handle 2: netem limit 10 delay 1ms rate 0bit",
      "qdisc add dev lo ingress",
      "filter add dev lo parent ffff: protocol all u32 match u32 0 0 action mirred egress redirect dev lo",
    ],
  ],
];

/** Modules may have to be read, on a host that is busy or emulated. */
const PATIENCE_MS = 60_000;

/**
 * Tries it in a namespace that ends with the trial. Where the kernel has modules, this loads them.
 * @param unshare options of unshare(1) that make a network namespace for this user
 */
export function netemProblem(unshare: readonly string[] = ["--net"]): NetemProblem | undefined {
  for (const [tool, lines] of TRIALS) {
    const { error, status, stderr } = spawnSync("unshare", [...unshare, tool, "-batch", "-"], {
      input: `${lines.join("\n")}\n`,
      stdio: ["pipe", "ignore", "pipe"],
      encoding: "utf8",
      timeout: PATIENCE_MS,
      env: { ...process.env, LC_ALL: "C" },
    });
    if (error !== undefined) return { problem: `unshare: ${error.message}`, remedy: remedyForNone(error) };
    if (status === 127) return { problem: `${tool} is not installed`, remedy: "apt-get install iproute2" };
    if (status !== 0) return { problem: firstLine(stderr), remedy: remedyFor(stderr) };
  }
  return undefined;
}

function remedyForNone({ code }: NodeJS.ErrnoException): string {
  return code === "ETIMEDOUT"
    ? "modprobe sch_netem ifb act_mirred cls_u32 beforehand, or a less busy host"
    : "apt-get install util-linux";
}

function firstLine(stderr: string): string {
  const [line = "no reason given"] = stderr.trim().split("\n");
  return line.replace(/^(Error|RTNETLINK answers): /, "");
}

function remedyFor(stderr: string): string {
  if (/not permitted/.test(stderr)) return "run as root";
  return "modprobe sch_netem (on Ubuntu in linux-modules-extra), or another kernel";
}
