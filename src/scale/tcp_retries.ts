import { toNumber } from "./ratio.js";
import type { Tdf } from "./tdf.js";

/*
 * How often TCP tries again before it gives up. The kernel keeps numbers of tries where what counts for programs is the time
 * they take together. Since no retransmission timeout gets longer than 120 real seconds, they take too little of a dilated
 * time: what is lost so is made up by further tries.
 */

/** TCP_RTO_MIN: by which the kernel turns tcp_retries1, tcp_retries2 and tcp_orphan_retries into times; a constant. */
const LEAST_TIMEOUT_S = 0.2;
/** TCP_RTO_MAX. */
const MOST_TIMEOUT_S = 120;
const USUAL_INITIAL_S = 1;

/** Numbers of tries: usual, and the most that the kernel takes. */
const SYN = { usual: 6, most: 127 };
const SYN_ACK = { usual: 5, most: 255 };
const NEGATIVE_ADVICE = { usual: 3, most: 255 };
const DATA = { usual: 15, most: 255 };
/** 0 is usual, and means 8 while the timeout has not reached its maximum (tcp_orphan_retries() in net/ipv4/tcp_timer.c). */
const ORPHAN = { usual: 8, most: 255 };

/**
 * Settings below /proc/sys/net by which a guest gives up after the virtual time that it would at TDF 1, as nearly as whole
 * tries allow.
 * @param initialTimeoutRealS after how many real seconds a SYN is sent again for the first time
 */
export function tcpRetries(tdf: Tdf, initialTimeoutRealS: number): Record<string, string> {
  const factor = toNumber(tdf);
  const mostS = Math.min(MOST_TIMEOUT_S * factor, MOST_TIMEOUT_S);
  const handshake = ({ usual, most }: typeof SYN) =>
    nearest(
      factor * backoffS(usual, USUAL_INITIAL_S, MOST_TIMEOUT_S),
      (tries) => backoffS(tries, Math.min(initialTimeoutRealS, mostS), mostS),
      most,
    );
  const connected = ({ usual, most }: typeof DATA) =>
    nearest(
      factor * modelledS(usual, LEAST_TIMEOUT_S, MOST_TIMEOUT_S),
      (tries) => modelledS(tries, LEAST_TIMEOUT_S, mostS),
      most,
    );
  return {
    "ipv4/tcp_syn_retries": `${handshake(SYN)}`,
    "ipv4/tcp_synack_retries": `${handshake(SYN_ACK)}`,
    "ipv4/tcp_retries1": `${connected(NEGATIVE_ADVICE)}`,
    "ipv4/tcp_retries2": `${connected(DATA)}`,
    "ipv4/tcp_orphan_retries": factor === 1 ? "0" : `${connected(ORPHAN)}`,
  };
}

/** What the first try and `retries` further ones wait together: each timeout is twice the one before, up to `mostS`. */
function backoffS(retries: number, initialS: number, mostS: number): number {
  let sumS = 0;
  for (let i = 0; i <= retries; i++) sumS += Math.min(initialS * 2 ** i, mostS);
  return sumS;
}

/** The same as the kernel computes it for connections (tcp_model_timeout() in net/ipv4/tcp_timer.c). */
function modelledS(retries: number, initialS: number, mostS: number): number {
  const doublings = Math.floor(Math.log2(mostS / initialS));
  if (doublings < 0) return (retries + 1) * initialS;
  if (retries <= doublings) return (2 ** (retries + 1) - 1) * initialS;
  return (2 ** (doublings + 1) - 1) * initialS + (retries - doublings) * mostS;
}

/** The number of tries, from 1 to `most`, whose time is nearest to the target. */
function nearest(targetS: number, timeS: (tries: number) => number, most: number): number {
  let tries = 1;
  while (tries < most && timeS(tries) < targetS) tries += 1;
  return tries > 1 && targetS - timeS(tries - 1) <= timeS(tries) - targetS ? tries - 1 : tries;
}
