import { posix, resolve } from "node:path";
import type { Disk } from "../experiment.js";
import type { Path, Problems } from "../problems.js";
import { DISK_DEFAULTS, type DiskEntry, type MachineEntry } from "../schema/guests.js";

/** sda to sdz. */
const MOST_DISKS = 26;
/** The least that the programs which make them take. */
const LEAST_BYTES = { ext4: 8 * 2 ** 20, xfs: 300 * 2 ** 20, none: 0 } as const;
/** The guest's own directories, which a disk would hide, or which are made after it. */
const TAKEN = ["/", "/dev", "/proc", "/sys", "/etc", "/experiment"];

/**
 * The disks of a machine type. Whether there is such a drive, and as large, is for loadDrives() to say.
 * @param directory what the path of a drive's description is relative to
 */
export function resolveDisks(
  { disk }: MachineEntry,
  path: Path,
  directory: string,
  problems: Problems,
): readonly Disk[] {
  if (disk === undefined) return [];
  const isList = Array.isArray(disk);
  const entries: readonly DiskEntry[] = isList ? disk : [disk];
  if (entries.length > MOST_DISKS) {
    problems.note(path, `expected at most ${MOST_DISKS} disks, found ${entries.length}`);
  }
  const places = new Set<string>();
  return entries.map((entry, i) => {
    const own = isList ? [...path, i] : path;
    const mount = mountOf(entry, own, places, problems);
    const least = LEAST_BYTES[entry.fs];
    if (entry.size < least) {
      problems.note([...own, "size"], `expected at least ${least / 2 ** 20}MiB for ${entry.fs}`);
    }
    if (entry.size % 512 !== 0) {
      problems.note([...own, "size"], `expected whole sectors of 512 B, found ${entry.size} B`);
    }
    return {
      model: entry.model.includes("/") ? resolve(directory, entry.model) : entry.model,
      sizeBytes: entry.size,
      fileSystem: entry.fs,
      mount,
    };
  });
}

function mountOf(entry: DiskEntry, path: Path, places: Set<string>, problems: Problems): string | undefined {
  const at = [...path, "mount"];
  if (entry.fs === "none") {
    if (entry.mount !== undefined) problems.note(at, "a disk without a file system cannot be mounted", true);
    return undefined;
  }
  const given = entry.mount ?? DISK_DEFAULTS.mount;
  const mount = posix.normalize(given).replace(/(?<=.)\/$/, "");
  if (!posix.isAbsolute(mount)) {
    problems.note(at, `expected an absolute path, found "${given}"`);
  } else if (TAKEN.some((taken) => mount === taken || (taken !== "/" && mount.startsWith(`${taken}/`)))) {
    problems.note(at, `expected a path that is not the guest's own ${TAKEN.join(", ")}, found "${given}"`);
  } else if (places.has(mount)) {
    problems.note(at, `expected a place of its own, found ${mount} a second time`);
  }
  places.add(mount);
  return mount;
}
