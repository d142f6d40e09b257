import { DieCastError, type ErrorCode } from "../../errors.js";
import type { End, PlannedInterface, PlannedNetwork, SwitchRoute } from "../../plan/plan.js";
import type { Loss, PipeParameters } from "../../spec/experiment.js";
import type { LinkBackendOptions } from "./backend.js";

type Setup = Pick<LinkBackendOptions, "network" | "guests" | "seed" | "sysctls">;

/** The lines that tell diecast-net its network (native/net/protocol.h), without their ends. */
export function* setupLines(options: Setup, memoryBytes: number): Generator<string> {
  const { network, seed } = options;
  yield `seed ${BigInt.asUintN(64, BigInt(Math.trunc(seed)))}`;
  yield `memory ${memoryBytes}`;
  yield* guestLines(options);
  yield `switches ${network.switches.length}`;
  for (const pipe of network.pipes) {
    yield `pipe ${endWord(pipe.from)} ${endWord(pipe.to)} ${pipe.opposite} ${parameterWords(pipe.parameters)}`;
  }
  yield* routeLines(network);
  yield "start";
}

/** The lines for namespaces whose links the kernel emulates: guests, and so many namespaces for switches. */
export function* holderLines(options: Omit<Setup, "seed">, switches: number): Generator<string> {
  yield* guestLines(options);
  yield `switches ${switches}`;
  yield "start";
}

function* guestLines({ network, guests, sysctls }: Omit<Setup, "seed">): Generator<string> {
  for (const [path, value] of Object.entries(sysctls)) yield `sysctl ${word(path)} ${oneLine(value)}`;
  for (const guest of guests) yield `guest ${oneLine(guest)}`;
  const numbers = new Map(guests.map((guest, i) => [guest, i]));
  for (const port of network.ports) {
    const guest = numbers.get(port.guest);
    if (guest === undefined) {
      throw new DieCastError(
        "failed",
        `the port ${port.interface.name} is of a guest that is not there: ${port.guest}`,
      );
    }
    yield `port ${guest} ${interfaceWords(port.interface)}`;
  }
  for (const [number, port] of network.ports.entries()) {
    for (const host of port.interface.hosts) yield `host ${number} ${word(host)}`;
  }
}

function* routeLines(network: PlannedNetwork): Generator<string> {
  for (const [number, table] of network.tables.entries()) {
    for (const route of table) {
      if (route.ports.length > 0) yield `route ${number} ${route.pipe} ${ranges(route)}`;
    }
  }
}

/** Rising numbers as `0-3,7`. */
function ranges({ ports }: SwitchRoute): string {
  const sorted = [...ports].sort((a, b) => a - b);
  const spans: [number, number][] = [];
  for (const port of sorted) {
    const last = spans.at(-1);
    if (last !== undefined && port <= last[1] + 1) last[1] = port;
    else spans.push([port, port]);
  }
  return spans.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}

function interfaceWords(face: PlannedInterface): string {
  const ipv4 = `${face.ipv4}/${face.ipv4PrefixLength}`;
  const ipv6 = `${face.ipv6}/${face.ipv6PrefixLength}`;
  return [face.name, face.mac, ipv4, ipv6, `${face.mtu}`].map(word).join(" ");
}

function endWord(end: End): string {
  return "port" in end ? `p${end.port}` : `s${end.switch}`;
}

/** A pipe's parameters as the core reads them: `name=value`, separated by spaces. */
export function parameterWords(parameters: PipeParameters): string {
  const { bandwidthBps, queue } = parameters;
  const values: Record<string, string | number | undefined> = {
    bandwidth: bandwidthBps,
    latency: Math.round(parameters.latencyNs),
    jitter: Math.round(parameters.jitterNs),
    distribution: parameters.jitterDistribution,
    overtake: Number(parameters.jitterReorders),
    loss: lossWord(parameters.loss),
    duplicate: parameters.duplicate,
    corrupt: parameters.corrupt,
    reorder: parameters.reorder,
    packets: queue.packets === undefined ? undefined : Math.floor(queue.packets),
    bytes: queue.bytes === undefined ? undefined : Math.floor(queue.bytes),
    red:
      queue.discipline === "red" && queue.red !== undefined
        ? [queue.red.least, queue.red.most, queue.red.probability, queue.red.weight].join(",")
        : undefined,
    ecn: Number(queue.ecn),
    up: Number(parameters.up),
  };
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}

function lossWord(loss: Loss): string {
  return loss.kind === "independent"
    ? [0, 1, loss.probability, 1].join(",")
    : [loss.toBad, loss.toGood, loss.lossInGood, loss.lossInBad].join(",");
}

function word(text: string): string {
  if (text === "" || /\s/.test(text))
    throw new DieCastError("failed", `not one word: ${JSON.stringify(text)}`);
  return text;
}

function oneLine(text: string): string {
  if (text.includes("\n")) throw new DieCastError("failed", `not one line: ${JSON.stringify(text)}`);
  return text;
}

/** A message of diecast-net; one JSON object a line. */
export type NetEvent =
  | {
      event: "ready";
      /** Its descriptors of the guests' network namespaces, in the order of the guests. */
      namespaces: number[];
      /** Its descriptor of the counters' memory. */
      counters: number;
      realTimePriority: boolean;
      skippedSysctls: string[];
    }
  | {
      event: "held";
      /** Its descriptors of the guests' network namespaces, in their order, and of the switches'. */
      guests: number[];
      switches: number[];
    }
  | {
      event: "skipped";
      sysctls: string[];
    }
  | { event: "failed"; code: ErrorCode; message: string; remedy: string | null }
  | { event: "warning"; message: string }
  /** What was asked under this id has been done. */
  | { event: "done"; id: number };

const FIELDS: Readonly<Record<NetEvent["event"], Readonly<Record<string, (value: unknown) => boolean>>>> = {
  ready: {
    namespaces: isNumbers,
    counters: Number.isInteger,
    realTimePriority: (value) => typeof value === "boolean",
    skippedSysctls: Array.isArray,
  },
  held: { guests: isNumbers, switches: isNumbers },
  skipped: { sysctls: Array.isArray },
  failed: { code: isText, message: isText, remedy: (value) => value === null || isText(value) },
  warning: { message: isText },
  done: { id: Number.isInteger },
};

/** @throws DieCastError `failed` if the line is not a message */
export function parseNetEvent(line: string): NetEvent {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch (cause) {
    throw new DieCastError("failed", `diecast-net sent what is not JSON: ${JSON.stringify(line)}`, { cause });
  }
  const fields = Object(message) as Record<string, unknown>;
  const checks = FIELDS[fields.event as NetEvent["event"]];
  if (checks === undefined || Object.entries(checks).some(([name, check]) => !check(fields[name]))) {
    throw new DieCastError("failed", `diecast-net sent an unknown message: ${line}`);
  }
  return message as NetEvent;
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isNumbers(value: unknown): boolean {
  return Array.isArray(value) && value.every(Number.isInteger);
}
