import { describeLink } from "./link_figures.js";
import type { PipeInFile, PlanFile } from "./read/run_files.js";

/** A network as a person draws it: guests that differ in their number only are one node. */
export interface Topology {
  /** By what guests are one node: all but their number is the same, or all but the group's name, or only their neighbours. */
  readonly joinedBy: "group" | "figures" | "neighbours";
  readonly nodes: readonly TopologyNode[];
  readonly links: readonly TopologyLink[];
}

export interface ReportedTopology extends Topology {
  /** "sessions = 10", or a run: whose network it is, where others have another; null where all have this one. */
  readonly of: string | null;
}

export interface TopologyNode {
  readonly kind: "switch" | "guests";
  /** A switch's or group's name; several groups drawn as one: "a, b and 3 more". */
  readonly label: string;
  /** How many guests it stands for; 1 for a switch. */
  readonly count: number;
  /** "0.5 cores" */
  readonly figures: string;
}

export interface TopologyLink {
  /** Indices of nodes. */
  readonly from: number;
  readonly to: number;
  /** How many links it stands for. */
  readonly count: number;
  /** "30 ms, 50 Mbit/s" */
  readonly forward: string;
  /** The same as `forward` where the directions do not differ. */
  readonly reverse: string;
}

/** More nodes are no longer told apart at one look. */
const MOST_NODES = 40;
const MOST_NAMES = 2;

interface Guest {
  readonly name: string;
  readonly group: string;
  readonly cores: string;
}

interface PlainLink {
  readonly from: string;
  readonly to: string;
  readonly forward: PipeInFile;
  readonly reverse: PipeInFile;
}

/** By what guests become one node; finest first. */
const WAYS: readonly {
  readonly name: Topology["joinedBy"];
  keyOf(guest: Guest, attached: string, neighbours: string): string;
}[] = [
  { name: "group", keyOf: ({ group, cores }, attached) => JSON.stringify([group, cores, attached]) },
  { name: "figures", keyOf: ({ cores }, attached) => JSON.stringify([cores, attached]) },
  { name: "neighbours", keyOf: (_guest, _attached, neighbours) => neighbours },
];

/** Draws as few guests together as leaves an overview. */
export function topologyOf(plan: PlanFile): Topology {
  let topology: Topology = { joinedBy: "group", nodes: [], links: [] };
  for (const way of WAYS) {
    topology = build(plan, way);
    if (topology.nodes.length <= Math.max(MOST_NODES, plan.network.switches.length + 4)) break;
  }
  return topology;
}

function build(plan: PlanFile, way: (typeof WAYS)[number]): Topology {
  const guests = plan.guests.map(({ name, group, cpu }): Guest => {
    const cores = cpu === undefined ? "" : coresOf(cpu.cores.num / cpu.cores.den);
    return { name, group, cores };
  });
  const links = plainLinks(plan);
  const groupOf = new Map(guests.map(({ name, group }) => [guestId(name), group]));
  const attached = new Map<string, { link: string; neighbour: string }[]>();
  const attach = (node: string, other: string, figures: string) => {
    // Of guests beyond a link only their group counts, or pairs of guests would never be alike.
    const neighbour = groupOf.get(other) ?? other;
    const own = attached.get(node) ?? [];
    attached.set(node, own);
    own.push({ link: `${neighbour} ${figures}`, neighbour });
  };
  for (const { from, to, forward, reverse } of links) {
    const figures = [describeLink([forward]), describeLink([reverse])];
    attach(from, to, figures.join("|"));
    attach(to, from, figures.reverse().join("|"));
  }
  const ids = new Map<string, number>();
  const members: Guest[][] = [];
  const nodes: TopologyNode[] = plan.network.switches.map((label, i) => {
    ids.set(switchId(i), i);
    return { kind: "switch", label, count: 1, figures: "" };
  });
  const keys = new Map<string, number>();
  for (const guest of guests) {
    const own = attached.get(guestId(guest.name)) ?? [];
    const sorted = (of: "link" | "neighbour") => JSON.stringify(own.map((one) => one[of]).sort());
    const key = way.keyOf(guest, sorted("link"), sorted("neighbour"));
    const number = keys.get(key) ?? keys.size;
    keys.set(key, number);
    const together = members[number] ?? [];
    members[number] = together;
    together.push(guest);
    ids.set(guestId(guest.name), plan.network.switches.length + number);
  }
  for (const together of members) nodes.push(guestsNode(together));
  return { joinedBy: way.name, nodes, links: joinLinks(links, ids) };
}

function guestsNode(members: readonly Guest[]): TopologyNode {
  const groups = [...new Set(members.map(({ group }) => group))];
  const named = groups.slice(0, MOST_NAMES).join(", ");
  const cores = [...new Set(members.map((guest) => guest.cores))];
  return {
    kind: "guests",
    label: groups.length > MOST_NAMES ? `${named} and ${groups.length - MOST_NAMES} more` : named,
    count: members.length,
    figures: cores.length === 1 ? (cores[0] ?? "") : "",
  };
}

/** Links between the same two nodes as one, with the range of their figures. */
function joinLinks(links: readonly PlainLink[], ids: ReadonlyMap<string, number>): TopologyLink[] {
  const joined = new Map<
    string,
    { from: number; to: number; forward: PipeInFile[]; reverse: PipeInFile[] }
  >();
  for (const link of links) {
    const [a, b] = [ids.get(link.from), ids.get(link.to)];
    if (a === undefined || b === undefined) continue;
    const known = joined.get(`${b}-${a}`);
    const one = known ?? joined.get(`${a}-${b}`) ?? { from: a, to: b, forward: [], reverse: [] };
    joined.set(`${one.from}-${one.to}`, one);
    const isTurned = one.from !== a;
    one.forward.push(isTurned ? link.reverse : link.forward);
    one.reverse.push(isTurned ? link.forward : link.reverse);
  }
  return [...joined.values()].map(({ from, to, forward, reverse }) => ({
    from,
    to,
    count: forward.length,
    forward: describeLink(forward),
    reverse: describeLink(reverse),
  }));
}

function plainLinks({ network }: PlanFile): PlainLink[] {
  const idOf = (end: PipeInFile["from"]) =>
    "switch" in end ? switchId(end.switch) : guestId(network.ports[end.port]?.guest ?? "");
  const links = new Map<string, { forward?: PipeInFile; reverse?: PipeInFile }>();
  for (const pipe of network.pipes) {
    const own = links.get(pipe.link) ?? {};
    links.set(pipe.link, own);
    own[pipe.direction] = pipe;
  }
  return [...links.values()].flatMap(({ forward, reverse }) =>
    forward === undefined || reverse === undefined
      ? []
      : [{ from: idOf(forward.from), to: idOf(forward.to), forward, reverse }],
  );
}

// A guest and a switch never have one name, but a crafted file may say so.
function switchId(number: number): string {
  return `switch ${number}`;
}

function guestId(name: string): string {
  return `guest ${name}`;
}

function coresOf(cores: number): string {
  const number = Number(cores.toPrecision(3));
  return `${number} ${number === 1 ? "core" : "cores"}`;
}
