import { BlockList, isIPv4, isIPv6 } from "node:net";
import type { Problems } from "../problems.js";

/** An IP network as numbers. */
export interface IpNetwork {
  readonly base: bigint;
  readonly prefixLength: number;
}

/** Reads `10.0.0.0/8`; undefined if it is none, or has bits set behind the prefix. */
export function parseIpv4Network(text: string): IpNetwork | undefined {
  const [address = "", prefix] = splitNetwork(text);
  if (!isIPv4(address) || prefix === undefined) return undefined;
  const base = address.split(".").reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return network(base, prefix, 32);
}

/** Reads `fd00:dc::/64`. */
export function parseIpv6Network(text: string): IpNetwork | undefined {
  const [address = "", prefix] = splitNetwork(text);
  if (!isIPv6(address) || address.includes(".") || address.includes("%") || prefix === undefined)
    return undefined;
  const [left = "", right] = address.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const [before, after] = [groups(left), groups(right ?? "")];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  const base = [...before, ...zeros, ...after].reduce((sum, part) => sum * 65536n + BigInt(`0x${part}`), 0n);
  return network(base, prefix, 128);
}

function splitNetwork(text: string): [string, number | undefined] {
  const [, address = "", prefix] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  return [address, prefix === undefined ? undefined : Number(prefix)];
}

function network(base: bigint, prefixLength: number, bits: number): IpNetwork | undefined {
  if (prefixLength > bits || base % (1n << BigInt(bits - prefixLength)) !== 0n) return undefined;
  return { base, prefixLength };
}

// Networks whose addresses hosts treat in ways of their own. One list each: Node finds an IPv4 address in an IPv6 network, too.
const SPECIAL_IPV4 = new BlockList();
SPECIAL_IPV4.addSubnet("0.0.0.0", 8, "ipv4");
SPECIAL_IPV4.addSubnet("127.0.0.0", 8, "ipv4");
SPECIAL_IPV4.addSubnet("169.254.0.0", 16, "ipv4");
SPECIAL_IPV4.addSubnet("224.0.0.0", 3, "ipv4");
const SPECIAL_IPV6 = new BlockList();
SPECIAL_IPV6.addSubnet("::", 16, "ipv6");
SPECIAL_IPV6.addSubnet("fe80::", 9, "ipv6");
SPECIAL_IPV6.addSubnet("ff00::", 8, "ipv6");

/** Notes networks that are none, are not to be used, or have too few addresses for `ports` interfaces. */
export function checkNetworks(ipv4: string, ipv6: string, ports: number, problems: Problems): void {
  const four = parseIpv4Network(ipv4);
  if (four === undefined || four.prefixLength < 8 || SPECIAL_IPV4.check(ipv4.split("/")[0] ?? "", "ipv4")) {
    problems.add(
      ["network", "ipv4"],
      "an IPv4 network for hosts such as 10.0.0.0/8, at most that large",
      ipv4,
    );
  } else if (2 ** (32 - four.prefixLength) - 2 < ports) {
    problems.add(["network", "ipv4"], `a network with at least ${ports} addresses`, ipv4);
  }
  const six = parseIpv6Network(ipv6);
  if (six === undefined || six.prefixLength < 16 || SPECIAL_IPV6.check(ipv6.split("/")[0] ?? "", "ipv6")) {
    problems.add(["network", "ipv6"], "an IPv6 network for hosts such as fd00:dc::/64", ipv6);
  } else if (2 ** (128 - six.prefixLength) - 2 < ports) {
    problems.add(["network", "ipv6"], `a network with at least ${ports} addresses`, ipv6);
  }
}
