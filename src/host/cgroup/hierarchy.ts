import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** Where a controller is mounted and which of its groups this process is in. */
export interface Hierarchy {
  readonly version: 1 | 2;
  readonly mountPoint: string;
  /** This process's own group, as a directory below `mountPoint`. */
  readonly ownDirectory: string;
}

/** Finds the hierarchy of a controller for this process; undefined if none is mounted that could have it. */
export function findHierarchy(controller: string): Hierarchy | undefined {
  return parseHierarchy(
    controller,
    readFileSync("/proc/self/mountinfo", "utf8"),
    readFileSync("/proc/self/cgroup", "utf8"),
  );
}

/**
 * Finds the hierarchy of version 2, with controllers or, where version 1 has them all, without: sockets belong to its groups
 * in any case. undefined if it is not mounted.
 */
export function findUnified(): Hierarchy | undefined {
  return parseUnified(
    readFileSync("/proc/self/mountinfo", "utf8"),
    readFileSync("/proc/self/cgroup", "utf8"),
  );
}

/** Does the same on the text of these files. */
export function parseUnified(mountinfo: string, cgroup: string): Hierarchy | undefined {
  const group = cgroup
    .split("\n")
    .flatMap(parseGroup)
    .find(({ id }) => id === "0");
  const mount = mountinfo
    .split("\n")
    .flatMap(parseMount)
    .find(({ type }) => type === "cgroup2");
  return group === undefined || mount === undefined ? undefined : place(2, mount, group.path);
}

/**
 * Does what findHierarchy() does on the text of /proc/self/mountinfo and /proc/self/cgroup (proc(5), cgroups(7)). A controller that is
 * mounted as version 1 cannot be used by version 2 at the same time, so version 1 is looked for first.
 */
export function parseHierarchy(controller: string, mountinfo: string, cgroup: string): Hierarchy | undefined {
  const mounts = mountinfo.split("\n").flatMap(parseMount);
  const groups = cgroup.split("\n").flatMap(parseGroup);

  const v1Group = groups.find((group) => group.controllers.includes(controller));
  const v1Mount = mounts.find((mount) => mount.type === "cgroup" && mount.options.includes(controller));
  if (v1Group !== undefined && v1Mount !== undefined) return place(1, v1Mount, v1Group.path);

  return v1Group === undefined ? parseUnified(mountinfo, cgroup) : undefined;
}

interface Mount {
  root: string;
  mountPoint: string;
  type: string;
  options: string[];
}

function parseMount(line: string): Mount[] {
  const [left, right] = line.split(" - ");
  const [, , , root, mountPoint] = left?.split(" ") ?? [];
  const [type, , options] = right?.split(" ") ?? [];
  if (root === undefined || mountPoint === undefined || type === undefined) return [];
  return [
    {
      root: unescapeOctal(root),
      mountPoint: unescapeOctal(mountPoint),
      type,
      options: options?.split(",") ?? [],
    },
  ];
}

interface Group {
  id: string;
  controllers: string[];
  path: string;
}

function parseGroup(line: string): Group[] {
  const match = /^(\d+):([^:]*):(.*)$/.exec(line);
  if (match === null) return [];
  const [, id = "", controllers = "", path = ""] = match;
  return [{ id, controllers: controllers.split(","), path }];
}

// A container may see its group mounted as the root of the hierarchy. A group outside the mounted part (its path
// leads upwards) cannot be named; the mounted root is then the nearest place.
function place(version: 1 | 2, mount: Mount, path: string): Hierarchy {
  const below = relative(mount.root, path);
  const outside = below === ".." || below.startsWith("../");
  return {
    version,
    mountPoint: mount.mountPoint,
    ownDirectory: outside ? mount.mountPoint : join(mount.mountPoint, below),
  };
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
