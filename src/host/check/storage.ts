import { type CheckItem, checkDevice } from "./item.js";

const NO_DISKS = "guests cannot have emulated disks";

/** What emulated disks are made of. */
export function checkStorage(): CheckItem[] {
  return [
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
