import { type Ratio, ratio, round } from "./ratio.js";
import type { Tdf } from "./tdf.js";

/** A timer of the kernel's that a network namespace has of its own. */
export interface KernelTimer {
  /** Below /proc/sys/net. */
  readonly path: string;
  /** Its value in real time on an untouched kernel, in the setting's own unit. */
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

const inSeconds = (path: string, usual: bigint): KernelTimer => ({ path, usual, most: MOST_SECONDS });
const inMs = (path: string, usual: bigint): KernelTimer => ({ path, usual, most: INT_MAX / 1000n });

const TCP: readonly KernelTimer[] = [
  { path: "ipv4/tcp_rto_min_us", usual: 200_000n, most: INT_MAX },
  // TCP_RTO_MAX_SEC (include/net/tcp.h): no more than two minutes.
  { path: "ipv4/tcp_rto_max_ms", usual: 120_000n, least: 1000n, most: 120_000n },
  inSeconds("ipv4/tcp_keepalive_time", 7200n),
  inSeconds("ipv4/tcp_keepalive_intvl", 75n),
  inSeconds("ipv4/tcp_fin_timeout", 60n),
  { path: "ipv4/tcp_tw_reuse_delay", usual: 1000n, most: 60_000n },
  { path: "ipv4/tcp_comp_sack_delay_ns", usual: 1_000_000n, most: INT_MAX },
  { path: "ipv4/tcp_comp_sack_slack_ns", usual: 100_000n, most: INT_MAX },
  { path: "ipv4/tcp_min_rtt_wlen", usual: 300n, most: 86_400n },
  inSeconds("ipv4/tcp_probe_interval", 600n),
  { path: "ipv4/tcp_invalid_ratelimit", usual: 500n, most: INT_MAX },
  { path: "ipv4/tcp_plb_suspend_rto_sec", usual: 60n, most: 255n },
];

const IP: readonly KernelTimer[] = [
  inSeconds("ipv4/ipfrag_time", 30n),
  inSeconds("ipv6/ip6frag_time", 60n),
  { path: "ipv4/icmp_ratelimit", usual: 1000n, most: INT_MAX },
  inMs("ipv6/icmp/ratelimit", 1000n),
  { path: "ipv4/icmp_msgs_per_sec", usual: 1000n, most: INT_MAX, perSecond: true },
  inSeconds("ipv4/route/mtu_expires", 600n),
  inSeconds("ipv6/route/mtu_expires", 600n),
  inSeconds("ipv6/route/gc_timeout", 60n),
  inSeconds("ipv6/route/gc_interval", 30n),
  inMs("ipv6/route/gc_min_interval_ms", 500n),
  inMs("ipv4/conf/default/igmpv2_unsolicited_report_interval", 10_000n),
  inMs("ipv4/conf/default/igmpv3_unsolicited_report_interval", 1000n),
  inMs("ipv6/conf/default/mldv1_unsolicited_report_interval", 10_000n),
  inMs("ipv6/conf/default/mldv2_unsolicited_report_interval", 1000n),
  inSeconds("core/xfrm_acq_expires", 30n),
  inSeconds("mptcp/add_addr_timeout", 120n),
  inSeconds("mptcp/close_timeout", 60n),
  inSeconds("mptcp/blackhole_timeout", 3600n),
];

const NEIGHBOURS: readonly KernelTimer[] = ["ipv4", "ipv6"].flatMap((family) => {
  const at = `${family}/neigh/default`;
  return [
    inMs(`${at}/base_reachable_time_ms`, 30_000n),
    inMs(`${at}/retrans_time_ms`, 1000n),
    inMs(`${at}/interval_probe_time_ms`, 5000n),
    inSeconds(`${at}/gc_stale_time`, 60n),
    inSeconds(`${at}/delay_first_probe_time`, 5n),
    // In hundredths of a second (USER_HZ), and in ticks inside.
    { path: `${at}/anycast_delay`, usual: 100n, most: MOST_SECONDS * 100n },
    { path: `${at}/proxy_delay`, usual: 80n, most: MOST_SECONDS * 100n },
    { path: `${at}/locktime`, usual: family === "ipv4" ? 100n : 0n, most: MOST_SECONDS * 100n },
  ];
});

// A guest that filters or translates addresses; elsewhere the kernel forgets nothing by them.
const CONNECTION_TRACKING: readonly KernelTimer[] = Object.entries({
  generic_timeout: 600n,
  icmp_timeout: 30n,
  icmpv6_timeout: 30n,
  tcp_timeout_close: 10n,
  tcp_timeout_close_wait: 60n,
  tcp_timeout_established: 432_000n,
  tcp_timeout_fin_wait: 120n,
  tcp_timeout_last_ack: 30n,
  tcp_timeout_max_retrans: 300n,
  tcp_timeout_syn_recv: 60n,
  tcp_timeout_syn_sent: 120n,
  tcp_timeout_time_wait: 120n,
  tcp_timeout_unacknowledged: 300n,
  udp_timeout: 30n,
  udp_timeout_stream: 120n,
}).map(([name, usual]) => inSeconds(`netfilter/nf_conntrack_${name}`, usual));

/** Those that are a time, or so many a time, and no more. */
export const KERNEL_TIMERS: readonly KernelTimer[] = [...TCP, ...IP, ...NEIGHBOURS, ...CONNECTION_TRACKING];

/** The value that is perceived as the usual one, or the nearest that the kernel takes. */
export function scaledTimer({ usual, least, most, perSecond = false }: KernelTimer, tdf: Tdf): bigint {
  if (usual === 0n) return 0n;
  const factor: Ratio = perSecond ? ratio(tdf.den, tdf.num) : tdf;
  const value = round(ratio(usual * factor.num, factor.den));
  const floor = least ?? 1n;
  return value < floor ? floor : value > most ? most : value;
}

/** Whether the kernel does not let it be as long as this TDF asks. */
export function isCapped({ usual, most, perSecond = false }: KernelTimer, { num, den }: Tdf): boolean {
  return !perSecond && usual * num > most * den;
}
