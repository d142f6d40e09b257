import type { Experiment } from "../spec/experiment.js";
import { type AddressPool, addressPool } from "./addresses.js";
import type { PlannedInterface, PlannedNetwork } from "./plan.js";
import { compareDistances, Routes } from "./routes.js";
import { buildTopology, type Topology } from "./topology.js";

export interface NetworkPlan {
  readonly network: PlannedNetwork;
  /** By guest; guests without links are missing. */
  readonly interfaces: ReadonlyMap<string, readonly PlannedInterface[]>;
  readonly nearest: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

export function planNetwork(experiment: Experiment): NetworkPlan {
  const topology = buildTopology(experiment);
  const routes = new Routes(topology);
  const pool = addressPool(experiment.network.ipv4, experiment.network.ipv6);
  const mtuOf = new Map(
    experiment.guests.flatMap(({ instances, machine }) => instances.map((name) => [name, machine.nic.mtu])),
  );
  const hosts = hostRoutes(topology, routes, pool);
  const ports = topology.ports.map(({ guest, name }, port) => ({
    guest,
    interface: {
      name,
      port,
      ...pool.of(port),
      ipv4PrefixLength: pool.ipv4PrefixLength,
      ipv6PrefixLength: pool.ipv6PrefixLength,
      mtu: mtuOf.get(guest) ?? 1500,
      hosts: hosts.get(port) ?? [],
    },
  }));
  const interfaces = new Map<string, PlannedInterface[]>();
  for (const { guest, interface: own } of ports)
    interfaces.set(guest, [...(interfaces.get(guest) ?? []), own]);
  return {
    network: { switches: topology.switches, ports, pipes: topology.pipes, tables: routes.tables() },
    interfaces,
    nearest: nearestInterfaces(topology, routes),
  };
}

/** By port of a guest with several: the addresses that are nearer there than at eth0, which has the whole network. */
function hostRoutes(topology: Topology, routes: Routes, pool: AddressPool): Map<number, string[]> {
  const hosts = new Map<number, string[]>();
  for (const [guest, own] of topology.portsOf) {
    if (own.length < 2) continue;
    for (const port of own) hosts.set(port, []);
    topology.ports.forEach((other, target) => {
      if (other.guest === guest) return;
      const best = closest(own, (port) => routes.between(port, target));
      if (best === undefined || best === own[0]) return;
      const { ipv4, ipv6 } = pool.of(target);
      hosts.get(best)?.push(ipv4, ipv6);
    });
  }
  return hosts;
}

/** Which interface of guests with several another guest best speaks to, where that is not eth0. */
function nearestInterfaces(topology: Topology, routes: Routes): Map<string, Record<string, string>> {
  const nearest = new Map<string, Record<string, string>>();
  const several = [...topology.portsOf].filter(([, ports]) => ports.length > 1);
  for (const [guest, own] of topology.portsOf) {
    for (const [other, ports] of several) {
      if (other === guest) continue;
      const best = closest(ports, (target) => {
        const port = closest(own, (from) => routes.between(from, target));
        return port === undefined ? undefined : routes.between(port, target);
      });
      if (best === undefined || best === ports[0]) continue;
      const found = nearest.get(guest) ?? {};
      found[other] = topology.ports[best]?.name ?? "";
      nearest.set(guest, found);
    }
  }
  return nearest;
}

/** The first of those with the least distance. */
function closest(
  ports: readonly number[],
  distanceOf: (port: number) => ReturnType<Routes["between"]>,
): number | undefined {
  let best: { port: number; distance: NonNullable<ReturnType<Routes["between"]>> } | undefined;
  for (const port of ports) {
    const distance = distanceOf(port);
    if (distance === undefined) continue;
    if (best === undefined || compareDistances(distance, best.distance) < 0) best = { port, distance };
  }
  return best?.port;
}
