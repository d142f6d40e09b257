import { type ChildProcess, spawn as spawnChild } from "node:child_process";
import type { Duplex, Readable, Writable } from "node:stream";
import { DieCastError } from "../errors.js";
import { createCpuCap } from "../host/cgroup/cap.js";
import { LAUNCHER } from "../native.js";
import { cpuBandwidth } from "../scale/cpu.js";
import { Clock } from "./clock.js";
import type { ExitResult } from "./control.js";
import { launcherArguments } from "./launch.js";
import { checkCommand, checkSpawnOptions, type SpawnOptions, type SpawnPlan } from "./options.js";
import { Supervisor } from "./supervisor.js";

/** A command and all it starts, in virtual time. */
export interface DilatedProcess {
  /**
   * Its supervisor's pid: signals sent there reach the command, and SIGKILL ends the whole tree. (SIGSTOP nobody can pass
   * on: use SIGTSTP, or the command's own pid.)
   */
  readonly pid: number | undefined;
  /** The standard streams that are piped; null otherwise. */
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** The time it lives in. */
  readonly clock: Clock;
  /** The command's own pid, once it runs. Rejected like `exited` if it never does. */
  readonly started: Promise<number>;
  /** Settles when the tree is gone. Rejected with a DieCastError if the command could not be run, or was aborted. */
  readonly exited: Promise<ExitResult>;
  /** Sends the command a signal (default SIGTERM); false if it has ended. */
  kill(signal?: NodeJS.Signals): boolean;
}

// Descriptors of diecast-launch behind the standard three.
const CLOCK_FD = 3;
const CONTROL_FD = 4;

/**
 * Runs a command in dilated time. The tree ends with this process, however that ends.
 *
 *     const server = spawn("redis-server", ["--port", "7000"], { tdf: 10 });
 *     await server.clock.setRate(20);
 *     server.kill();
 *     const { code } = await server.exited;
 *
 * @throws DieCastError if an option cannot be used; what goes wrong later rejects `exited`
 */
export function spawn(command: string, args: readonly string[], options: SpawnOptions): DilatedProcess {
  checkCommand(command, args);
  const plan = checkSpawnOptions(options);
  if (plan.signal?.aborted) throw aborted(plan.signal);
  const own = "own" in plan.clock ? new Clock(plan.clock.own) : undefined;
  const clock = "shared" in plan.clock ? plan.clock.shared : (own as Clock);
  let supervisor: Supervisor;
  try {
    supervisor = start(command, args, plan, clock);
  } catch (error) {
    own?.close();
    throw error;
  }

  const detach = clock.attach(() => supervisor.kick());
  const onAbort = () => plan.signal && supervisor.fail(aborted(plan.signal));
  plan.signal?.addEventListener("abort", onAbort, { once: true });
  const exited = supervisor.exited.finally(() => {
    plan.signal?.removeEventListener("abort", onAbort);
    detach();
    own?.close();
  });
  const { child } = supervisor;
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    clock,
    get started() {
      // Whoever asks for this and is told of a failure has been told.
      supervisor.started.catch(() => exited.catch(() => {}));
      return supervisor.started;
    },
    exited,
    kill: (signal = "SIGTERM") => child.kill(signal),
  };
}

function start(command: string, args: readonly string[], plan: SpawnPlan, clock: Clock): Supervisor {
  const bandwidth = plan.cores && cpuBandwidth(plan.cores, clock.tdf, "cpu");
  const cap = bandwidth && createCpuCap(bandwidth);
  const options = launcherArguments({
    tdf: clock.tdf,
    clockFd: CLOCK_FD,
    cores: plan.cores,
    cgroupDirectories: cap?.directories ?? [],
    tsc: plan.tsc,
    fileTimes: plan.fileTimes,
    stats: plan.stats,
  });
  options.push("--control-fd", `${CONTROL_FD}`);
  let child: ChildProcess;
  try {
    child = spawnChild(LAUNCHER, [...options, "--", command, ...args], {
      cwd: plan.cwd,
      env: plan.env,
      stdio: [...plan.stdio, clock.fd, "pipe"],
    });
  } catch (cause) {
    cap?.remove();
    throw new DieCastError("failed", `cannot start diecast-launch: ${(cause as Error).message}`, { cause });
  }
  const supervisor = new Supervisor(child, child.stdio[CONTROL_FD] as Duplex);
  // A launcher that never ran cannot remove the group itself.
  child.once("error", () => cap?.remove());
  return supervisor;
}

function aborted(signal: AbortSignal): DieCastError {
  return new DieCastError("aborted", "aborted", { cause: signal.reason });
}
