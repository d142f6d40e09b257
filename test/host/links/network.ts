import type { PlannedInterface, PlannedNetwork, PlannedPipe } from "../../../src/plan/plan.js";
import type { PipeParameters } from "../../../src/spec/experiment.js";

/** A cable without any limit. */
export const PERFECT: PipeParameters = {
  bandwidthBps: undefined,
  latencyNs: 0,
  jitterNs: 0,
  jitterDistribution: "uniform",
  jitterReorders: false,
  loss: { kind: "independent", probability: 0 },
  duplicate: 0,
  corrupt: 0,
  reorder: 0,
  queue: { packets: 1000, bytes: undefined, discipline: "drop-tail", red: undefined, ecn: false },
  up: true,
};

/** The interface of a network's port by its number. */
export function face(port: number, name = "eth0"): PlannedInterface {
  const number = port + 1;
  const hex = number.toString(16).padStart(6, "0");
  return {
    name,
    port,
    mac: `02:dc:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`,
    ipv4: `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`,
    ipv4PrefixLength: 8,
    ipv6: `fd00::${number.toString(16)}`,
    ipv6PrefixLength: 64,
    mtu: 1500,
    hosts: [],
  };
}

export function guestNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `g${i}`);
}

/** The two pipes of a link, given the number of the first. */
function link(
  first: number,
  from: PlannedPipe["from"],
  to: PlannedPipe["to"],
  parameters: PipeParameters,
): PlannedPipe[] {
  const common = { link: `link-${first >> 1}`, parameters };
  return [
    { ...common, name: `${first}`, direction: "forward", from, to, opposite: first + 1 },
    { ...common, name: `${first + 1}`, direction: "reverse", from: to, to: from, opposite: first },
  ];
}

/** Two guests with a cable between them: pipe 0 from g0 to g1, pipe 1 back. */
export function pair(parameters: PipeParameters): PlannedNetwork {
  return {
    switches: [],
    ports: [0, 1].map((port) => ({ guest: `g${port}`, interface: face(port) })),
    pipes: link(0, { port: 0 }, { port: 1 }, parameters),
    tables: [],
  };
}

/** `count` guests at one switch: pipe 2 × n from guest n, pipe 2 × n + 1 to it. */
export function star(count: number, parameters: PipeParameters): PlannedNetwork {
  const ports = Array.from({ length: count }, (_, port) => ({ guest: `g${port}`, interface: face(port) }));
  return {
    switches: ["middle"],
    ports,
    pipes: ports.flatMap((_, port) => link(2 * port, { port }, { switch: 0 }, parameters)),
    tables: [ports.map((_, port) => ({ pipe: 2 * port + 1, ports: [port] }))],
  };
}

/** Guests at the two ends of a row of switches; `trunk` is each link between two switches. */
export function row(switches: number, edge: PipeParameters, trunk: PipeParameters): PlannedNetwork {
  const last = switches - 1;
  const pipes = [
    ...link(0, { port: 0 }, { switch: 0 }, edge),
    ...link(2, { port: 1 }, { switch: last }, edge),
    ...Array.from({ length: last }, (_, i) =>
      link(4 + 2 * i, { switch: i }, { switch: i + 1 }, trunk),
    ).flat(),
  ];
  return {
    switches: Array.from({ length: switches }, (_, i) => `s${i}`),
    ports: [0, 1].map((port) => ({ guest: `g${port}`, interface: face(port) })),
    pipes,
    tables: Array.from({ length: switches }, (_, at) => [
      { pipe: at === 0 ? 1 : 4 + 2 * (at - 1) + 1, ports: [0] },
      { pipe: at === last ? 3 : 4 + 2 * at, ports: [1] },
    ]),
  };
}
