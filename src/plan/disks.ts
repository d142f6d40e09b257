import type { Disk, GuestGroup } from "../spec/experiment.js";
import type { Plan } from "./plan.js";

export interface PlannedDisk {
  /** "db-1:/data", or "db-1:sda" for a bare device. */
  readonly name: string;
  readonly guest: string;
  readonly group: GuestGroup;
  /** In the guest's /dev. */
  readonly device: string;
  readonly disk: Disk;
}

/** All disks of a plan, in the order of the guests. */
export function plannedDisks({ guests }: Pick<Plan, "guests">): readonly PlannedDisk[] {
  return guests.flatMap(({ name: guest, group }) =>
    group.machine.disks.map((disk, i): PlannedDisk => {
      const device = `sd${String.fromCharCode("a".charCodeAt(0) + i)}`;
      return { name: `${guest}:${disk.mount ?? device}`, guest, group, device, disk };
    }),
  );
}
