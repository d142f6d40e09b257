import { posix, resolve } from "node:path";
import type { GuestGroup, Machine, ReadyCheck } from "../experiment.js";
import type { Path, Problems } from "../problems.js";
import type { ExperimentFile } from "../schema/file.js";
import {
  type GroupEntry,
  MACHINE_DEFAULTS,
  type MachineEntry,
  READY_DEFAULTS,
  RESTART_DEFAULTS,
  STOP_DEFAULTS,
} from "../schema/guests.js";
import { DURATION, parseQuantity, SIZE } from "../units.js";
import { resolveDisks } from "./disks.js";
import type { Names } from "./names.js";

const EXPERIMENT = "/experiment";

export function resolveGuests(
  file: ExperimentFile,
  directory: string,
  names: Names,
  problems: Problems,
  machineNames: readonly string[],
): readonly GuestGroup[] {
  const machines = new Map(
    Object.entries(file.machines).map(([name, entry]) => [
      name,
      resolveMachine(name, entry, directory, problems),
    ]),
  );
  const groups = Object.entries(file.guests).map(([name, entry]): GuestGroup => {
    const path = ["guests", name];
    return {
      name,
      count: entry.count,
      instances: names.groups.get(name) ?? [],
      machine: machineOf(entry, machines, [...path, "machine"], problems, machineNames),
      run: entry.run,
      prepare: entry.prepare,
      workingDirectory: posix.resolve(EXPERIMENT, entry.cwd),
      environment: entry.env,
      user: entry.user,
      root: entry.root === undefined ? undefined : resolve(directory, entry.root),
      limits: entry.limits as GuestGroup["limits"],
      ready: readyOf(entry, [...path, "ready"], problems),
      after: afterOf(name, entry, [...path, "after"], names, problems),
      restart: restartOf(entry),
      expectedExit: typeof entry.exit === "number" ? [entry.exit] : entry.exit,
      stop: stopOf(entry),
      collect: entry.collect,
    };
  });
  refuseCycles(groups, problems);
  return groups;
}

function resolveMachine(name: string, entry: MachineEntry, directory: string, problems: Problems): Machine {
  const most = parseQuantity(MACHINE_DEFAULTS.scratch, SIZE) ?? 0;
  if (entry.scratch !== undefined && entry.memory !== undefined && entry.scratch > entry.memory) {
    problems.note(
      ["machines", name, "scratch"],
      "expected at most the machine's memory, which it takes its room from",
    );
  }
  return {
    name,
    cores: entry.cpu,
    memoryBytes: entry.memory,
    // Half, so that a full disk is a full disk and not a lack of memory.
    scratchBytes: entry.scratch ?? Math.min(most, Math.floor((entry.memory ?? 2 * most) / 2)),
    processes: entry.processes,
    nic: { bandwidthBps: entry.nic.bandwidth, mtu: entry.nic.mtu },
    disks: resolveDisks(entry, ["machines", name, "disk"], directory, problems),
  };
}

const UNLIMITED: MachineEntry = {
  processes: MACHINE_DEFAULTS.processes,
  nic: { mtu: MACHINE_DEFAULTS.mtu },
};

function machineOf(
  entry: GroupEntry,
  machines: ReadonlyMap<string, Machine>,
  path: Path,
  problems: Problems,
  declared: readonly string[],
): Machine {
  const wanted = entry.machine ?? "default";
  const machine = machines.get(wanted);
  if (machine !== undefined) return machine;
  if (entry.machine !== undefined && !declared.includes(wanted)) {
    problems.addUnknown(path, "the name of a machine", wanted, declared);
  }
  return resolveMachine("default", UNLIMITED, "/", problems);
}

function readyOf(entry: GroupEntry, path: Path, problems: Problems): ReadyCheck | undefined {
  const { ready } = entry;
  if (ready === undefined) return undefined;
  const given = (["tcp", "command", "log"] as const).filter((kind) => ready[kind] !== undefined);
  if (given.length !== 1 && !problems.touches(path)) {
    problems.note(path, `expected one of tcp, command, log, found ${given.join(" and ") || "none"}`);
  }
  if (
    ready.interval !== undefined &&
    ready.command === undefined &&
    !problems.touches([...path, "command"])
  ) {
    problems.note([...path, "interval"], "belongs to command, which is not given", true);
  }
  if (
    entry.run === undefined &&
    ready.log !== undefined &&
    !problems.touches([...path.slice(0, -1), "run"])
  ) {
    problems.note([...path, "log"], "needs a program that writes it; run is not given", true);
  }
  const timeoutNs = ready.timeout;
  if (ready.tcp !== undefined) return { kind: "tcp", port: ready.tcp, timeoutNs };
  if (ready.log !== undefined) return { kind: "log", pattern: ready.log, timeoutNs };
  const intervalNs = ready.interval ?? duration(READY_DEFAULTS.interval);
  return ready.command && { kind: "command", command: ready.command, intervalNs, timeoutNs };
}

function afterOf(
  name: string,
  entry: GroupEntry,
  path: Path,
  names: Names,
  problems: Problems,
): readonly string[] {
  for (const other of entry.after) {
    if (other === name) problems.note(path, "expected other groups, found the group itself");
    else if (names.groups.has(other)) continue;
    else if (names.guests.has(other)) {
      problems.note(
        path,
        `expected the name of a group, found "${other}", one guest of ${names.guests.get(other)?.group}`,
      );
    } else if (!names.isDeclared(other)) {
      problems.addUnknown(path, "the name of a group", other, names.groupNames);
    }
  }
  return [...new Set(entry.after)].filter((other) => names.groups.has(other));
}

/** Groups that wait for one another would all wait for ever. */
function refuseCycles(groups: readonly GuestGroup[], problems: Problems): void {
  const after = new Map(groups.map((group) => [group.name, group.after]));
  const done = new Set<string>();
  for (const { name } of groups) {
    // Depth first, without recursion: a chain may be as long as there are groups.
    const stack: { group: string; next: number }[] = [{ group: name, next: 0 }];
    const onPath = new Set([name]);
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as { group: string; next: number };
      const other = done.has(top.group) ? undefined : after.get(top.group)?.[top.next++];
      if (other === undefined) {
        done.add(top.group);
        onPath.delete(top.group);
        stack.pop();
      } else if (onPath.has(other) && other !== top.group) {
        const chain = stack.map(({ group }) => group);
        const cycle = [...chain.slice(chain.indexOf(other)), other].join(" → ");
        problems.note(["guests", top.group, "after"], `expected no cycle, found ${cycle}`);
      } else if (!done.has(other) && !onPath.has(other)) {
        stack.push({ group: other, next: 0 });
        onPath.add(other);
      }
    }
  }
}

function restartOf({ restart }: GroupEntry): GuestGroup["restart"] {
  if (typeof restart === "object") return { when: restart.when, delayNs: restart.delay, most: restart.most };
  return { when: restart, delayNs: duration(RESTART_DEFAULTS.delay), most: RESTART_DEFAULTS.most };
}

function stopOf({ stop }: GroupEntry): GuestGroup["stop"] {
  if (typeof stop === "object") return { signal: stop.signal, graceNs: stop.grace };
  return { signal: stop, graceNs: duration(STOP_DEFAULTS.grace) };
}

function duration(text: string): number {
  return parseQuantity(text, DURATION) ?? 0;
}
