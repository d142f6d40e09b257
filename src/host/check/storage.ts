import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CheckItem, checkDevice, lacking, ok, problemOf } from "./item.js";

const NO_DISKS = "guests cannot have emulated disks";

/** What guests' file systems and emulated disks are made of. */
export function checkStorage(): CheckItem[] {
  return [
    checkOverlay(),
    checkDevice(
      "FUSE",
      "/dev/fuse",
      NO_DISKS,
      "modprobe fuse; in a container: docker run --device /dev/fuse",
    ),
    checkDevice(
      "loop devices",
      "/dev/loop-control",
      NO_DISKS,
      "modprobe loop and run as root; in a container: docker run --privileged",
    ),
    checkDevice("nbd", "/dev/nbd0", "none as long as FUSE and loop devices are there", "modprobe nbd"),
  ];
}

// The trial is gone with the mount namespace it was made in.
function checkOverlay(): CheckItem {
  const target = mkdtempSync(join(tmpdir(), "diecast-check-"));
  try {
    const mount = ["mount", "-t", "overlay", "diecast", "-o", "lowerdir=/usr:/etc", target];
    const problem = problemOf("unshare", ["--mount", ...mount]);
    if (problem === null) return ok("overlay", "mounted in a namespace");
    const cost = "guests cannot have a file system of their own";
    return lacking("overlay", "missing", problem, cost, "modprobe overlay, and run as root");
  } finally {
    rmdirSync(target);
  }
}
