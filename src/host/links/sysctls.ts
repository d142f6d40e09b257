/**
 * What the emulated Ethernet needs of a guest's namespace, and what would differ from host to host otherwise. Addresses come
 * from the plan, there is no router that advertises, and waiting for duplicate addresses would take a second of real time.
 *
 * Congestion control is Reno unless a program asks for another: its course follows from round trips alone, so it is the same
 * at every TDF, while the kernel's CUBIC and BBR count real seconds.
 */
export const GUEST_SYSCTLS: Readonly<Record<string, string>> = {
  "ipv6/conf/default/accept_dad": "0",
  "ipv6/conf/default/dad_transmits": "0",
  "ipv6/conf/default/accept_ra": "0",
  "ipv6/conf/default/autoconf": "0",
  "ipv6/conf/default/router_solicitations": "0",
  "ipv4/tcp_congestion_control": "reno",
};
