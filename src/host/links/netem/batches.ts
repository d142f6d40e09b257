import type { PlannedNetwork } from "../../../plan/plan.js";
import type { Tdf } from "../../../scale/tdf.js";
import type { PipeParameters } from "../../../spec/experiment.js";
import { netemStages } from "./pipe.js";
import { BRIDGE, incomingDevice, type Node, type Place, portDevice, type Wiring } from "./wiring.js";

// Guests' interfaces say how large packets may be; nothing here is to be narrower.
const MTU = 65_521;

/** Where the other ends of a node's devices go: paths of network namespaces. */
export interface NamespacePaths {
  readonly guest: (name: string) => string;
  readonly node: (number: number) => string;
}

/**
 * Makes a node's devices, for `ip -batch` in its namespace. Packets are kept single (gso_max_segs 1): the kernel would
 * otherwise pass up to 64 KiB as one, which a queue counts as one and a wire carries in one piece.
 */
export function deviceLines(
  network: PlannedNetwork,
  wiring: Wiring,
  number: number,
  paths: NamespacePaths,
): string[] {
  const { ports, trunks } = nodeOf(wiring, number);
  return [
    `link add name ${BRIDGE} type bridge stp_state 0 mcast_snooping 0`,
    ...ports.map((port) => {
      const { guest, interface: face } = portOf(network, port);
      const peer = `name ${face.name} address ${face.mac} mtu ${face.mtu} gso_max_segs 1 netns ${paths.guest(guest)}`;
      return `link add name ${portDevice(port)} mtu ${MTU} gso_max_segs 1 type veth peer ${peer}`;
    }),
    ...nodeOf(wiring, number).incoming.map(
      (port) => `link add name ${incomingDevice(port)} mtu ${MTU} type ifb`,
    ),
    // Of the two ends, the one with the lower number makes both.
    ...trunks
      .filter(({ device, peer }) => order(device) < order(peer.device))
      .map(
        ({ device, peer }) =>
          `link add name ${device} mtu ${MTU} type veth peer name ${peer.device} mtu ${MTU} netns ${paths.node(peer.node)}`,
      ),
  ];
}

/** Joins a node's devices, which are all there, and takes them up, for `ip -batch`. */
export function joinLines(network: PlannedNetwork, wiring: Wiring, number: number): string[] {
  const { ports, trunks } = nodeOf(wiring, number);
  const bridged = [
    ...ports.map((port) => ({ device: portDevice(port), broadcasts: true })),
    ...trunks.map(({ device, carriesBroadcasts }) => ({ device, broadcasts: carriesBroadcasts })),
  ];
  const incoming = nodeOf(wiring, number).incoming.map(incomingDevice);
  const all = [BRIDGE, ...bridged.map(({ device }) => device), ...incoming];
  return [
    // Else each of them would speak IPv6 for itself, over the emulated links.
    ...all.map((device) => `link set dev ${device} addrgenmode none`),
    ...bridged.flatMap(({ device, broadcasts }) => {
      const flood = broadcasts ? "on" : "off";
      return [
        `link set dev ${device} master ${BRIDGE}`,
        // Addresses come from the plan. The bridge answers for neighbours, so that asking does not reach all guests.
        `link set dev ${device} type bridge_slave learning off flood off neigh_suppress on mcast_flood ${flood} bcast_flood ${flood}`,
      ];
    }),
    ...all.map((device) => `link set dev ${device} up`),
    ...(ports.length > 0 ? neighbourLines(network) : []),
  ];
}

function neighbourLines({ ports }: PlannedNetwork): string[] {
  return ports.flatMap(({ interface: { ipv4, ipv6, mac } }) =>
    [ipv4, ipv6].map((address) => `neigh replace ${address} lladdr ${mac} dev ${BRIDGE} nud permanent`),
  );
}

/** Where each address is, for `bridge -batch`. */
export function forwardingLines(network: PlannedNetwork, wiring: Wiring, number: number): string[] {
  return nodeOf(wiring, number).routes.map(
    ({ device, port }) => `fdb replace ${portOf(network, port).interface.mac} dev ${device} master static`,
  );
}

/** A node's pipes, for `tc -batch`. */
export function pipeLines(network: PlannedNetwork, wiring: Wiring, number: number, tdf: Tdf): string[] {
  return [
    ...wiring.places.flatMap((place, pipe) =>
      place.node === number
        ? stageLines("add", place, network.pipes[pipe]?.parameters as PipeParameters, tdf)
        : [],
    ),
    ...nodeOf(wiring, number).incoming.flatMap((port) => [
      `qdisc add dev ${portDevice(port)} ingress`,
      `filter add dev ${portDevice(port)} parent ffff: protocol all u32 match u32 0 0 ` +
        `action mirred egress redirect dev ${incomingDevice(port)}`,
    ]),
  ];
}

/** The two stages of one pipe. */
export function stageLines(
  verb: "add" | "change",
  { device }: Place,
  parameters: PipeParameters,
  tdf: Tdf,
): string[] {
  const { sending, travelling } = netemStages(parameters, tdf);
  return [
    `qdisc ${verb} dev ${device} root handle 1: netem ${sending.join(" ")}`,
    `qdisc ${verb} dev ${device} parent 1:1 handle 2: netem ${travelling.join(" ")}`,
  ];
}

function order(trunk: string): number {
  return Number(trunk.slice(1));
}

function nodeOf(wiring: Wiring, number: number): Node {
  const node = wiring.nodes[number];
  if (node === undefined) throw new Error(`there is no node ${number}`);
  return node;
}

function portOf(network: PlannedNetwork, number: number) {
  const port = network.ports[number];
  if (port === undefined) throw new Error(`there is no port ${number}`);
  return port;
}
