import type { Plan, PlannedInterface } from "./plan.js";

const LOCAL = ["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback"];

/**
 * The text of /etc/hosts: each guest's name with its first address; a guest with several interfaces also as NAME-eth1, …
 * @param viewer for whom: a guest with several interfaces then has the address that is nearest to this guest
 */
export function hostsFile(plan: Plan, viewer?: string): string {
  const nearest = plan.guests.find(({ name }) => name === viewer)?.nearest ?? {};
  const lines = plan.guests.flatMap(({ name, interfaces }) => {
    const wanted = nearest[name];
    const first = interfaces.find((one) => one.name === wanted) ?? interfaces[0];
    // A guest without a network still knows its own name.
    if (first === undefined) return name === viewer || interfaces.length > 0 ? [`127.0.1.1\t${name}`] : [];
    return interfaces.flatMap((one) => linesOf(one, namesOf(name, one, first, interfaces.length)));
  });
  return `${[...LOCAL, ...lines].join("\n")}\n`;
}

function namesOf(
  guest: string,
  one: PlannedInterface,
  first: PlannedInterface,
  count: number,
): readonly string[] {
  const own = count > 1 ? [`${guest}-${one.name}`] : [];
  return one === first ? [guest, ...own] : own;
}

function linesOf({ ipv4, ipv6 }: PlannedInterface, names: readonly string[]): string[] {
  return [`${ipv4}\t${names.join(" ")}`, `${ipv6}\t${names.join(" ")}`];
}
