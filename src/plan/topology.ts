import type { Experiment, Link } from "../spec/experiment.js";
import type { End, PlannedPipe } from "./plan.js";

/** Switches, ports and pipes of an experiment, numbered; ports do not have their addresses yet. */
export interface Topology {
  readonly switches: readonly string[];
  readonly ports: readonly { readonly guest: string; readonly name: string }[];
  readonly pipes: readonly PlannedPipe[];
  /** By port: the pipe out of it and the pipe into it. */
  readonly outOf: readonly number[];
  readonly into: readonly number[];
  /** By guest: its ports, in the order of the links. */
  readonly portsOf: ReadonlyMap<string, readonly number[]>;
}

/** Numbers everything in the order of the file, so that the same file always gives the same plan. */
export function buildTopology({ network }: Experiment): Topology {
  const switches = new Map(network.switches.map((name, number) => [name, number]));
  const ports: { guest: string; name: string }[] = [];
  const portsOf = new Map<string, number[]>();
  const pipes: PlannedPipe[] = [];
  const outOf: number[] = [];
  const into: number[] = [];
  const endOf = (node: string): End => {
    const number = switches.get(node);
    if (number !== undefined) return { switch: number };
    const own = portsOf.get(node) ?? [];
    portsOf.set(node, own);
    const port = ports.push({ guest: node, name: `eth${own.length}` }) - 1;
    own.push(port);
    return { port };
  };
  for (const link of network.links) {
    const from = endOf(link.from);
    const to = endOf(link.to);
    const forward = pipes.length;
    const reverse = forward + 1;
    pipes.push({
      name: pipeName(link, link.from, link.to),
      link: link.name,
      direction: "forward",
      from,
      to,
      opposite: reverse,
      parameters: link.forward,
    });
    pipes.push({
      name: pipeName(link, link.to, link.from),
      link: link.name,
      direction: "reverse",
      from: to,
      to: from,
      opposite: forward,
      parameters: link.reverse,
    });
    if ("port" in from) [outOf[from.port], into[from.port]] = [forward, reverse];
    if ("port" in to) [outOf[to.port], into[to.port]] = [reverse, forward];
  }
  return { switches: network.switches, ports, pipes, outOf, into, portsOf };
}

/** Two nodes can have several links, which then have names of their own. */
function pipeName(link: Link, from: string, to: string): string {
  const plain = `${from}>${to}`;
  return link.name === `${link.from}-${link.to}` ? plain : `${link.name}:${plain}`;
}
