import { DieCastError } from "../../errors.js";
import type { Plan } from "../../plan/plan.js";
import type { ExperimentEvent, PipeParameters } from "../../spec/experiment.js";
import type { LinkBackend, LinkBackendOptions } from "./backend.js";
import { createLinkCore } from "./core.js";
import { createNetemLinks } from "./netem/netem.js";
import { netemRefusal } from "./netem/pipe.js";
import { type NetemProblem, netemProblem } from "./netem/probe.js";

/** Which back end carries an experiment's links, and why, as a phrase. */
export interface LinkChoice {
  readonly backend: LinkBackend["name"];
  readonly reason: string;
}

/**
 * Decides by what the experiment asks for, what its links are like, and what this kernel has.
 * @throws DieCastError `unsupported`, with a remedy, if it asks for netem and cannot have it
 */
export function chooseLinks(
  plan: Plan,
  probe: () => NetemProblem | undefined = () => netemProblem(),
): LinkChoice {
  const { backend } = plan.experiment.network;
  if (backend === "core") return { backend, reason: "the experiment asks for it" };
  if (plan.network.pipes.length === 0) return { backend: "core", reason: "there are no links" };
  const refusal = refusalOf(plan);
  const lack = refusal === undefined ? probe() : undefined;
  if (refusal === undefined && lack === undefined)
    return {
      backend: "netem",
      reason: backend === "netem" ? "the experiment asks for it" : "this kernel has it",
    };
  const why = refusal ?? `this kernel's netem: ${lack?.problem}`;
  if (backend === "auto") return { backend: "core", reason: why };
  throw new DieCastError("unsupported", `network.backend: netem cannot be used: ${why}`, {
    remedy: refusal === undefined ? (lack?.remedy ?? "") : "use core, or auto",
  });
}

/** Makes the links that were chosen. */
export function createLinks({ backend }: LinkChoice, options: LinkBackendOptions): Promise<LinkBackend> {
  return backend === "netem" ? createNetemLinks(options) : createLinkCore(options);
}

/** What netem cannot be of the links as they are, or as events make them. */
function refusalOf({ network, experiment, tdf }: Plan): string | undefined {
  const changes = experiment.events.filter((event) => event.kind === "link");
  for (const pipe of network.pipes) {
    for (const parameters of [pipe.parameters, ...changes.flatMap((event) => changed(pipe, event))]) {
      const refusal = netemRefusal(parameters, tdf);
      if (refusal !== undefined) return `link ${pipe.link}: ${refusal}`;
    }
  }
  return undefined;
}

function changed(
  { link, direction, parameters }: Plan["network"]["pipes"][number],
  event: Extract<ExperimentEvent, { kind: "link" }>,
): PipeParameters[] {
  return event.links.includes(link) && event.directions.includes(direction)
    ? [{ ...parameters, ...event.set }]
    : [];
}
