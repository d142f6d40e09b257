import { ratio } from "../../scale/ratio.js";
import { socketTimers } from "../../scale/tcp_timers.js";
import { attachSocketTimers } from "../tcp/tcp_timers.js";
import type { CheckItem } from "./item.js";
import { checkInUnified } from "./unified.js";

/** Whether the timers can be scaled that are no settings of a network namespace. */
export function checkTcpTimers(): CheckItem {
  return checkInUnified({
    name: "TCP timers",
    found: "a BPF program was attached to a cgroup",
    cost: "guests resend SYN and SYN-ACK after one real second: where round trip × TDF is longer, they send them twice",
    purpose: "sockets of its own",
    // Below TDF 1 more is set than above.
    attach: (directory) => attachSocketTimers(directory, socketTimers(ratio(1n, 2n))),
  });
}
