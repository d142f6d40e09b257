import type { VirtualNs } from "../clock/clock.js";
import type { ExperimentEvent, PipeParameters } from "../spec/experiment.js";
import type { Model } from "./model.js";
import { describeExit, type Program } from "./program.js";
import type { RunReporter } from "./reporter.js";
import { sleepUntil } from "./virtual_time.js";

/** An event that has taken place. */
export interface EventRecord {
  readonly event: ExperimentEvent;
  /** When it really took place, virtual, since the beginning of the warm-up. */
  readonly virtualNs: number;
}

/** Signals that are sent to end a program; what it does after another one is its own doing. */
const ENDING: ReadonlySet<NodeJS.Signals> = new Set(["SIGTERM", "SIGINT", "SIGKILL", "SIGQUIT", "SIGABRT"]);

/** Lets the experiment's events happen at their times, in their order. */
export class Events {
  readonly records: EventRecord[] = [];
  readonly #model: Model;
  readonly #programs: ReadonlyMap<string, Program>;
  readonly #reporter: RunReporter;
  readonly #parameters: PipeParameters[];

  constructor(model: Model, programs: ReadonlyMap<string, Program>, reporter: RunReporter) {
    this.#model = model;
    this.#programs = programs;
    this.#reporter = reporter;
    this.#parameters = model.plan.network.pipes.map((pipe) => pipe.parameters);
  }

  /** @param origin when the warm-up began */
  async run(origin: VirtualNs, signal: AbortSignal): Promise<void> {
    const { clock, plan } = this.#model;
    for (const event of plan.experiment.events) {
      await sleepUntil(clock, origin + BigInt(Math.round(event.atNs)), signal);
      await this.#happen(event);
      this.records.push({ event, virtualNs: Number(clock.now().virtualNs - origin) });
    }
  }

  async #happen(event: ExperimentEvent): Promise<void> {
    if (event.kind === "link") return this.#changeLinks(event);
    await Promise.all(event.guests.map((name) => this.#doToGuest(name, event.action)));
  }

  async #changeLinks(event: Extract<ExperimentEvent, { kind: "link" }>): Promise<void> {
    const { pipes } = this.#model.plan.network;
    const changes = pipes.flatMap((pipe, index) =>
      event.links.includes(pipe.link) && event.directions.includes(pipe.direction) ? [index] : [],
    );
    await Promise.all(
      changes.map((index) => {
        const changed = { ...(this.#parameters[index] as PipeParameters), ...event.set };
        this.#parameters[index] = changed;
        return this.#model.links.change(index, changed);
      }),
    );
  }

  async #doToGuest(
    name: string,
    action: Extract<ExperimentEvent, { kind: "guest" }>["action"],
  ): Promise<void> {
    const program = this.#programs.get(name) as Program;
    switch (action.kind) {
      case "kill":
        program.intend();
        return program.guest.kill();
      case "signal":
        if (ENDING.has(action.signal)) program.intend();
        return program.guest.signal(action.signal);
      case "restart":
        return program.restart();
      case "run":
        // It may take as long as it likes; the next event does not wait for it.
        void this.#runCommand(program, action.command);
    }
  }

  async #runCommand(program: Program, command: readonly string[]): Promise<void> {
    const how = await program.guest.exec(command).then(
      (exit) => (exit.code === 0 ? undefined : `ended with ${describeExit(exit)}`),
      (error: Error) => `failed: ${error.message}`,
    );
    // One that still ran when the run was over has been killed with the rest.
    if (how === undefined || program.retired) return;
    this.#reporter.warn(`${program.plan.name}: the event's ${command.join(" ")} ${how}`);
  }
}
