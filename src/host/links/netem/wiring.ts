import type { PlannedNetwork } from "../../../plan/plan.js";

/** A network as the kernel's devices: one namespace with a bridge for each node, veth pairs between them. */
export interface Wiring {
  readonly nodes: readonly Node[];
  /** By pipe: the device whose outgoing packets go through it. */
  readonly places: readonly Place[];
}

/** A switch; or the middle of a link between two guests, so that what emulates the link is in neither. */
export interface Node {
  /** Numbers of the ports that hang on it. */
  readonly ports: readonly number[];
  /** Of these, those whose way here is a pipe; in the middle of a link between guests there is none. */
  readonly incoming: readonly number[];
  readonly trunks: readonly Trunk[];
  /** Through which device each port of the network is reached. */
  readonly routes: readonly { readonly device: string; readonly port: number }[];
}

/** A node's end of a link between switches. */
export interface Trunk {
  readonly device: string;
  /** The node at the other end, and the device there. */
  readonly peer: { readonly node: number; readonly device: string };
  /** Whether broadcasts take it: bridges know no loops, so only a spanning tree does. */
  readonly carriesBroadcasts: boolean;
}

export interface Place {
  readonly node: number;
  readonly device: string;
}

export const BRIDGE = "bridge0";

/** The node's end of the veth pair to a port. */
export function portDevice(port: number): string {
  return `p${port}`;
}

/** What packets from a port are led through before the bridge sees them. */
export function incomingDevice(port: number): string {
  return `i${port}`;
}

function trunkDevice(pipe: number): string {
  return `t${pipe}`;
}

export function wire(network: PlannedNetwork): Wiring {
  const { switches, pipes, tables } = network;
  const nodes = switches.map(() => emptyNode());
  const places: Place[] = [];
  const tree = spanningTree(network);
  const deviceOf: string[] = [];
  pipes.forEach((pipe, index) => {
    const { from, to, opposite } = pipe;
    if ("port" in from && "port" in to) {
      // Both directions are found here at the first of them.
      if (opposite < index) return;
      const node = nodes.push({ ...emptyNode(), ports: [from.port, to.port] }) - 1;
      nodes[node]?.routes.push(...[from.port, to.port].map((port) => ({ device: portDevice(port), port })));
      places[index] = { node, device: portDevice(to.port) };
      places[opposite] = { node, device: portDevice(from.port) };
    } else if ("port" in from && "switch" in to) {
      nodes[to.switch]?.ports.push(from.port);
      nodes[to.switch]?.incoming.push(from.port);
      places[index] = { node: to.switch, device: incomingDevice(from.port) };
    } else if ("switch" in from && "port" in to) {
      deviceOf[index] = portDevice(to.port);
      places[index] = { node: from.switch, device: portDevice(to.port) };
    } else if ("switch" in from && "switch" in to) {
      deviceOf[index] = trunkDevice(index);
      const peer = { node: to.switch, device: trunkDevice(opposite) };
      const carriesBroadcasts = tree.has(index) || tree.has(opposite);
      nodes[from.switch]?.trunks.push({ device: trunkDevice(index), peer, carriesBroadcasts });
      places[index] = { node: from.switch, device: trunkDevice(index) };
    }
  });
  tables.forEach((table, at) => {
    for (const { pipe, ports } of table) {
      const device = deviceOf[pipe] as string;
      nodes[at]?.routes.push(...ports.map((port) => ({ device, port })));
    }
  });
  return { nodes, places };
}

function emptyNode() {
  return {
    ports: [] as number[],
    incoming: [] as number[],
    trunks: [] as Trunk[],
    routes: [] as { device: string; port: number }[],
  };
}

/** Pipes that join all switches that can be joined, without a loop; breadth first from each switch not yet reached. */
function spanningTree({ switches, pipes }: PlannedNetwork): ReadonlySet<number> {
  const outOf = switches.map((): number[] => []);
  pipes.forEach(({ from, to }, index) => {
    if ("switch" in from && "switch" in to) outOf[from.switch]?.push(index);
  });
  const reached = new Set<number>();
  const tree = new Set<number>();
  for (const root of switches.keys()) {
    if (reached.has(root)) continue;
    reached.add(root);
    const open = [root];
    for (let at = open.shift(); at !== undefined; at = open.shift()) {
      for (const index of outOf[at] ?? []) {
        const to = pipes[index]?.to;
        if (to === undefined || !("switch" in to) || reached.has(to.switch)) continue;
        reached.add(to.switch);
        tree.add(index);
        open.push(to.switch);
      }
    }
  }
  return tree;
}
