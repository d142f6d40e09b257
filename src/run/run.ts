import { availableParallelism } from "node:os";
import type { VirtualNs, VirtualWallNs } from "../clock/clock.js";
import { DieCastError } from "../errors.js";
import type { GuestUsage } from "../host/guests/guest.js";
import { forEach } from "../host/pool.js";
import type { ResourceUse } from "../metrics/resource_use.js";
import { Sampler, type SamplerReport } from "../metrics/sampler.js";
import type { Plan } from "../plan/plan.js";
import { compare, ratio } from "../scale/ratio.js";
import { takeBorder } from "./border.js";
import type { RunDirectory } from "./directory.js";
import { Events } from "./events.js";
import { lastWords } from "./last_words.js";
import { limitsHit } from "./limits_hit.js";
import { Model, type ModelOptions } from "./model.js";
import { collectFiles } from "./output.js";
import { guardOutput } from "./output_guard.js";
import { describeExit, Program, type ProgramEnd } from "./program.js";
import type { Phase, RunReporter, RunStatus } from "./reporter.js";
import type { Border, RunResult } from "./result.js";
import { samplerOptions } from "./sampling.js";
import { Startup } from "./startup.js";
import { Stopwatch } from "./stopwatch.js";
import { realMs, since, sleepUntil } from "./virtual_time.js";

const ONE = ratio(1n, 1n);
const PROGRESS_EVERY_MS = 200;
/** Real time for which one waits at most for programs that will not go: hours at TDF 1,000 help nobody. */
const MOST_GRACE_MS = 60_000;

/** One execution of a plan, from building to taking down. */
export class Run {
  readonly #options: ModelOptions;
  readonly #plan: Plan;
  readonly #directory: RunDirectory;
  readonly #reporter: RunReporter;
  readonly #abort = new AbortController();
  readonly #aborted: Promise<never>;
  readonly #beganMs = performance.now();
  readonly #warnings: string[] = [];
  readonly #programs = new Map<string, Program>();
  readonly #stopwatch = new Stopwatch();
  readonly #usage = new Map<string, GuestUsage>();
  #phase: Phase = "build";
  #model: Model | undefined;
  #events: Events | undefined;
  #startWallNs: VirtualWallNs | undefined;
  #origin: VirtualNs | undefined;
  #readyNs: number | undefined;
  #begin: Border | undefined;
  #end: Border | undefined;
  #resources: ResourceUse | undefined;
  #sampling: SamplerReport | undefined;
  #built = 0;
  #stopGuarding = () => {};

