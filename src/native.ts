import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { DieCastError } from "./errors.js";

/** The addon, native/addon. Its functions do not check their arguments any further. */
export interface Native {
  TimePage: new (
    tdfNum: bigint,
    tdfDen: bigint,
    startNs: bigint | undefined,
    frozen: boolean,
  ) => NativeTimePage;
  /**
   * Becomes another program: `path` with `args` (from argv[0] on) and behind them the last `words` arguments of this
   * process, byte for byte; standard input, output, error and `descriptors` stay open, but for those in `closed`.
   * Returns only by throwing.
   */
  replaceProcess(
    path: string,
    args: readonly string[],
    words: number,
    descriptors: readonly number[],
    closed: readonly number[],
  ): never;
  probeKernel(): KernelProbe;
  /** Runs a fixed loop for about 20 ms; returns its steps per second of processor time. */
  coreSpeed(): number;
  /** Attaches a BPF program to a cgroup of version 2. Throws the kernel's answer. */
  SocketTimers: new (
    cgroup: string,
    initialTimeoutRealNs: bigint,
    delayedAckRealNs: bigint | undefined,
  ) => NativeSocketTimers;
  /** Has a BPF program count in cgroups of version 2. Throws the kernel's answer. */
  RestCounter: new (
    groups: readonly string[],
  ) => NativeRestCounter;
  /**
   * Runs requests through a disk model (native/disk). `description` is describe()'s; times are arrivals, or if `closed`
   * how long after the completion of the one before each arrives; kinds are those of native/disk/model.h, 16 more for a
   * write that is to be on the medium. Throws a plain Error for what the model refuses.
   */
  replayDisk(
    description: string,
    scheduler: string | undefined,
    timesNs: BigInt64Array,
    lbns: BigInt64Array,
    blocks: Uint32Array,
    kinds: Uint8Array,
    closed: boolean,
  ): NativeReplay;
  describeDisk(description: string): { capacityBlocks: bigint; queueDepth: number };
}

/** By request. `media` has four times each: seek, latency, transfer, and the point in time when it was done. */
export interface NativeReplay {
  readonly startNs: BigInt64Array;
  readonly completionNs: BigInt64Array;
  readonly outcomes: Uint8Array;
  /** -1: the medium was not touched. */
  readonly seekCylinders: Int32Array;
  readonly media: BigInt64Array;
}

/** native/tcp/socket_timers.h. In force until it is closed or collected as garbage, or this process ends. */
export interface NativeSocketTimers {
  close(): void;
}

/** native/rests/rest_counter.h. Counts until it is closed or collected as garbage, or this process ends. */
export interface NativeRestCounter {
  /** Of one of the groups, for each class of rest the four numbers of native/rests/rest_counter.h. */
  read(group: number): BigUint64Array;
  close(): void;
}

/** native/clock/time_page.h */
export interface NativeTimePage {
  readonly fd: number;
  readonly frozen: boolean;
  now(): { realNs: bigint; virtualNs: bigint; virtualWallNs: bigint };
  setRate(tdfNum: bigint, tdfDen: bigint): void;
  freeze(): void;
  resume(): void;
  /** Lets programs begin that wait at gates up to this number. Gates stay open. */
  openGates(number: number): void;
  /** While set, guests' calls on kernel timers wait. */
  setRearming(on: boolean): void;
  close(): void;
}

/** native/clock/kernel_probe.h: for each feature null if it works, else what was tried and the kernel's answer. */
export type KernelProbe = Record<
  | "seccompTrap"
  | "seccompNotify"
  | "notifyContinue"
  | "notifyAddFd"
  | "notifyAddFdSend"
  | "ptrace"
  | "vdso"
  | "epollPwait2"
  | "pidfdGetfd",
  string | null
>;

const BUILD = new URL("../../build/", import.meta.url);

/** The executable that puts a command into dilated time (native/launch). */
export const LAUNCHER = fileURLToPath(new URL("diecast-launch", BUILD));

/** The executable that emulates links (native/net). */
export const LINK_CORE = fileURLToPath(new URL("diecast-net", BUILD));

/** The executable that serves guests' disks (native/block). */
export const BLOCK_SERVER = fileURLToPath(new URL("diecast-block", BUILD));

/** The executable that keeps processors awake (native/awake). */
export const AWAKE = fileURLToPath(new URL("diecast-awake", BUILD));

/** The executable that tells how long guests wait for processors (native/pulse). */
export const PULSE = fileURLToPath(new URL("diecast-pulse", BUILD));

/** The executable that has the kernel look at guests' quotas of processor time (native/tick). */
export const TICK = fileURLToPath(new URL("diecast-tick", BUILD));

let loaded: Native | undefined;

/**
 * Loads the addon.
 * @throws DieCastError `unsupported` on another platform, `not-built` when the addon is missing or does not load
 */
export function loadNative(): Native {
  if (loaded !== undefined) return loaded;
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new DieCastError(
      "unsupported",
      `DieCast runs on 64-bit x86 Linux only; this is ${process.platform} on ${process.arch}`,
    );
  }
  const path = fileURLToPath(new URL("diecast.node", BUILD));
  try {
    loaded = createRequire(import.meta.url)(path) as Native;
    return loaded;
  } catch (cause) {
    throw new DieCastError("not-built", whyNotLoaded(path, cause), {
      remedy: "build it on this machine (a C++ compiler and cmake are needed): npm run build",
      cause,
    });
  }
}

function whyNotLoaded(path: string, cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "MODULE_NOT_FOUND") return `${path} is missing`;
  return `${path} does not load: ${message.split("\n")[0]}`;
}
