import { mkdirSync, writeFileSync } from "node:fs";
import { Clock } from "../clock/clock.js";
import { DieCastError } from "../errors.js";
import { type Awake, keepAwake } from "../host/awake.js";
import type { DiskBackend } from "../host/disks/backend.js";
import { createGuest } from "../host/guests/create.js";
import type { Guest } from "../host/guests/guest.js";
import type { Helper } from "../host/helper.js";
import type { LinkBackend } from "../host/links/backend.js";
import { createLinks, type LinkChoice } from "../host/links/choose.js";
import { forEach } from "../host/pool.js";
import { type Pulse, type PulseReading, startPulse } from "../host/pulse.js";
import { startQuotaTick } from "../host/quota_tick.js";
import { keepNeighbours, type Neighbours } from "../host/state/neighbours.js";
import { type RunRegistration, registerRun } from "../host/state/register.js";
import { type KernelTimers, keepTimers } from "../host/tcp/tcp_timers.js";
import { type HostReading, readHost } from "../metrics/host_usage.js";
import { hostsFile } from "../plan/hosts.js";
import type { Plan, PlannedGuest } from "../plan/plan.js";
import { USUAL_PAGES } from "../scale/cold_caches.js";
import { formatRatio, toNumber } from "../scale/ratio.js";
import type { RunDirectory } from "./directory.js";
import { type BuiltDisks, buildDisks } from "./disks.js";
import { Footprints } from "./footprints.js";
import { GuestRests } from "./guest_rests.js";
import { SteadyCores, type SteadyCoresOptions, type SteadyReading } from "./steady_cores.js";
import { TurnLengths } from "./turn_lengths.js";

/** Guests that are built at the same time: beyond the processors there is only more waiting. */
const BUILDERS = 8;

/** What a model is built from. */
export interface ModelOptions {
  readonly plan: Plan;
  readonly directory: RunDirectory;
  /** The run's name for the host: cgroups, `diecast ps`. */
  readonly id: string;
  /** What emulates the links. */
  readonly links: LinkChoice;
  /** Let the host's processors sleep. */
  readonly allowIdle: boolean;
  /** How fast guests' cores are to be; undefined: as fast as the host's. */
  readonly steadyCores: Pick<SteadyCoresOptions, "stepsPerSecond" | "dividedBy"> | undefined;
}

/** Is told what happens to a model. */
export interface ModelListener {
  /** How many guests there are so far. */
  built(count: number): void;
  /** What goes wrong without ending the run. */
  warn(line: string): void;
  /** The host could not do what was asked of a guest's disk. */
  diskFailed(error: DieCastError): void;
}

/** The scale model: clock, links and guests of one run. Owns them; close() takes everything down. */
export class Model {
  readonly plan: Plan;
  readonly clock: Clock;
  /** Kernel timers of guests that stay real, each with the reason. */
  unscaledTimers: readonly string[] = [];
  /** Resolved for good only by close(); rejected when a part that should stay has gone. */
  readonly broken: Promise<never>;
  readonly #directory: RunDirectory;
  readonly #registration: RunRegistration;
  readonly #guests = new Map<string, Guest>();
  #timers: KernelTimers | undefined;
  #neighbours: Neighbours | undefined;
  #links: LinkBackend | undefined;
  #disks: BuiltDisks | undefined;
  #awake: Awake | undefined;
  #pulse: Pulse | undefined;
  #tick: Helper | undefined;
  #turns: TurnLengths | undefined;
  #rests: GuestRests | undefined;
  #footprints: Footprints | undefined;
  #steady: SteadyCores | undefined;
  #closing = false;
  #reportBroken!: (error: unknown) => void;

  private constructor(plan: Plan, clock: Clock, directory: RunDirectory, registration: RunRegistration) {
    this.plan = plan;
    this.clock = clock;
    this.#directory = directory;
    this.#registration = registration;
    this.broken = new Promise((_, reject) => {
      this.#reportBroken = reject;
    });
    this.broken.catch(() => {});
  }

