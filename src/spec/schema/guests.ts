import type { z } from "zod";
import { either, leaf, list, map, named } from "./leaf.js";
import * as v from "./values.js";

export const MACHINE_DEFAULTS = { processes: 2048, mtu: 1500, scratch: "1GiB" } as const;

/** IPv6 asks for 1280; what is above 9000 no switch of today carries. */
const mtu = v.integer("a number of bytes", 1280, 9000);

export const DISK_DEFAULTS = { fs: "ext4", mount: "/data" } as const;

const disk = map({
  model: v.text("the name of a drive, or the path of a file that describes one").meta({
    description:
      "What the drive is like: a name (`diecast disk list` shows them), or the path of a file (with a / in it) that describes one; none takes no time of its own",
    examples: ["seagate-st32171w"],
  }),
  size: v.size({ least: 2 ** 20 }).meta({
    description: "Its capacity: at most the drive's, and all disks together at most what the host has free",
    examples: ["2GiB"],
  }),
  fs: v
    .choice("ext4", "xfs", "none")
    .prefault(DISK_DEFAULTS.fs)
    .meta({ description: "The file system on it; with none it is the bare device /dev/sda, sdb, …" }),
  mount: v
    .text("an absolute path")
    .optional()
    .meta({
      description: `Where the guest finds it. Default: ${DISK_DEFAULTS.mount}`,
      examples: ["/var/lib/postgresql"],
    }),
});

const DISK = "a map of model, size, fs and mount, or a list of such maps";

const machine = map({
  cpu: v.cores.optional().meta({
    description:
      "Speed, in cores of the reference host: a guest perceives at most this much processor. Default: no limit",
    examples: [0.5],
  }),
  memory: v
    .size({ least: 2 ** 22 })
    .optional()
    .meta({
      description:
        "Most memory that the guest's processes, files in /tmp and the like take together. Default: no limit",
      examples: ["256MiB"],
    }),
  scratch: v
    .size({ least: 2 ** 20 })
    .optional()
    .meta({
      description:
        "Most that the guest may write to its file system; what it writes counts as its memory. " +
        `Default: ${MACHINE_DEFAULTS.scratch}, or half of the machine's memory if that is less`,
      examples: ["512MiB"],
    }),
  processes: v
    .integer("a number of processes and threads", 8, 4_000_000)
    .prefault(MACHINE_DEFAULTS.processes)
    .meta({
      description: "Most processes and threads at once",
      examples: [500],
    }),
  nic: map({
    bandwidth: v
      .rate()
      .optional()
      .meta({
        description: "What each of its network interfaces carries, in each direction. Default: no limit",
        examples: ["100Mbit/s"],
      }),
    mtu: mtu
      .prefault(MACHINE_DEFAULTS.mtu)
      .meta({ description: "Largest packet in bytes, without the frame's header" }),
  })
    .prefault({})
    .meta({ description: "Network interfaces", examples: [{ bandwidth: "100Mbit/s" }] }),
  disk: either(list(disk, DISK, 1), disk, DISK)
    .optional()
    .meta({
      title: "map or list of maps",
      description: "Disks that take the time of real drives, one or several. Default: none",
      examples: [{ model: "seagate-st32171w", size: "2GiB", fs: "ext4", mount: "/data" }],
    }),
});

export const machines = named(v.nodeName, machine)
  .prefault({})
  .meta({ description: "Machine types by name", examples: [{ server: { cpu: 0.5, memory: "256MiB" } }] });

const BYTE_LIMITS = ["as", "core", "data", "fsize", "memlock", "msgqueue", "rss", "stack"] as const;
const COUNT_LIMITS = ["cpu", "locks", "nice", "nofile", "nproc", "rtprio", "rttime", "sigpending"] as const;

const unlimited = leaf("unlimited", { const: "unlimited" }, (given) =>
  given === "unlimited" ? given : undefined,
);
const count = v.integer("a whole number", 0, Number.MAX_SAFE_INTEGER);
const countLimit = either(unlimited, count, 'a whole number or "unlimited"').optional();
const byteLimit = either(
  unlimited,
  either(count, v.size(), "bytes"),
  'a number of bytes, a size such as 64MiB, or "unlimited"',
).optional();

const limits = map({
  ...(Object.fromEntries(BYTE_LIMITS.map((name) => [name, byteLimit])) as Record<
    (typeof BYTE_LIMITS)[number],
    typeof byteLimit
  >),
  ...(Object.fromEntries(COUNT_LIMITS.map((name) => [name, countLimit])) as Record<
    (typeof COUNT_LIMITS)[number],
    typeof countLimit
  >),
});

export const READY_DEFAULTS = { timeout: "30s", interval: "100ms" } as const;

const ready = map({
  tcp: v.port.optional().meta({ description: "Ready when something in the guest listens on this TCP port" }),
  command: v.command
    .optional()
    .meta({ description: "Ready when this command, run in the guest, ends with 0" }),
  log: v
    .pattern("a regular expression", "any")
    .optional()
    .meta({
      description: "Ready when a line of its output matches this regular expression",
      examples: ["listening on"],
    }),
  timeout: v
    .duration({ least: 1 })
    .prefault(READY_DEFAULTS.timeout)
    .meta({ description: "How long it may take from the guest's start; later the run fails" }),
  interval: v
    .duration({ least: 1e6 })
    .optional()
    .meta({
      description: `Time between two tries of \`command\`. Default: ${READY_DEFAULTS.interval}`,
      examples: ["1s"],
    }),
});

