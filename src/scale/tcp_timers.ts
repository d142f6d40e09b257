import { isCapped, KERNEL_TIMERS, scaledTimer } from "./kernel_timers.js";
import { realDurationNs } from "./link.js";
import { toNumber } from "./ratio.js";
import { tcpRetries } from "./tcp_retries.js";
import type { Tdf } from "./tdf.js";

/** TCP_TIMEOUT_INIT: the first timeout of a SYN or SYN-ACK on an untouched kernel, 1 s. RFC 6298, 2.1. */
export const USUAL_INITIAL_TIMEOUT_NS = 1e9;

/** TCP_ATO_MIN: how long an acknowledgement usually waits on an untouched kernel, 40 ms. */
const USUAL_DELAYED_ACK_NS = 4e7;

/** TCP sends in one piece what is worth 2^-n round trips of at most 2^this µs (tcp_tso_rtt_log). */
const USUAL_TSO_RTT_LOG = 9;
const MOST_TSO_RTT_LOG = 31;

/** What a sock_ops program sets for a guest's sockets, real time: no setting of the namespace does. */
export interface SocketTimers {
  /** First timeout of a SYN or SYN-ACK. */
  readonly initialTimeoutRealNs: number;
  /**
   * The longest that an acknowledgement waits; undefined: as long as the kernel likes. It can only be shortened, so this is
   * for a TDF below 1. There the usual wait becomes the longest, too: the kernel's own steps begin above it.
   */
  readonly delayedAckRealNs: number | undefined;
}

export function socketTimers(tdf: Tdf): SocketTimers {
  return {
    initialTimeoutRealNs: realDurationNs(USUAL_INITIAL_TIMEOUT_NS, tdf),
    delayedAckRealNs: tdf.num < tdf.den ? realDurationNs(USUAL_DELAYED_ACK_NS, tdf) : undefined,
  };
}

/**
 * The kernel's own TCP, fragment, neighbour and route timers, which run in real time, for guests whose time is dilated:
 * values to write below /proc/sys/net in their namespaces. Where the kernel takes no more, the most that it takes. At TDF 1
 * they are the kernel's usual ones: guests do not depend on how their host is tuned.
 * @param initialTimeoutRealNs the first timeout of a SYN or SYN-ACK as it really is
 */
export function tcpTimers(
  tdf: Tdf,
  initialTimeoutRealNs: number = USUAL_INITIAL_TIMEOUT_NS,
): Record<string, string> {
  const log = Math.round(USUAL_TSO_RTT_LOG + Math.log2(toNumber(tdf)));
  return {
    ...Object.fromEntries(KERNEL_TIMERS.map((timer) => [timer.path, `${scaledTimer(timer, tdf)}`])),
    ...tcpRetries(tdf, initialTimeoutRealNs / 1e9),
    "ipv4/tcp_tso_rtt_log": `${Math.min(Math.max(log, 1), MOST_TSO_RTT_LOG)}`,
  };
}

/** Paths of the timers that the kernel does not let be as long as this TDF asks. */
export function cappedTcpTimers(tdf: Tdf): string[] {
  return KERNEL_TIMERS.filter((timer) => isCapped(timer, tdf)).map(({ path }) => path);
}