  /**
   * Makes links and guests, at rest: the clock is frozen, nothing runs in them.
   * @throws DieCastError; nothing is left then
   */
  static async build(
    { plan, directory, id, links, allowIdle, steadyCores }: ModelOptions,
    signal: AbortSignal,
    listener: ModelListener,
  ): Promise<Model> {
    const { startNs } = plan.experiment;
    const clock = new Clock({
      tdf: formatRatio(plan.tdf),
      frozen: true,
      ...(startNs === undefined ? {} : { start: startNs }),
    });
    let model: Model | undefined;
    try {
      const registration = registerRun({ id, runDirectory: directory.path, clock });
      model = new Model(plan, clock, directory, registration);
      if (!allowIdle) model.#awake = await keepAwake(id);
      model.#pulse = await startPulse(id);
      if (model.#pulse === undefined) {
        listener.warn(
          "diecast-pulse cannot be had: nobody knows how long guests wait for processors, nor whether the host's clock is set",
        );
      }
      await model.#keepQuotas(listener);
      model.#watchHelpers();
      // Before any socket is there: each asks for its timers when it is made or connected.
      model.#timers = keepTimers(id, plan.tdf, plan.experiment.network.tcpTimers !== "kernel");
      model.#neighbours = keepNeighbours(id, plan.network.ports.length);
      if (model.#neighbours.problem !== undefined) {
        listener.warn(
          `the kernel may drop packets between guests for want of room for neighbours: ${model.#neighbours.problem}`,
        );
      }
      await model.#buildLinks(links, model.#timers);
      await model.#buildDisks(id, signal, listener);
      await model.#buildGuests(id, signal, listener.built);
      model.#turns = new TurnLengths({
        tdf: toNumber(plan.tdf),
        guests: model.#limitedGuests(),
        failed: ({ message }) =>
          listener.warn(`turns of guests' processors do not follow their load any more: ${message}`),
      });
      if (steadyCores !== undefined) model.#steady = model.#keepSteady(steadyCores, listener);
      return model;
    } catch (error) {
      await (model?.close() ?? clock.close());
      throw error;
    }
  }

  get links(): LinkBackend {
    if (this.#links === undefined) throw new DieCastError("failed", "the links have been taken down");
    return this.#links;
  }

  /** Undefined where no guest has any. */
  get disks(): DiskBackend | undefined {
    return this.#disks?.backend;
  }

  /** What the host's processors did so far. */
  readHost(): HostReading {
    return readHost(this.#awake?.cpuNs());
  }

  /** How long guests wait for processors; undefined where that cannot be told. */
  async readPulse(): Promise<PulseReading | undefined> {
    return this.#pulse?.read();
  }

  /** Undefined where guests' cores are as fast as the host's. */
  readSteadyCores(): SteadyReading | undefined {
    return this.#steady?.read();
  }

  guest(name: string): Guest {
    const guest = this.#guests.get(name);
    if (guest === undefined) throw new DieCastError("failed", `there is no guest ${name}`);
    return guest;
  }

  /** Safe to repeat. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#steady?.close();
    this.#rests?.close();
    await this.#footprints?.close();
    await this.#turns?.close();
    const guests = [...this.#guests.values()].map((guest) => guest.close());
    await Promise.allSettled(guests);
    await this.#disks?.close();
    await this.#links?.close();
    this.#neighbours?.close();
    this.#timers?.close();
    await this.#awake?.close();
    await this.#pulse?.close();
    await this.#tick?.close();
    this.#registration.remove();
    this.clock.close();
  }

  async #keepQuotas({ warn }: ModelListener): Promise<void> {
    if (this.plan.guests.every(({ cpu }) => cpu === undefined)) return;
    try {
      this.#tick = await startQuotaTick();
    } catch (error) {
      warn(
        `guests' turns on a processor last up to a tick of the kernel longer than their quota: ${(error as Error).message}; a real-time task needs CAP_SYS_NICE and a cgroup with a share of real-time`,
      );
    }
  }

  /** Without one of them guests would not be what they were before, and nobody could tell. */
  #watchHelpers(): void {
    const helpers = { awake: this.#awake, pulse: this.#pulse, tick: this.#tick };
    for (const [name, helper] of Object.entries(helpers)) {
      if (helper !== undefined) this.#watch(helper.ended, `diecast-${name}`);
    }
  }

  async #buildLinks(choice: LinkChoice, timers: KernelTimers): Promise<void> {
    const { network, seed, guests } = this.plan;
    const links = await createLinks(choice, {
      network,
      guests: guests.map((guest) => guest.name),
      clock: this.clock,
      seed,
      sysctls: timers.sysctls,
    });
    this.#links = links;
    this.unscaledTimers = timers.unscaled(links.skippedSysctls);
    this.#watch(links.ended, "the link emulation");
  }

  async #buildGuests(id: string, signal: AbortSignal, built: (count: number) => void): Promise<void> {
    const hostsOf = this.#hostsFiles();
    await forEach(this.plan.guests, BUILDERS, async (plan) => {
      signal.throwIfAborted();
      mkdirSync(this.#directory.guest(plan.name), { recursive: true });
      const [stdout, stderr] = ["stdout.log", "stderr.log"].map((file) =>
        this.#directory.guest(plan.name, file),
      ) as [string, string];
      // They are there even if the guest never writes.
      for (const output of [stdout, stderr]) writeFileSync(output, "", { flag: "a" });
      const guest = await createGuest({
        plan,
        clock: this.clock,
        networkNamespace: this.links.namespacePath(plan.name),
        filesDirectory: this.#directory.file("files"),
        hosts: hostsOf(plan),
        stdout,
        stderr,
        disks: this.#disks?.ofGuest(plan.name) ?? [],
        runId: id,
      });
      this.#guests.set(plan.name, guest);
      this.#watch(guest.ended, `guest ${plan.name}`);
      built(this.#guests.size);
    });
  }

  #keepSteady(asked: NonNullable<ModelOptions["steadyCores"]>, { warn }: ModelListener): SteadyCores {
    const { tdf } = this.plan;
    const limited = this.#limitedGuests();
    const guests = limited.map(({ guest }) => guest);
    const rests = new GuestRests(guests, tdf, warn);
    this.#rests = rests;
    const footprints = rests.areTold
      ? new Footprints({
          guests,
          untold: ({ message }) =>
            warn(
              `how much memory some guests touch cannot be told, ${USUAL_PAGES} pages in a millisecond are assumed: ${message}`,
            ),
        })
      : undefined;
    this.#footprints = footprints;
    return new SteadyCores({
      ...asked,
      tdf: toNumber(tdf),
      guests: limited.map((one) => ({
        ...one,
        rested: () => rests.of(one.guest),
        pages: () => footprints?.of(one.guest),
      })),
      readPulse: () => this.readPulse(),
      failed: ({ message }) => warn(`guests' cores do not follow --steady-cores any more: ${message}`),
    });
  }

  /** Those with limits, and what share of a processor each has by the plan, real. */
  #limitedGuests(): { guest: Guest; share: number }[] {
    const tdf = toNumber(this.plan.tdf);
    return this.plan.guests.flatMap(({ name, cpu }) =>
      cpu === undefined ? [] : { guest: this.guest(name), share: toNumber(cpu.cores) / tdf },
    );
  }

  async #buildDisks(runId: string, signal: AbortSignal, listener: ModelListener): Promise<void> {
    const disks = await buildDisks({
      plan: this.plan,
      runId,
      clock: this.clock,
      directory: this.#directory.path,
      signal,
      warn: listener.warn,
      failed: listener.diskFailed,
    });
    if (disks === undefined) return;
    this.#disks = disks;
    this.#watch(disks.backend.ended, "the guests' disks");
  }

  // Nearly always the same for all, and long where there are many.
  #hostsFiles(): (guest: PlannedGuest) => string {
    const common = hostsFile(this.plan);
    return ({ name, nearest, interfaces }) => {
      const isUsual = interfaces.length > 0 && Object.keys(nearest).length === 0;
      return isUsual ? common : hostsFile(this.plan, name);
    };
  }

  #watch(ended: Promise<void>, what: string): void {
    const broken = (cause?: unknown) => {
      if (this.#closing) return;
      const detail = cause instanceof Error ? `: ${cause.message}` : "";
      this.#reportBroken(new DieCastError("failed", `${what} has ended by itself${detail}`, { cause }));
    };
    ended.then(() => broken(), broken);
  }
}
