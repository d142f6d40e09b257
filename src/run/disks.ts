import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import type { Clock } from "../clock/clock.js";
import { DieCastError } from "../errors.js";
import type { DiskBackend } from "../host/disks/backend.js";
import { createBlockDisks } from "../host/disks/block.js";
import { loadDrive } from "../host/disks/drives.js";
import { keepWriteback, type Writeback } from "../host/disks/writeback.js";
import type { GuestDisk } from "../host/guests/guest.js";
import { forEach } from "../host/pool.js";
import { type PlannedDisk, plannedDisks } from "../plan/disks.js";
import type { Plan } from "../plan/plan.js";
import { toNumber } from "../scale/ratio.js";
import type { Tdf } from "../scale/tdf.js";
import type { Disk } from "../spec/experiment.js";

export interface DiskPlace {
  readonly plan: Plan;
  readonly runId: string;
  readonly clock: Clock;
  /** Their contents lie in its file system. */
  readonly directory: string;
  readonly signal: AbortSignal;
  warn(line: string): void;
  /** Told when the host could not do what was asked of a disk; once for each. */
  failed(error: DieCastError): void;
}

/** The disks of all guests, with empty file systems on them. */
export interface BuiltDisks {
  readonly backend: DiskBackend;
  ofGuest(name: string): readonly GuestDisk[];
  /** Safe to repeat. */
  close(): Promise<void>;
}

/**
 * Makes the disks of a plan; undefined if it has none. Their models are bypassed until the back end is told otherwise.
 * @throws DieCastError; nothing is left then
 */
export async function buildDisks(place: DiskPlace): Promise<BuiltDisks | undefined> {
  const planned = plannedDisks(place.plan);
  if (planned.length === 0) return undefined;
  const drives = new Map(planned.map(({ disk }) => [disk.model, loadDrive(disk.model)]));
  const backend = await createBlockDisks({
    disks: planned.map(({ name, disk }) => ({
      name,
      sizeBytes: disk.sizeBytes,
      drive: drives.get(disk.model)?.order,
    })),
    clock: place.clock,
    directory: place.directory,
    broken: (disk, message) => place.failed(new DieCastError("failed", `${planned[disk]?.name}: ${message}`)),
  });
  const { tdf } = place.plan;
  let writeback: Writeback;
  try {
    await forEach([...planned.keys()], availableParallelism(), async (i) => {
      place.signal.throwIfAborted();
      const { name, disk } = planned[i] as PlannedDisk;
      await makeFileSystem(name, disk.fileSystem, backend.devices[i] as string);
    });
    writeback = keepWriteback(place.runId, tdf);
  } catch (error) {
    await backend.close();
    throw error;
  }
  if (writeback.problem !== undefined) {
    place.warn(`the kernel writes guests' files back by a time that is not theirs: ${writeback.problem}`);
  }
  return {
    backend,
    close: async () => {
      await backend.close();
      writeback.close();
    },
    ofGuest: (guest) =>
      planned.flatMap((disk, i) =>
        disk.guest === guest ? [guestDisk(disk, backend.devices[i] as string, tdf)] : [],
      ),
  };
}

function guestDisk({ device: name, disk }: PlannedDisk, device: string, tdf: Tdf): GuestDisk {
  const { fileSystem, mount = "" } = disk;
  return {
    device,
    name,
    fileSystem: fileSystem === "none" ? "" : fileSystem,
    options: mountOptions(fileSystem, tdf),
    mount,
  };
}

// ext4 commits its journal every five seconds of the kernel's time, which is real.
const COMMIT_S = 5;

function mountOptions(fileSystem: Disk["fileSystem"], tdf: Tdf): string {
  return fileSystem === "ext4" ? `commit=${Math.max(1, Math.round(COMMIT_S * toNumber(tdf)))}` : "";
}

// All of it now, and nothing left for a thread of the kernel to do while the run measures; the file below is empty, so
// there is nothing to discard.
const MAKERS = {
  ext4: {
    command: ["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard"],
    package: "e2fsprogs",
  },
  xfs: { command: ["mkfs.xfs", "-q", "-f", "-K"], package: "xfsprogs" },
} as const;

async function makeFileSystem(name: string, fileSystem: Disk["fileSystem"], device: string): Promise<void> {
  if (fileSystem === "none") return;
  const { command, package: origin } = MAKERS[fileSystem];
  const [program, ...options] = command;
  // Where root's own programs are, even if the caller's PATH has left them out.
  const env = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
  await new Promise<void>((resolve, reject) => {
    execFile(program, [...options, device], { env }, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else if (error.code === "ENOENT") reject(missing(program, origin));
      else
        reject(new DieCastError("failed", `${name}: ${program} failed: ${stderr.trim() || error.message}`));
    });
  });
}

function missing(program: string, origin: string): DieCastError {
  return new DieCastError("unsupported", `${program} is missing, which makes the guests' file systems`, {
    remedy: `apt-get install ${origin}`,
  });
}
