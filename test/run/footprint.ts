import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { processes } from "../launch/tree.js";

/** The processes of a run and the network namespaces they are in, as a kill -9 finds them. */
export class Footprint {
  readonly #processes: ReadonlyMap<number, string>;
  readonly #namespaces: ReadonlySet<string>;

  /** @param pid diecast's */
  constructor(pid: number) {
    const all = processes();
    const family = new Set([pid]);
    // Parents come before their children only by chance: pids wrap.
    for (let before = -1; before !== family.size; ) {
      before = family.size;
      for (const process of all) if (family.has(process.parent)) family.add(process.pid);
    }
    const host = namespaceOf(process.pid);
    this.#namespaces = new Set(
      [...family].map(namespaceOf).filter((name): name is string => name !== undefined && name !== host),
    );
    const members = all.map((process) => process.pid).filter((one) => family.has(one) || this.#isInside(one));
    this.#processes = new Map(members.map((one) => [one, startOf(one) ?? ""]));
  }

  get namespaces(): number {
    return this.#namespaces.size;
  }

  /** What is left of it, as text for a message; empty when all is gone. */
  left(): string {
    return processes()
      .filter(({ pid }) => this.#isInside(pid) || this.#isSame(pid))
      .map(({ pid, state, commandLine }) => `${pid} ${state} ${commandLine}`)
      .join("\n");
  }

  #isInside(pid: number): boolean {
    const name = namespaceOf(pid);
    return name !== undefined && this.#namespaces.has(name);
  }

  #isSame(pid: number): boolean {
    return this.#processes.has(pid) && this.#processes.get(pid) === startOf(pid);
  }
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

// Field 22 of /proc/PID/stat: what tells two processes of one pid apart.
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** What a run makes on the host that no process holds: lines that name it. */
export function hostTraces(runId: string): string[] {
  const groups = ["/sys/fs/cgroup", ...list("/sys/fs/cgroup").map((name) => `/sys/fs/cgroup/${name}`)];
  return [...groups, "/run/diecast"].flatMap((folder) =>
    list(folder)
      .filter((name) => name.includes(runId))
      .map((name) => `${folder}/${name}`),
  );
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Loop devices in use over a file that is mounted nowhere: guests' disks, of any run. */
export function diskDevices(): string[] {
  return list("/sys/block").filter((name) => {
    try {
      return readFileSync(`/sys/block/${name}/loop/backing_file`, "utf8").trim() === "/";
    } catch {
      return false;
    }
  });
}

/** When the host writes back what nobody has forced out, which runs with disks change: in hundredths of a second. */
export function writebackTime(): number {
  return Number(readFileSync("/proc/sys/vm/dirty_expire_centisecs", "utf8"));
}
