import { realpath } from "node:fs/promises";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../clock/clock.js";
import { DieCastError } from "../../errors.js";
import { type CpuBandwidth, cpuClockScale, type TurnLength } from "../../scale/cpu.js";
import type { Ratio } from "../../scale/ratio.js";
import type { GuestGroups } from "../cgroup/run_groups.js";
import type { Refaults } from "../cgroup/usage.js";
import { ownerOf } from "../state/owner.js";
import { type GuestRecord, STAGE } from "../state/records.js";
import { RunPlace } from "../state/run_place.js";
import { guestEnvironment } from "./environment.js";
import type { Guest, GuestExit, GuestOptions, GuestUsage } from "./guest.js";
import { GuestInit } from "./init.js";
import { resolveInside } from "./inside_path.js";
import { joinArguments, prepareArguments } from "./join_arguments.js";
import { JoinedProgram, type JoinPlan } from "./joined.js";
import { ProcessorShare } from "./processor_share.js";

/**
 * Makes a guest, with nothing running in it yet, and puts it on record for `diecast ps` and `diecast enter`.
 * @throws DieCastError; nothing is left then
 */
export async function createGuest(options: GuestOptions): Promise<Guest> {
  const { name, group, cpu } = options.plan;
  const place = RunPlace.use(options.runId);
  let groups: GuestGroups | undefined;
  let init: GuestInit | undefined;
  try {
    groups = place.groups.add(name, {
      bandwidth: cpu?.bandwidth,
      memoryBytes: group.machine.memoryBytes,
      processes: group.machine.processes,
    });
    init = await GuestInit.start({
      name,
      networkNamespace: options.networkNamespace,
      root: group.root === undefined ? undefined : await rootDirectory(group.root),
      etc: place.etc(options.hosts),
      filesDirectory: options.filesDirectory,
      scratchBytes: group.machine.scratchBytes,
      disks: options.disks ?? [],
      stage: STAGE,
    });
    const record: GuestRecord = {
      name,
      init: ownerOf(init.pid) ?? { pid: init.pid, startTicks: 0 },
      cgroups: groups.directories,
      user: group.user,
      workingDirectory: group.workingDirectory,
      environment: guestEnvironment(options.plan),
      limits: group.limits,
      cpuScale: quotient(cpuClockScale(options.clock.tdf, cpu?.cores)),
    };
    place.addGuest(record);
    return new LiveGuest(options, record, place, groups, init);
  } catch (cause) {
    await init?.close();
    await groups?.remove();
    place.release();
    if (cause instanceof DieCastError)
      throw new DieCastError(cause.code, `guest ${name}: ${cause.message}`, details(cause));
    throw cause;
  }
}

class LiveGuest implements Guest {
  readonly name: string;
  readonly pid: number;
  readonly ended: Promise<void>;
  readonly #options: GuestOptions;
  readonly #record: GuestRecord;
  readonly #place: RunPlace;
  readonly #groups: GuestGroups;
  readonly #share: ProcessorShare;
  readonly #init: GuestInit;
  /** All that may have processes in it. */
  readonly #running = new Set<JoinedProgram>();
  #program: JoinedProgram | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    options: GuestOptions,
    record: GuestRecord,
    place: RunPlace,
    groups: GuestGroups,
    init: GuestInit,
  ) {
    this.name = record.name;
    this.pid = init.pid;
    this.ended = init.ended;
    this.#options = options;
    this.#record = record;
    this.#place = place;
    this.#groups = groups;
    this.#share = new ProcessorShare(groups, options.plan.cpu, options.clock.tdf);
    this.#init = init;
  }

  get unifiedGroup(): string | undefined {
    return this.#groups.unified;
  }

  async prepare(command: readonly string[]): Promise<GuestExit> {
    return this.#result(this.#run(command, prepareArguments(this.#record), undefined));
  }

  remountDisks(): Promise<boolean> {
    return this.#init.remountDisks();
  }

  async start(gate = 0): Promise<void> {
    const { run } = this.#options.plan.group;
    if (run === undefined) throw new DieCastError("failed", `guest ${this.name} has no program`);
    this.#program = this.#runInTime(run, ["--gate", `${gate}`]);
    await this.#program.ready;
  }

  get programExit(): Promise<GuestExit> {
    return this.#program?.exited ?? new Promise(() => {});
  }

  async exec(command: readonly string[]): Promise<GuestExit> {
    return this.#result(this.#runInTime(command, []));
  }

  signal(signal: NodeJS.Signals): void {
    this.#program?.signal(constants.signals[signal]);
  }

  async kill(): Promise<void> {
    await this.#init.kill();
    await this.#allGone();
  }

  async stop(signal: NodeJS.Signals, graceRealMs: number): Promise<void> {
    const gone = this.#allGone();
    this.#init.signal(constants.signals[signal]);
    const patience = new AbortController();
    await Promise.race([gone, sleep(graceRealMs, undefined, { signal: patience.signal })]);
    patience.abort();
    await this.kill();
  }

  path(inGuest: string): string {
    return resolveInside(`/proc/${this.pid}/root`, inGuest);
  }

  followSpeed(factor: number, nominal: number): number {
    return this.#share.follow(factor, nominal);
  }

  takeTurns(turns: TurnLength): void {
    this.#share.takeTurns(turns);
  }

  bandwidth(): CpuBandwidth | undefined {
    return this.#share.bandwidth;
  }

  ofProcessors(): number[] | undefined {
    return this.#groups.ofProcessors();
  }

  usage(): GuestUsage {
    return this.#share.usage();
  }

  refaults(): Refaults | undefined {
    return this.#groups.refaults();
  }

  close(): Promise<void> {
    this.#closed ??= this.#takeDown();
    return this.#closed;
  }

  async #takeDown(): Promise<void> {
    await this.#init.close();
    await this.#allGone();
    this.#place.removeGuest(this.name);
    await this.#groups.remove();
    this.#place.release();
  }

  async #allGone(): Promise<void> {
    await Promise.all([...this.#running].map((program) => program.gone));
  }

  /** What it leaves running when it ends goes on, as on any machine. */
  #runInTime(command: readonly string[], further: readonly string[]): JoinedProgram {
    const { clock } = this.#options;
    const realRate = clock.tdf.num === clock.tdf.den;
    return this.#run(command, [...joinArguments(this.#record, realRate), "--linger", ...further], clock);
  }

  #run(command: readonly string[], args: readonly string[], clock: Clock | undefined): JoinedProgram {
    const { stdout, stderr } = this.#options;
    const plan: JoinPlan = { args, clock, stdout, stderr };
    const program = new JoinedProgram(command, plan);
    const detach = clock?.attach(() => program.kick());
    this.#running.add(program);
    void program.gone.then(() => {
      detach?.();
      this.#running.delete(program);
    });
    return program;
  }

  /** A command that is not there is the command's failure; what DieCast could not do is ours. */
  async #result(program: JoinedProgram): Promise<GuestExit> {
    const exit = await program.exited;
    await program.ready.catch((error: DieCastError) => {
      if (error.code === "failed") throw error;
    });
    return exit;
  }
}

function quotient({ num, den }: Ratio): string {
  return `${num}/${den}`;
}

async function rootDirectory(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    throw new DieCastError("failed", `root: ${path}: ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
}

function details(error: DieCastError): { remedy?: string; cause: unknown } {
  return { ...(error.remedy === undefined ? {} : { remedy: error.remedy }), cause: error };
}
