import { type IpNetwork, parseIpv4Network, parseIpv6Network } from "../spec/resolve/addresses.js";

/** What a port is known by, made from its number: the same in every run of the same file. */
interface Addresses {
  readonly mac: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

export interface AddressPool {
  readonly ipv4PrefixLength: number;
  readonly ipv6PrefixLength: number;
  of(port: number): Addresses;
}

/** @param ipv4 and ipv6: networks, checked before */
export function addressPool(ipv4: string, ipv6: string): AddressPool {
  const four = assured(parseIpv4Network(ipv4), ipv4);
  const six = assured(parseIpv6Network(ipv6), ipv6);
  return {
    ipv4PrefixLength: four.prefixLength,
    ipv6PrefixLength: six.prefixLength,
    of: (port) => ({
      // 02: given locally, to one interface (IEEE 802)
      mac: ["02", "dc", ...bytesOf(BigInt(port), 4).map(hex)].join(":"),
      // The first address of a network is the network's own.
      ipv4: bytesOf(four.base + BigInt(port) + 1n, 4).join("."),
      ipv6: formatIpv6(six.base + BigInt(port) + 1n),
    }),
  };
}

function assured(network: IpNetwork | undefined, text: string): IpNetwork {
  if (network === undefined) throw new Error(`${text} is no network`);
  return network;
}

/** The lowest `count` bytes, highest first. */
function bytesOf(value: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Number((value >> BigInt(8 * (count - 1 - i))) & 0xffn));
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** As RFC 5952 writes it: the longest run of at least two zeros is left out. */
export function formatIpv6(value: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(16 * (7 - i))) & 0xffffn));
  let [longest, start] = [1, -1];
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > longest) [longest, start] = [length, i];
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  return start < 0 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + longest))}`;
}
