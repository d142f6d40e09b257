import type { SwitchRoute } from "./plan.js";
import type { Topology } from "./topology.js";

/** How far something is: by latency, then by hops. */
interface Distance {
  readonly latencyNs: number;
  readonly hops: number;
}

/** The shortest ways through the switches: by latency, then fewer hops, then the order of the file. */
export class Routes {
  private readonly topology: Topology;
  /** By switch to reach, by switch to leave: the distance, and the pipe to take. */
  private readonly trees: readonly Tree[];
  /** By port: the switch it hangs on, or the port at the link's other end. */
  private readonly attached: readonly ({ readonly switch: number } | { readonly port: number })[];

  constructor(topology: Topology) {
    this.topology = topology;
    this.attached = topology.outOf.map((pipe) => pipeAt(topology, pipe).to);
    const incoming = topology.switches.map((): number[] => []);
    topology.pipes.forEach(({ from, to }, pipe) => {
      if ("switch" in to && "switch" in from) incoming[to.switch]?.push(pipe);
    });
    this.trees = topology.switches.map((_, target) => shortestTree(topology, incoming, target));
  }

  /** For each switch: the pipes out of it and the ports that they lead to. */
  tables(): SwitchRoute[][] {
    return this.topology.switches.map((_, at) => {
      const routes = new Map<number, number[]>();
      this.attached.forEach((end, port) => {
        if (!("switch" in end)) return;
        const pipe = end.switch === at ? this.topology.into[port] : this.trees[end.switch]?.next[at];
        if (pipe === undefined) return;
        const ports = routes.get(pipe);
        if (ports === undefined) routes.set(pipe, [port]);
        else ports.push(port);
      });
      return [...routes].map(([pipe, ports]) => ({ pipe, ports })).sort((a, b) => a.pipe - b.pipe);
    });
  }

  /** How far it is from one port to another; undefined if there is no way but through other guests. */
  between(from: number, to: number): Distance | undefined {
    const [near, far] = [this.attached[from], this.attached[to]];
    const [out, into] = [this.topology.outOf[from], this.topology.into[to]];
    if (near === undefined || far === undefined || out === undefined || into === undefined) return undefined;
    const first = this.latencyOf(out);
    if ("port" in near) return near.port === to ? { latencyNs: first, hops: 1 } : undefined;
    if ("port" in far) return undefined;
    const inner = this.trees[far.switch]?.distance[near.switch];
    if (inner === undefined) return undefined;
    return { latencyNs: first + inner.latencyNs + this.latencyOf(into), hops: inner.hops + 2 };
  }

  private latencyOf(pipe: number): number {
    return pipeAt(this.topology, pipe).parameters.latencyNs;
  }
}

export function compareDistances(a: Distance, b: Distance): number {
  return a.latencyNs - b.latencyNs || a.hops - b.hops;
}

interface Tree {
  readonly distance: readonly (Distance | undefined)[];
  readonly next: readonly (number | undefined)[];
}

/**
 * Dijkstra's algorithm from `target` backwards. With a list instead of a heap: there are few switches, and guests are not
 * among the nodes.
 */
function shortestTree(topology: Topology, incoming: readonly (readonly number[])[], target: number): Tree {
  const distance: (Distance | undefined)[] = topology.switches.map(() => undefined);
  const next: (number | undefined)[] = topology.switches.map(() => undefined);
  distance[target] = { latencyNs: 0, hops: 0 };
  const open = new Set([target]);
  while (open.size > 0) {
    let at = -1;
    let nearest: Distance | undefined;
    for (const node of open) {
      const here = distance[node];
      if (here !== undefined && (nearest === undefined || compareDistances(here, nearest) < 0))
        [at, nearest] = [node, here];
    }
    if (nearest === undefined) break;
    open.delete(at);
    for (const pipe of incoming[at] ?? []) {
      const { from, parameters } = pipeAt(topology, pipe);
      if (!("switch" in from)) continue;
      const through = { latencyNs: nearest.latencyNs + parameters.latencyNs, hops: nearest.hops + 1 };
      const known = distance[from.switch];
      const order = known === undefined ? -1 : compareDistances(through, known);
      if (order < 0) {
        distance[from.switch] = through;
        next[from.switch] = pipe;
        open.add(from.switch);
      } else if (order === 0 && from.switch !== target && pipe < (next[from.switch] ?? 0)) {
        next[from.switch] = pipe;
      }
    }
  }
  return { distance, next };
}

function pipeAt(topology: Topology, pipe: number) {
  const found = topology.pipes[pipe];
  if (found === undefined) throw new Error(`there is no pipe ${pipe}`);
  return found;
}
