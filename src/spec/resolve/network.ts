import type { GuestGroup, Link, Network } from "../experiment.js";
import type { Path, Problems } from "../problems.js";
import type { LinkEntry, PipeEntry } from "../schema/network.js";
import type { Shape } from "../shape.js";
import { checkNetworks } from "./addresses.js";
import type { Names } from "./names.js";
import { checkPipe, resolvePipe } from "./pipes.js";

/** A link as the file has it: what an event that changes it begins from. */
export interface LinkSource {
  readonly entry: LinkEntry;
  readonly path: Path;
  readonly links: readonly Link[];
  /** What the interfaces at a link's ends carry. */
  readonly nics: (link: Link) => readonly (number | undefined)[];
}

export interface ResolvedNetwork {
  readonly network: Network;
  readonly sources: readonly LinkSource[];
}

export function resolveNetwork(
  { file, indices }: Shape,
  groups: readonly GuestGroup[],
  names: Names,
  problems: Problems,
): ResolvedNetwork {
  const { backend, tcpTimers, ipv4, ipv6 } = file.network;
  const groupOf = new Map(groups.map((group) => [group.name, group]));
  const nicOf = (node: string) => groupOf.get(names.guests.get(node)?.group ?? "")?.machine.nic.bandwidthBps;
  const sources = file.network.links.flatMap((entry, i): LinkSource[] => {
    const path = ["network", "links", indices.get("network.links")?.[i] ?? i];
    const pairs = expand(entry, path, names, problems);
    const links = pairs.map((pair) => resolveLink(entry, pair, nicOf));
    const [first] = links;
    if (first === undefined) return [];
    checkPipe(entry, first.forward, path, problems);
    if (entry.reverse !== undefined) {
      checkPipe(directionOf(entry, "reverse"), first.reverse, [...path, "reverse"], problems);
    }
    return [{ entry, path, links, nics: ({ from, to }) => [nicOf(from), nicOf(to)] }];
  });
  refuseEqualNames(sources, problems);
  const links = sources.flatMap((source) => source.links);
  if (!problems.touches(["network"]) && !problems.touches(["guests"])) {
    refuseIslands(groups, links, names, problems);
    refuseAliases(links, names, problems);
  }
  const ports = links.flatMap(({ from, to }) => [from, to]).filter((node) => names.guests.has(node)).length;
  checkNetworks(ipv4, ipv6, ports, problems);
  const network = { backend, tcpTimers, switches: [...names.switches], links, ipv4, ipv6 };
  return { network, sources };
}

/** What a link says about one direction. */
export function directionOf(entry: LinkEntry, direction: "forward" | "reverse"): PipeEntry {
  const { from: _from, to: _to, name: _name, reverse, ...both } = entry;
  return direction === "forward" ? both : { ...both, ...reverse };
}

interface Pair {
  readonly from: string;
  readonly to: string;
  /** The guest that it is for, if it is one of several. */
  readonly instance: string | undefined;
}

function expand(entry: LinkEntry, path: Path, names: Names, problems: Problems): Pair[] {
  const [from, to] = (["from", "to"] as const).map((end): readonly string[] => {
    const name = entry[end];
    const nodes = names.guestsOf(name) ?? (names.switches.has(name) ? [name] : []);
    if (nodes.length === 0 && !names.isDeclared(name)) {
      problems.addUnknown([...path, end], "the name of a guest, a group or a switch", name, [
        ...names.groupNames,
        ...names.switches,
      ]);
    }
    return nodes;
  }) as [readonly string[], readonly string[]];
  if (entry.from === entry.to) {
    problems.note([...path, "to"], `expected another end than from, found "${entry.to}"`);
    return [];
  }
  if (from.length > 1 && to.length > 1) {
    problems.note([...path, "to"], "expected a single guest or a switch, found a group at both ends");
    return [];
  }
  const pairs = from.flatMap((a) =>
    to.map((b) => ({ from: a, to: b, instance: from.length > 1 ? a : to.length > 1 ? b : undefined })),
  );
  if (pairs.some((pair) => pair.from === pair.to)) {
    problems.note([...path, "to"], "expected two different ends, found a guest and its own group");
    return [];
  }
  return pairs;
}

function resolveLink(entry: LinkEntry, pair: Pair, nicOf: (node: string) => number | undefined): Link {
  const { from, to, instance } = pair;
  const named = entry.name === undefined || instance === undefined ? entry.name : `${entry.name}-${instance}`;
  const nics = [nicOf(from), nicOf(to)];
  return {
    name: named ?? `${from}-${to}`,
    group: entry.name ?? `${entry.from}-${entry.to}`,
    from,
    to,
    forward: resolvePipe(directionOf(entry, "forward"), nics),
    reverse: resolvePipe(directionOf(entry, "reverse"), nics),
  };
}

function refuseEqualNames(sources: readonly LinkSource[], problems: Problems): void {
  const taken = new Set<string>();
  for (const { links, path, entry } of sources) {
    const own = new Set(links.flatMap(({ name, group }) => [name, group]));
    const twice = [...own].find((name) => taken.has(name));
    if (twice !== undefined) {
      const at = entry.name === undefined ? path : [...path, "name"];
      problems.note(at, `another link is named "${twice}"; expected a name of its own`);
    }
    for (const name of own) taken.add(name);
  }
}

/** Every guest must be joined to every other, if need be through guests that pass things on. */
function refuseIslands(
  groups: readonly GuestGroup[],
  links: readonly Link[],
  names: Names,
  problems: Problems,
): void {
  if (links.length === 0) return;
  const neighbours = new Map<string, string[]>();
  const join = (a: string, b: string) => {
    const known = neighbours.get(a);
    if (known === undefined) neighbours.set(a, [b]);
    else known.push(b);
  };
  for (const { from, to } of links) {
    join(from, to);
    join(to, from);
  }
  const reached = new Set<string>();
  const waiting: string[] = [];
  const first = [...names.guests.keys()].find((guest) => neighbours.has(guest));
  if (first !== undefined) waiting.push(first);
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (reached.has(node)) continue;
    reached.add(node);
    waiting.push(...(neighbours.get(node) ?? []).filter((next) => !reached.has(next)));
  }
  for (const { name, instances } of groups) {
    const lost = instances.filter((guest) => !reached.has(guest));
    const [guest] = lost;
    if (guest === undefined) continue;
    const who = lost.length === 1 ? guest : `${guest} and ${lost.length - 1} more`;
    const what = neighbours.has(guest) ? `no path from ${who} to ${first}` : `no link to ${who}`;
    problems.note(["guests", name], `expected a path to every other guest, found ${what}`, true);
  }
}

/** The hosts file has NAME-eth1 for a further interface. */
function refuseAliases(links: readonly Link[], names: Names, problems: Problems): void {
  const interfaces = new Map<string, number>();
  for (const node of links.flatMap(({ from, to }) => [from, to])) {
    if (!names.guests.has(node)) continue;
    const number = interfaces.get(node) ?? 0;
    interfaces.set(node, number + 1);
    const taken = number === 0 ? undefined : names.guests.get(`${node}-eth${number}`);
    if (taken !== undefined) {
      const what = `"${node}-eth${number}" is the name of an interface of ${node} already; expected another name`;
      problems.note(["guests", taken.group], what, true);
    }
  }
}
