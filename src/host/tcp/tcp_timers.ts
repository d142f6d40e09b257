import { DieCastError } from "../../errors.js";
import { loadNative, type NativeSocketTimers } from "../../native.js";
import { ratio } from "../../scale/ratio.js";
import {
  type SocketTimers,
  socketTimers,
  tcpTimers,
  USUAL_INITIAL_TIMEOUT_NS,
} from "../../scale/tcp_timers.js";
import type { Tdf } from "../../scale/tdf.js";
import { RunPlace } from "../state/run_place.js";

/** TCP_RTO_MAX: the kernel waits no longer for a SYN's answer either. */
const MOST_INITIAL_TIMEOUT_NS = 120e9;

/** The timers that the kernel keeps for a run's guests, which know nothing of dilated time. In force until close(). */
export interface KernelTimers {
  /** For the namespace of each guest: paths below /proc/sys/net with their values. */
  readonly sysctls: Readonly<Record<string, string>>;
  /**
   * What runs in real time all the same, each with its reason.
   * @param skipped settings that the namespaces did not get, as "PATH: REASON"
   */
  unscaled(skipped: readonly string[]): string[];
  /** Safe to repeat. */
  close(): void;
}

/**
 * Has the kernel keep its timers for a run's guests as they perceive time. Attaches a BPF program to the run's cgroup, unless
 * the TDF is 1: there the kernel's own values are right. What this host does not allow is no error but reported.
 * @param scaled false: the kernel's usual values at any TDF
 */
export function keepTimers(runId: string, tdf: Tdf, scaled: boolean): KernelTimers {
  if (!scaled || tdf.num === tdf.den) return usualTimers(scaled || tdf.num === tdf.den);
  const wanted = socketTimers(tdf);
  const place = RunPlace.use(runId);
  let attached: NativeSocketTimers | undefined;
  let problem: string | undefined;
  try {
    attached = attachSocketTimers(place.groups.socketDirectory, wanted);
    problem = cappedTimeout(wanted);
  } catch (error) {
    if (!(error instanceof DieCastError && error.code === "unsupported")) {
      place.release();
      throw error;
    }
    problem = `first timeout of SYN and SYN-ACK: ${error.message}`;
  }
  const initialNs = attached === undefined ? USUAL_INITIAL_TIMEOUT_NS : wanted.initialTimeoutRealNs;
  let open = true;
  return {
    sysctls: tcpTimers(tdf, initialNs),
    unscaled: (skipped) => [...(problem === undefined ? [] : [problem]), ...refused(skipped, tdf)],
    close: () => {
      if (!open) return;
      open = false;
      attached?.close();
      place.release();
    },
  };
}

/**
 * Sets the timers of all sockets made from now on in a cgroup of version 2, and in groups below it.
 * @throws DieCastError `unsupported` with the kernel's answer
 */
export function attachSocketTimers(directory: string, timers: SocketTimers): NativeSocketTimers {
  const { initialTimeoutRealNs, delayedAckRealNs } = timers;
  const { SocketTimers: Native } = loadNative();
  try {
    return new Native(
      directory,
      BigInt(initialTimeoutRealNs),
      delayedAckRealNs === undefined ? undefined : BigInt(delayedAckRealNs),
    );
  } catch (cause) {
    throw new DieCastError("unsupported", (cause as Error).message, {
      remedy:
        "run as root (CAP_BPF and CAP_NET_ADMIN) on a kernel with CONFIG_CGROUP_BPF; in a container: docker run --privileged",
      cause,
    });
  }
}

function usualTimers(wanted: boolean): KernelTimers {
  const one = ratio(1n, 1n);
  return {
    sysctls: tcpTimers(one),
    unscaled: (skipped) => (wanted ? refused(skipped, one) : ["all of them (network.tcpTimers: kernel)"]),
    close: () => {},
  };
}

function cappedTimeout({ initialTimeoutRealNs }: SocketTimers): string | undefined {
  if (initialTimeoutRealNs <= MOST_INITIAL_TIMEOUT_NS) return undefined;
  return "first timeout of SYN and SYN-ACK: the kernel waits 120 real seconds at most";
}

/*
 * A setting that a kernel does not have costs nothing as a rule: there is no such timer, or routes carry it (tcp_rto_min_us), or
 * the kernel's constant is the most that one could set (tcp_rto_max_ms; at a TDF below 1 it is too long, though).
 */
function refused(skipped: readonly string[], tdf: Tdf): string[] {
  return skipped.filter((line) => {
    if (!line.endsWith(": No such file or directory")) return true;
    return tdf.num < tdf.den && line.startsWith("ipv4/tcp_rto_max_ms:");
  });
}
