import type { Clock } from "../../clock/clock.js";
import type { PlannedGuest } from "../../plan/plan.js";
import type { CpuBandwidth, TurnLength } from "../../scale/cpu.js";
import type { GroupUsage, Refaults } from "../cgroup/usage.js";

/** What a guest is started from. */
export interface GuestOptions {
  readonly plan: PlannedGuest;
  readonly clock: Clock;
  /** From LinkBackend.namespacePath(). */
  readonly networkNamespace: string;
  /** The experiment's files on the host; the guest has a private, writable view of them at /experiment. */
  readonly filesDirectory: string;
  /** The text of /etc/hosts. */
  readonly hosts: string;
  /** Files on the host that take its output; they are appended to. */
  readonly stdout: string;
  readonly stderr: string;
  readonly disks?: readonly GuestDisk[];
  /** The run's name for cgroups and such. */
  readonly runId: string;
}

/** A block device of the host that a guest has as a disk. */
export interface GuestDisk {
  readonly device: string;
  /** In the guest's /dev: sda. */
  readonly name: string;
  /** As mount(2) has it; empty: a bare device. */
  readonly fileSystem: string;
  /** As mount(8) has them behind -o. */
  readonly options: string;
  /** An absolute path in the guest. */
  readonly mount: string;
}

/** How a guest's program ended. */
export interface GuestExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why there was no program at all; the code is then 125, 126 or 127. */
  readonly notRun?: string;
}

/** What a guest has used so far. */
export interface GuestUsage extends GroupUsage {
  /** `cpuRealNs`, and where its share follows the speed of the host's cores, what it would have been, had that been as asked for. */
  readonly cpuNominalNs: number;
}

/**
 * A machine of the model: namespaces, cgroup and file system, with one program (and what it starts) in dilated time. It
 * is gone when this process is, however that ends.
 */
export interface Guest {
  readonly name: string;
  /** Host pid of the guest's init; its namespaces and files are reached through /proc/PID. */
  readonly pid: number;
  /** Its cgroup of version 2; undefined where the host has none. */
  readonly unifiedGroup: string | undefined;
  /** Runs a command in it, undilated and uncapped, output appended to its files. Resolves with how it ended. */
  prepare(command: readonly string[]): Promise<GuestExit>;
  /**
   * Makes its disks' contents leave memory, as a restart of the machine would.
   * @returns whether none was in use: those that are have been written back, but stay in memory
   */
  remountDisks(): Promise<boolean>;
  /**
   * Starts the program, or starts it again after its end. While the clock is frozen it waits just before its exec, and until
   * Clock.openGates() has opened its gate; 0: the gate that is open all the time.
   */
  start(gate?: number): Promise<void>;
  /** Settles when the program (not the guest) ends; a new promise after each start(). */
  readonly programExit: Promise<GuestExit>;
  /** Runs a command in it, in its time and under its limits. */
  exec(command: readonly string[]): Promise<GuestExit>;
  /** Sends the program a signal. */
  signal(signal: NodeJS.Signals): void;
  /** Pulls the plug: every process in it is killed at once; the guest stays. */
  kill(): Promise<void>;
  /** Asks what runs in it to end, and kills what has not after the grace (real). Its files can still be read. */
  stop(signal: NodeJS.Signals, graceRealMs: number): Promise<void>;
  /** The host path of a file in the guest, valid until close(). */
  path(inGuest: string): string;
  /**
   * Gives it `factor` times its share of processors from now on.
   * @param nominal as how much of a nominal share that is to count in usage()
   * @returns the factor that it really has: one thread has one processor at most, and the kernel gives no less than 1 ms a second
   */
  followSpeed(factor: number, nominal: number): number;
  /** Has its share of processors in turns of that length from now on. */
  takeTurns(turns: TurnLength): void;
  /** Its limit at present; undefined: none. */
  bandwidth(): CpuBandwidth | undefined;
  /** Processor time so far on each of the host's processors, by number, real ns; undefined where the kernel does not tell. */
  ofProcessors(): readonly number[] | undefined;
  usage(): GuestUsage;
  /** What it had to read again; undefined where the kernel does not tell. */
  refaults(): Refaults | undefined;
  /** Rejected if the guest breaks down (out of its control, not its program's end). */
  readonly ended: Promise<void>;
  /** Takes it down: processes, namespaces, cgroup. Safe to repeat. */
  close(): Promise<void>;
}