const RESTART = ["never", "on-failure", "always"] as const;
export const RESTART_DEFAULTS = { when: "on-failure", delay: "1s", most: 10 } as const;

const restart = either(
  map({
    when: v
      .choice(...RESTART)
      .prefault(RESTART_DEFAULTS.when)
      .meta({ description: "After which ends" }),
    delay: v.duration().prefault(RESTART_DEFAULTS.delay).meta({ description: "Time between end and start" }),
    most: v
      .integer("a number of restarts", 0, 1_000_000)
      .prefault(RESTART_DEFAULTS.most)
      .meta({ description: "Restarts after which the guest is left as it is" }),
  }),
  v.choice(...RESTART),
  "never, on-failure or always, or a map of when, delay and most",
);

export const STOP_DEFAULTS = { signal: "SIGTERM", grace: "2s" } as const;

const stop = either(
  map({
    signal: v.signal.prefault(STOP_DEFAULTS.signal).meta({ description: "What asks the program to end" }),
    grace: v.duration().prefault(STOP_DEFAULTS.grace).meta({ description: "After it the program is killed" }),
  }),
  v.signal,
  "a signal's name, or a map of signal and grace",
);

const exitCode = v.integer("an exit code", 0, 255);
const path = v.text("a path");

const PREPARE = "a command's text, or a list of commands (each a text or a list)";

const group = map({
  machine: v.reference.optional().meta({
    description:
      "Machine type. Default: the one named `default` if there is one, else a machine without limits",
    examples: ["server"],
  }),
  count: v
    .integer("a number of guests", 1, 10_000)
    .prefault(1)
    .meta({
      description: "How many; with more than one they are named NAME-1, NAME-2, …",
      examples: [8],
    }),
  run: v.command.optional().meta({
    description:
      "The program: a list of arguments, or a text that `sh -c` runs. Default: none, the machine is just there",
    examples: [["node", "server.mjs"]],
  }),
  prepare: either(
    list(v.command, PREPARE),
    v.text(PREPARE).transform((given) => [["sh", "-c", given]]),
    PREPARE,
  )
    .prefault([])
    .meta({
      title: "list of commands or a text",
      description:
        "Commands that are run in each guest before the run, in real time and without the machine's limits",
      examples: [["./make-data 1000"]],
    }),
  cwd: path.prefault("/experiment").meta({
    description: "Working directory; a relative one begins at /experiment, where the experiment's files are",
    examples: ["data"],
  }),
  env: named(v.environmentName, v.environmentValue)
    .prefault({})
    .meta({
      description: "Environment variables",
      examples: [{ LOG_LEVEL: "info" }],
    }),
  user: either(v.text("a user"), v.integer("a user id", 0, 2 ** 32 - 2), "a user's name or number")
    .prefault("root")
    .transform(String)
    .meta({
      title: "name or number",
      description: "User to run as, by name or number",
      examples: ["nobody"],
    }),
  root: path.optional().meta({
    description: "Folder to use as the root file system. Default: a private view of the host's own",
    examples: ["rootfs"],
  }),
  limits: limits.prefault({}).meta({
    description: `Resource limits as of setrlimit(2): ${[...BYTE_LIMITS, ...COUNT_LIMITS].sort().join(", ")}`,
    examples: [{ nofile: 4096, stack: "8MiB", core: "unlimited" }],
  }),
  ready: ready.optional().meta({
    description: "How to tell that it is ready: one of tcp, command, log. Default: as soon as it is started",
    examples: [{ tcp: 8080 }],
  }),
  after: v.references.default([]).meta({
    description:
      "Groups all of whose guests must be ready before these start. Guests that wait for the same ones start at one virtual instant",
    examples: [["web"]],
  }),
  restart: restart.prefault("never").meta({
    description: "What to do when the program ends: never, on-failure or always start it again",
    examples: ["on-failure", { when: "always", delay: "100ms" }],
  }),
  exit: either(
    list(exitCode, "an exit code or a list of them", 1),
    exitCode,
    "an exit code or a list of them",
  )
    .optional()
    .meta({
      title: "exit code or list of them",
      description: "Exit codes with which the program may end. Default: it is to run until it is stopped",
      examples: [0],
    }),
  stop: stop.prefault(STOP_DEFAULTS.signal).meta({
    description: "How it is stopped at the end",
    examples: ["SIGINT", { signal: "SIGINT", grace: "10s" }],
  }),
  collect: list(path, "a list of paths")
    .prefault([])
    .meta({
      description: "Files to keep after the run; relative ones begin at `cwd`",
      examples: [["latencies.csv"]],
    }),
});

export const guests = named(v.nodeName, group)
  .refine((given) => Object.keys(given).length > 0, { error: () => "at least one guest" })
  .meta({
    description: "Groups of guests by name",
    examples: [{ web: { machine: "server", run: ["node", "server.mjs"], ready: { tcp: 8080 } } }],
  });

export type MachineEntry = z.output<typeof machine>;
export type DiskEntry = z.output<typeof disk>;
export type GroupEntry = z.output<typeof group>;
