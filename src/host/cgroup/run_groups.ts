import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DieCastError } from "../../errors.js";
import type { CpuBandwidth } from "../../scale/cpu.js";
import { limitBandwidth } from "./bandwidth.js";
import { findHierarchy, findUnified, type Hierarchy } from "./hierarchy.js";
import { fillGroup, makeGroup, offerControllers, writeLimit } from "./place.js";
import { type GroupUsage, type Refaults, UsageReader } from "./usage.js";

/** What a guest may use at most. */
export interface GuestLimits {
  /** undefined: no cap. */
  readonly bandwidth: CpuBandwidth | undefined;
  /** Without swap beside it. undefined: no limit. */
  readonly memoryBytes: number | undefined;
  readonly processes: number;
}

/** A run's or a guest's group in one hierarchy, which may have several of our controllers. */
export interface Group {
  readonly version: 1 | 2;
  readonly directory: string;
  readonly controllers: readonly string[];
}

export const RUN_PREFIX = "diecast-run-";
export const IDLE_PREFIX = "diecast-idle-";

// Accounting of processor time is part of every group on version 2.
const CONTROLLERS = ["cpu", "cpuacct", "memory", "pids"];
const PATIENCE_MS = 2000;
// A run's guests have caps of their own; what they may use, they are to get, whatever else the host does. As eight of
// the host's other groups or processes: enough for that, and the host stays usable if guests have no caps.
const PRECEDENCE = 8;

/** The cgroups of one run: a parent in each hierarchy, and below it one group for each guest. Owns them. */
export class RunGroups {
  readonly #parents: readonly Group[];
  readonly #runId: string;
  readonly #announce: (directory: string) => void;
  /** Why there is no group that the guests' sockets belong to. */
  readonly #noSockets: string | undefined;

  /**
   * @param announce told of each group that is no guest's before it is made, for whoever cleans up after a death
   * @throws DieCastError `permission`; nothing is left then
   */
  constructor(runId: string, announce: (directory: string) => void) {
    const parents: Group[] = [];
    this.#parents = parents;
    this.#runId = runId;
    this.#announce = announce;
    const make = ({ hierarchy, controllers }: Place, purpose: string) => {
      const name = `${RUN_PREFIX}${runId}`;
      const offered = hierarchy.version === 1 ? [] : controllers;
      const directory = makeGroup(hierarchy, name, offered, purpose, (parent) =>
        announce(join(parent, name)),
      );
      parents.push({ version: hierarchy.version, directory, controllers });
      if (controllers.includes("cpu")) takePrecedence(directory, hierarchy.version);
      if (hierarchy.version === 2) offerControllers(directory, controllers);
    };
    try {
      for (const place of places()) {
        if (place.controllers.length > 0) make(place, "the limits of guests");
        else this.#noSockets = reasonOf(() => make(place, "guests' sockets"));
      }
    } catch (error) {
      for (const parent of parents) rmdirSync(parent.directory);
      throw error;
    }
    if (!parents.some(({ version }) => version === 2)) {
      this.#noSockets ??= "no cgroup hierarchy of version 2 is mounted";
    }
  }

  /**
   * The group that all sockets of the run's guests belong to, or one below it.
   * @throws DieCastError `unsupported` where version 2 is not mounted, or cannot be used
   */
  get socketDirectory(): string {
    const group = this.#parents.find(({ version }) => version === 2);
    if (group !== undefined) return group.directory;
    throw new DieCastError("unsupported", this.#noSockets ?? "there is no group of version 2", {
      remedy: "mount it: mount -t cgroup2 none /sys/fs/cgroup/unified",
    });
  }

  /** @throws DieCastError `unsupported` or `failed`; nothing is left then */
  add(guest: string, limits: GuestLimits): GuestGroups {
    this.#require("pids");
    if (limits.bandwidth !== undefined) this.#require("cpu");
    if (limits.memoryBytes !== undefined) this.#require("memory");
    // A guest may be called `tasks`, as a file of each group is.
    return this.#make(`guest-${guest}`, (group) => limitGroup(group, limits));
  }

  /** Groups beside the guests', without limits, for a process of ours that is to be scheduled as theirs are. */
  addOwn(name: string): GuestGroups {
    return this.#make(`own-${name}`, () => {});
  }

  /**
   * A group for what is to run only when nothing else wants to. At the top of the hierarchy: it gives way to those beside it and all below
   * them, which further down were the guests alone.
   * @returns undefined where it cannot be had: before Linux 5.15, or by who may not make it there
   */
  addIdle(): GuestGroups | undefined {
    const hierarchy = findHierarchy("cpu");
    if (hierarchy === undefined) return undefined;
    const { version, mountPoint } = hierarchy;
    const directory = join(mountPoint, `${IDLE_PREFIX}${this.#runId}`);
    try {
      if (version === 2) offerControllers(mountPoint, ["cpu"]);
      this.#announce(directory);
      mkdirSync(directory);
      fillGroup(directory, () => writeLimit(join(directory, "cpu.idle"), "1", ""));
    } catch {
      return undefined;
    }
    return new GuestGroups([{ version, directory, controllers: ["cpu"] }]);
  }

  #make(name: string, limit: (group: Group) => void): GuestGroups {
    const groups: Group[] = [];
    try {
      for (const parent of this.#parents) {
        const directory = join(parent.directory, name);
        mkdirSync(directory);
        fillGroup(directory, () => limit({ ...parent, directory }));
        groups.push({ ...parent, directory });
      }
    } catch (error) {
      for (const group of groups) rmdirSync(group.directory);
      throw error;
    }
    return new GuestGroups(groups);
  }

  /** Removes the parents; the guests' groups must be gone. */
  remove(): void {
    for (const { directory } of this.#parents) removeGroupTree(directory);
  }

  #require(controller: string): void {
    if (this.#parents.some(({ controllers }) => controllers.includes(controller))) return;
    throw new DieCastError(
      "unsupported",
      `no cgroup hierarchy with the ${controller} controller is mounted`,
      {
        remedy: "mount one: mount -t cgroup2 none /sys/fs/cgroup",
      },
    );
  }
}