  constructor(options: ModelOptions, reporter: RunReporter) {
    // One listener, however many wait.
    this.#aborted = new Promise((_, reject) => {
      const { signal } = this.#abort;
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    this.#aborted.catch(() => {});
    this.#options = options;
    this.#plan = options.plan;
    this.#directory = options.directory;
    this.#reporter = {
      ...reporter,
      warn: (line) => {
        this.#warnings.push(line);
        reporter.warn(line);
      },
    };
  }

  /** Lives it. Never rejects: what went wrong is in the result, with all that was measured until then. */
  async live(signal: AbortSignal): Promise<RunResult> {
    const interrupt = () => this.#abort.abort(signal.reason);
    signal.addEventListener("abort", interrupt, { once: true });
    if (signal.aborted) interrupt();
    const progress = setInterval(() => this.#reporter.progress(this.#status()), PROGRESS_EVERY_MS);
    let error: unknown;
    try {
      await this.#build();
      await this.#prepare();
      await this.#startPrograms();
      await this.#measure();
    } catch (caught) {
      error = this.#abort.signal.aborted ? this.#abort.signal.reason : caught;
      // Events, ready checks and restarts end with it.
      this.#abort.abort(error);
    }
    try {
      await this.#takeDown();
    } catch (caught) {
      error ??= caught;
    } finally {
      clearInterval(progress);
      signal.removeEventListener("abort", interrupt);
    }
    const outcome = error === undefined ? "completed" : signal.aborted ? "interrupted" : "failed";
    return {
      outcome,
      error,
      startWallNs: this.#startWallNs,
      origin: this.#origin,
      readyNs: this.#readyNs,
      realNs: this.#stopwatch.realNs(),
      begin: this.#begin,
      end: this.#end,
      resources: this.#resources,
      sampling: this.#sampling,
      ends: new Map([...this.#programs].map(([name, program]) => [name, program.ends])),
      usage: this.#usage,
      events: this.#events?.records ?? [],
      warnings: this.#warnings,
    };
  }

  // ---- Its life ----

  async #build(): Promise<void> {
    this.#enter("build");
    const model = await Model.build(this.#options, this.#abort.signal, {
      built: (count) => {
        this.#built = count;
      },
      warn: this.#reporter.warn,
      diskFailed: (error) => this.#onDiskFailed(error),
    });
    this.#model = model;
    // Time stands still yet.
    this.#startWallNs = model.clock.now().virtualWallNs;
    if (compare(this.#plan.tdf, ONE) !== 0 && model.unscaledTimers.length > 0) {
      const which = model.unscaledTimers.join(", ");
      this.#reporter.warn(
        `some of the kernel's network timers run in real time (docs/fidelity.md): ${which}`,
      );
    }
    model.broken.catch((error: unknown) => this.#abort.abort(error));
    for (const plan of this.#plan.guests) {
      const program = new Program(model.guest(plan.name), plan, model.clock);
      program.onSurprise = (end) => this.#onSurprise(program, end);
      this.#programs.set(plan.name, program);
    }
  }

  async #prepare(): Promise<void> {
    this.#enter("prepare");
    const width = availableParallelism();
    await this.#unlessAborted(forEach(this.#running(), width, (program) => this.#prepareOne(program)));
    await this.#unlessAborted(forEach(this.#running(), width, (program) => this.#restartDisks(program)));
  }

  async #prepareOne({ guest, plan }: Program): Promise<void> {
    for (const command of plan.group.prepare) {
      this.#abort.signal.throwIfAborted();
      const exit = await guest.prepare(command);
      if (exit.code === 0) continue;
      const what = `${plan.name}: prepare: ${command.join(" ")} ended with ${describeExit(exit)}`;
      throw new DieCastError("failed", what + lastWords(this.#output(plan.name)));
    }
  }

  // What making file systems and prepare have written is then on the disks and nowhere else, as after a machine's start.
  async #restartDisks({ guest, plan }: Program): Promise<void> {
    if (plan.group.machine.disks.length === 0) return;
    if (await guest.remountDisks()) return;
    this.#reporter.warn(
      `${plan.name}: a disk is still in use after prepare: what is on it may be in memory, too`,
    );
  }

  async #startPrograms(): Promise<void> {
    this.#enter("ready");
    const model = this.#live();
    const startup = new Startup(model, this.#running(), (name) => this.#output(name), this.#abort.signal);
    await this.#unlessAborted(startup.load());
    this.#stopGuarding = guardOutput(this.#directory, this.#running(), (line) => this.#reporter.warn(line));
    // Until here time stands still: from a disk that keeps to it no program could be loaded.
    await model.disks?.bypass(false);
    // That has been answered behind whatever is to be said of the time before.
    this.#abort.signal.throwIfAborted();
    const released = model.clock.now().virtualNs;
    await this.#unlessAborted(startup.release());
    this.#readyNs = since(model.clock, released);
  }

  async #measure(): Promise<void> {
    const model = this.#live();
    const { clock } = model;
    const { warmupNs, measureNs } = this.#plan.experiment.phases;
    const origin = clock.now().virtualNs;
    this.#origin = origin;
    this.#enter("warm-up");
    this.#events = new Events(model, this.#programs, this.#reporter);
    const events = this.#events.run(origin, this.#abort.signal);
    events.catch((error: unknown) => this.#abort.abort(error));
    const sampler = new Sampler(samplerOptions(model, this.#directory));
    let unread: unknown;
    try {
      await sampler.start(origin);
      await sleepUntil(clock, origin + BigInt(Math.round(warmupNs)), this.#abort.signal);
      this.#enter("measure");
      const begin = await this.#takeBorder();
      this.#begin = begin;
      await sampler.beginMeasuring();
      // From when it really began: with many guests a look at all of them takes its time.
      await sleepUntil(clock, begin.virtualNs + BigInt(Math.round(measureNs)), this.#abort.signal);
      await events;
    } finally {
      if (this.#begin !== undefined) {
        this.#end = await this.#takeBorder().catch((error: unknown) => {
          unread = error;
          return undefined;
        });
        this.#resources = await sampler.endMeasuring().catch(() => undefined);
      }
      this.#sampling = await sampler.stop();
      if (this.#sampling.failure !== undefined)
        this.#reporter.warn(`sampling has ended early: ${this.#sampling.failure.message}`);
    }
    // Without it nothing can be judged.
    if (unread !== undefined) throw unread;
  }

  async #takeDown(): Promise<void> {
    const model = this.#model;
    if (model === undefined) return;
    try {
      this.#enter("stop");
      this.#stopGuarding();
      // What is written from now on is measured by nobody.
      await model.disks?.bypass(true).catch(() => {});
      for (const program of this.#running()) program.retire();
      await Promise.all(this.#running().map((program) => this.#orWarn(program, this.#stop(program))));
      this.#enter("collect");
      await forEach(this.#running(), 4, (program) => this.#orWarn(program, this.#collect(program)));
    } finally {
      this.#enter("take down");
      await model.close();
    }
  }

  // What goes wrong with one guest costs no other its files.
  async #orWarn(program: Program, work: Promise<void>): Promise<void> {
    await work.catch((error: Error) => this.#reporter.warn(`${program.plan.name}: ${error.message}`));
  }

  async #stop({ guest, plan }: Program): Promise<void> {
    const usage = guest.usage();
    this.#usage.set(plan.name, usage);
    for (const line of limitsHit(plan, usage)) this.#reporter.warn(line);
    const { signal, graceNs } = plan.group.stop;
    await guest.stop(signal, Math.min(realMs(this.#live().clock, graceNs), MOST_GRACE_MS));
  }

  async #collect({ guest, plan }: Program): Promise<void> {
    const missing = await collectFiles(this.#directory, guest, plan, this.#plan.experiment.metrics);
    for (const file of missing) this.#reporter.warn(`${plan.name}: has left no file ${file}`);
  }

  // ---- What it looks at ----

  #takeBorder(): Promise<Border> {
    return takeBorder(this.#live(), this.#directory, this.#running());
  }

  #status(): RunStatus {
    const clock = this.#model?.clock;
    const { warmupNs, measureNs } = this.#plan.experiment.phases;
    const virtualNs = clock === undefined || this.#origin === undefined ? -1 : since(clock, this.#origin);
    const left = clock === undefined || virtualNs < 0 ? undefined : warmupNs + measureNs - virtualNs;
    return {
      phase: this.#phase,
      virtualNs,
      realMs: performance.now() - this.#beganMs,
      leftRealMs: left === undefined || clock === undefined ? undefined : Math.max(0, realMs(clock, left)),
      guestsUp:
        this.#phase === "build" ? this.#built : this.#running().filter((program) => program.up).length,
      guests: this.#plan.guests.length,
    };
  }

  // Up to the warm-up nothing is lost but the preparation. Later what was measured stays, and the verdict tells.
  #onDiskFailed(error: DieCastError): void {
    if (this.#origin === undefined && !this.#abort.signal.aborted) this.#abort.abort(error);
    else this.#reporter.warn(error.message);
  }

  #onSurprise(program: Program, end: ProgramEnd): void {
    if (end.notRun === undefined) {
      this.#reporter.warn(this.#describeSurprise(program, end));
    } else {
      // What is not there will not be there later: the experiment is wrong.
      this.#abort.abort(new DieCastError("failed", `${program.plan.name}: ${end.notRun}`));
    }
  }

  #describeSurprise(program: Program, end: ProgramEnd): string {
    const { name } = program.plan;
    const at =
      this.#origin === undefined
        ? "before the warm-up"
        : `at ${since(this.#live().clock, this.#origin) / 1e9} s`;
    return `${name}: its program ended ${at} with ${describeExit(end)}${lastWords(this.#output(name))}`;
  }

  // ---- Ways to get at things ----

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#stopwatch.enter(phase);
    this.#reporter.phase(this.#status());
  }

  #live(): Model {
    if (this.#model === undefined) throw new DieCastError("failed", "there is no model");
    return this.#model;
  }

  #running(): Program[] {
    return [...this.#programs.values()];
  }

  #output(name: string): { stdout: string; stderr: string } {
    return {
      stdout: this.#directory.guest(name, "stdout.log"),
      stderr: this.#directory.guest(name, "stderr.log"),
    };
  }

  async #unlessAborted<T>(work: Promise<T>): Promise<T> {
    this.#abort.signal.throwIfAborted();
    return Promise.race([work, this.#aborted]);
  }
}
