import { type Ratio, ratio, round } from "./ratio.js";
import type { Tdf } from "./tdf.js";

/** A kernel timer that a network namespace has of its own: its value in real time on an untouched kernel. */
interface Timer {
  /** Below /proc/sys/net. */
  readonly path: string;
  /** In the setting's own unit. */
  readonly usual: bigint;
  /** The least and the most that the kernel takes. */
  readonly least?: bigint;
  readonly most: bigint;
  /** So many per second rather than a time. */
  readonly perSecond?: boolean;
}

const INT_MAX = 2n ** 31n - 1n;
// The kernel keeps these in ticks, as an int; 1,000 a second at most.
const MOST_SECONDS = INT_MAX / 1000n;

const TIMERS: readonly Timer[] = [
  { path: "ipv4/tcp_rto_min_us", usual: 200_000n, most: INT_MAX },
  // TCP_RTO_MAX_SEC (include/net/tcp.h): no more than two minutes.
  { path: "ipv4/tcp_rto_max_ms", usual: 120_000n, least: 1000n, most: 120_000n },
  { path: "ipv4/tcp_keepalive_time", usual: 7200n, most: MOST_SECONDS },
  { path: "ipv4/tcp_keepalive_intvl", usual: 75n, most: MOST_SECONDS },
  { path: "ipv4/tcp_fin_timeout", usual: 60n, most: MOST_SECONDS },
  { path: "ipv4/tcp_tw_reuse_delay", usual: 1000n, most: 60_000n },
  { path: "ipv4/tcp_comp_sack_delay_ns", usual: 1_000_000n, most: INT_MAX },
  { path: "ipv4/tcp_comp_sack_slack_ns", usual: 100_000n, most: INT_MAX },
  { path: "ipv4/tcp_min_rtt_wlen", usual: 300n, most: 86_400n },
  { path: "ipv4/tcp_probe_interval", usual: 600n, most: MOST_SECONDS },
  { path: "ipv4/tcp_invalid_ratelimit", usual: 500n, most: INT_MAX },
  { path: "ipv4/ipfrag_time", usual: 30n, most: MOST_SECONDS },
  { path: "ipv6/ip6frag_time", usual: 60n, most: MOST_SECONDS },
  { path: "ipv4/icmp_ratelimit", usual: 1000n, most: INT_MAX },
  { path: "ipv6/icmp/ratelimit", usual: 1000n, most: INT_MAX / 1000n },
  { path: "ipv4/icmp_msgs_per_sec", usual: 1000n, most: INT_MAX, perSecond: true },
  ...["ipv4", "ipv6"].flatMap((family) => [
    { path: `${family}/neigh/default/base_reachable_time_ms`, usual: 30_000n, most: INT_MAX / 1000n },
    { path: `${family}/neigh/default/retrans_time_ms`, usual: 1000n, most: INT_MAX / 1000n },
    { path: `${family}/neigh/default/gc_stale_time`, usual: 60n, most: MOST_SECONDS },
    { path: `${family}/neigh/default/delay_first_probe_time`, usual: 5n, most: MOST_SECONDS },
  ]),
];

/**
 * The kernel's own TCP, fragment and neighbour timers, which run in real time, for guests whose time is dilated: values to
 * write below /proc/sys/net in their namespaces. Where the kernel takes no more, the most that it takes. At TDF 1 they are
 * the kernel's usual ones: guests do not depend on how their host is tuned.
 */
export function tcpTimers(tdf: Tdf): Record<string, string> {
  return Object.fromEntries(TIMERS.map((timer) => [timer.path, `${scaled(timer, tdf)}`]));
}

function scaled({ usual, least = 1n, most, perSecond = false }: Timer, tdf: Tdf): bigint {
  const factor: Ratio = perSecond ? ratio(tdf.den, tdf.num) : tdf;
  const value = round(ratio(usual * factor.num, factor.den));
  return value < least ? least : value > most ? most : value;
}

/** Paths of the timers that the kernel does not let be as long as this TDF asks. */
export function cappedTcpTimers(tdf: Tdf): string[] {
  const { num, den } = tdf;
  return TIMERS.filter(({ usual, most, perSecond }) => !perSecond && usual * num > most * den).map(
    ({ path }) => path,
  );
}