/** The groups of one guest. */
export class GuestGroups {
  readonly #groups: readonly Group[];
  readonly #usage: UsageReader;

  constructor(groups: readonly Group[]) {
    this.#groups = groups;
    this.#usage = new UsageReader(groups);
  }

  /** What a process of the guest joins. */
  get directories(): string[] {
    return this.#groups.map(({ directory }) => directory);
  }

  /** The one of version 2, if it has one. */
  get unified(): string | undefined {
    return this.#groups.find(({ version }) => version === 2)?.directory;
  }

  /**
   * Changes the limit on its processor time. What it has used of the present period's quota it has once more.
   * @throws DieCastError
   */
  limitProcessors(bandwidth: CpuBandwidth): void {
    for (const { directory, version, controllers } of this.#groups)
      if (controllers.includes("cpu")) limitBandwidth(directory, version, bandwidth);
  }

  usage(): GroupUsage {
    return this.#usage.read();
  }

  refaults(): Refaults | undefined {
    return this.#usage.refaults();
  }

  ofProcessors(): number[] | undefined {
    return this.#usage.ofProcessors();
  }

  /** The kernel lets go of the last process a moment after it has been waited for. */
  async remove(): Promise<void> {
    const end = Date.now() + PATIENCE_MS;
    for (const { directory } of this.#groups) {
      while (!removeGroupTree(directory) && Date.now() < end) await sleep(2);
    }
  }
}

/**
 * Removes a group and what guests may have made below it; false if something is still in use.
 */
export function removeGroupTree(directory: string): boolean {
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory() && !removeGroupTree(join(directory, entry.name))) return false;
    }
    rmdirSync(directory);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** A hierarchy that runs have groups in, and which of our controllers it has. */
interface Place {
  readonly hierarchy: Hierarchy;
  readonly controllers: readonly string[];
}

/**
 * Where runs have groups: in the hierarchies of our controllers, and in that of version 2 even if it has none of them, since
 * sockets belong to its groups.
 */
export function places(): Place[] {
  const found = new Map<string, { hierarchy: Hierarchy; controllers: string[] }>();
  for (const controller of CONTROLLERS) {
    const hierarchy = findHierarchy(controller);
    if (hierarchy === undefined || (controller === "cpuacct" && hierarchy.version === 2)) continue;
    const place = found.get(hierarchy.mountPoint) ?? { hierarchy, controllers: [] };
    place.controllers.push(controller);
    found.set(hierarchy.mountPoint, place);
  }
  const unified = findUnified();
  if (unified !== undefined && !found.has(unified.mountPoint)) {
    found.set(unified.mountPoint, { hierarchy: unified, controllers: [] });
  }
  return [...found.values()];
}

/** Does something that a run can do without; returns why it did not work, if it did not. */
function reasonOf(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof DieCastError) return error.message;
    throw error;
  }
}

function takePrecedence(directory: string, version: 1 | 2): void {
  const usual = version === 1 ? 1024 : 100;
  const file = join(directory, version === 1 ? "cpu.shares" : "cpu.weight");
  // A kernel without group scheduling has neither, and no caps.
  if (existsSync(file)) writeFileSync(file, `${PRECEDENCE * usual}`);
}

function limitGroup({ directory, version, controllers }: Group, limits: GuestLimits): void {
  const set = (file: string, value: string | number) =>
    writeLimit(join(directory, file), `${value}`, "use a kernel with this controller built in");
  const { bandwidth, memoryBytes, processes } = limits;
  if (controllers.includes("cpu") && bandwidth !== undefined) limitBandwidth(directory, version, bandwidth);
  if (controllers.includes("pids")) set("pids.max", processes);
  if (!controllers.includes("memory") || memoryBytes === undefined) return;
  set(version === 1 ? "memory.limit_in_bytes" : "memory.max", memoryBytes);
  // A machine that begins to swap is another experiment. Kernels without swap accounting lack the file.
  const [file, value] =
    version === 1
      ? (["memory.memsw.limit_in_bytes", memoryBytes] as const)
      : (["memory.swap.max", 0] as const);
  try {
    set(file, value);
  } catch (error) {
    if (!(error instanceof DieCastError && error.code === "unsupported")) throw error;
  }
}
