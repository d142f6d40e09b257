import type { Cores, CpuBandwidth } from "../scale/cpu.js";
import type { Tdf } from "../scale/tdf.js";
import type { Experiment, GuestGroup, PipeParameters } from "../spec/experiment.js";

/** An experiment laid out on one host at one TDF: everything that a run sets up, decided. */
export interface Plan {
  readonly experiment: Experiment;
  readonly tdf: Tdf;
  readonly seed: number;
  readonly guests: readonly PlannedGuest[];
  readonly network: PlannedNetwork;
}

export interface PlannedGuest {
  readonly name: string;
  readonly group: GuestGroup;
  /** 1 to the group's count. */
  readonly index: number;
  /** `cores` are this host's: those of the machine type, times what the reference host's core is to this one's. */
  readonly cpu: { readonly cores: Cores; readonly bandwidth: CpuBandwidth } | undefined;
  readonly interfaces: readonly PlannedInterface[];
  /** Guests that are nearer, or can only be reached, at another interface of theirs than their eth0, with its name. */
  readonly nearest: Readonly<Record<string, string>>;
  /** DIECAST_GUEST and the like with the group's own; PATH and HOME are the host's business. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A guest's end of a link. */
export interface PlannedInterface {
  /** eth0, eth1, … in the order of the links in the file. */
  readonly name: string;
  /** Its number among all ports of the network, from 0. */
  readonly port: number;
  readonly mac: string;
  readonly ipv4: string;
  readonly ipv4PrefixLength: number;
  readonly ipv6: string;
  readonly ipv6PrefixLength: number;
  readonly mtu: number;
  /** Addresses of others that are reached through this interface though another has the whole network on it. */
  readonly hosts: readonly string[];
}

/** Switches and ports joined by pipes. Numbers count from 0 in each list. */
export interface PlannedNetwork {
  readonly switches: readonly string[];
  readonly ports: readonly PlannedPort[];
  readonly pipes: readonly PlannedPipe[];
  /** For each switch, by its number: the pipes out of it with the ports they lead to (shortest latency). */
  readonly tables: readonly (readonly SwitchRoute[])[];
}

interface PlannedPort {
  readonly guest: string;
  readonly interface: PlannedInterface;
}

export type End = { readonly port: number } | { readonly switch: number };

export interface PlannedPipe {
  /** "client-3>edge" */
  readonly name: string;
  readonly link: string;
  readonly direction: "forward" | "reverse";
  readonly from: End;
  readonly to: End;
  /** The pipe of the same link in the other direction. */
  readonly opposite: number;
  readonly parameters: PipeParameters;
}

export interface SwitchRoute {
  readonly pipe: number;
  readonly ports: readonly number[];
}
