import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DieCastError } from "../../errors.js";
import type { Hierarchy } from "./hierarchy.js";

const REMEDY =
  "run as root, or in a group of your own: systemd-run --user --scope -p Delegate=yes diecast ...";

/**
 * Makes a group below this process's own cgroup, or, on version 2, below the nearest ancestor that may hand out the
 * controllers.
 * @param before called with the directory in which the group is about to be made
 * @throws DieCastError `permission`
 */
export function makeGroup(
  hierarchy: Hierarchy,
  name: string,
  controllers: readonly string[],
  purpose: string,
  before: (parent: string) => void,
): string {
  const parents = hierarchy.version === 1 ? [hierarchy.ownDirectory] : ancestors(hierarchy);
  let reason: unknown;
  for (const parent of parents) {
    try {
      if (hierarchy.version === 2) {
        offerControllers(parent, controllers);
        // A group with processes of its own cannot hand controllers to children (cgroups(7), "no internal processes"),
        // so the new group is usually a sibling of our own. To move a process there takes the right to write to the
        // common ancestor's cgroup.procs, that is, the new group's parent's.
        accessSync(join(parent, "cgroup.procs"), constants.W_OK);
      }
      before(parent);
      mkdirSync(join(parent, name));
      return join(parent, name);
    } catch (cause) {
      reason ??= cause;
    }
  }
  throw new DieCastError(
    "permission",
    `cannot make a cgroup with ${purpose} at ${hierarchy.ownDirectory}: ${reasonOf(reason)}`,
    { remedy: REMEDY, cause: reason },
  );
}

/** Lets a group's children have controllers (version 2). */
export function offerControllers(directory: string, controllers: readonly string[]): void {
  const control = join(directory, "cgroup.subtree_control");
  const offered = readFileSync(control, "utf8").split(/\s+/);
  const lacking = controllers.filter((controller) => !offered.includes(controller));
  if (lacking.length === 0) return;
  const available = readFileSync(join(directory, "cgroup.controllers"), "utf8").split(/\s+/);
  const missing = lacking.find((controller) => !available.includes(controller));
  if (missing !== undefined) {
    throw new DieCastError("unsupported", `${directory} does not have the ${missing} controller`);
  }
  writeFileSync(control, lacking.map((controller) => `+${controller}`).join(" "));
}

/** Fills a group that has just been made; removes it if that fails. */
export function fillGroup(directory: string, fill: () => void): void {
  try {
    fill();
  } catch (cause) {
    rmdirSync(directory);
    throw cause;
  }
}

/** Writes a limit. @throws DieCastError if the kernel does not have it, or refuses it */
export function writeLimit(path: string, value: string, missing: string): void {
  if (!existsSync(path)) {
    throw new DieCastError("unsupported", `${path} does not exist`, { remedy: missing });
  }
  try {
    writeFileSync(path, value);
  } catch (cause) {
    throw new DieCastError("failed", `${path}: the kernel refuses ${value}: ${reasonOf(cause)}`, {
      remedy: "a parent group may have less; its limit has to be at least this",
      cause,
    });
  }
}

function ancestors(hierarchy: Hierarchy): string[] {
  const list = [hierarchy.ownDirectory];
  for (let at = hierarchy.ownDirectory; at !== hierarchy.mountPoint && at !== dirname(at); ) {
    at = dirname(at);
    list.push(at);
  }
  return list;
}

function reasonOf(cause: unknown): string {
  if (cause instanceof DieCastError) return cause.message;
  return (cause as NodeJS.ErrnoException).code ?? String(cause);
}
