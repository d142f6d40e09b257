import type { ExperimentEvent, Link, PipeParameters } from "../experiment.js";
import type { Path, Problems } from "../problems.js";
import type { PipeEntry } from "../schema/network.js";
import type { EventEntry } from "../schema/observation.js";
import type { Shape } from "../shape.js";
import { DURATION, formatQuantity } from "../units.js";
import type { Names } from "./names.js";
import { directionOf, type LinkSource } from "./network.js";
import { checkPipe, resolvePipe } from "./pipes.js";

type Direction = "forward" | "reverse";
type Action = Extract<ExperimentEvent, { kind: "guest" }>["action"];

const LINK_KEYS = ["direction", "set"] as const;
const GUEST_KEYS = ["kill", "signal", "restart", "run"] as const;

export function resolveEvents(
  { file, indices }: Shape,
  names: Names,
  sources: readonly LinkSource[],
  problems: Problems,
): readonly ExperimentEvent[] {
  const endNs = file.phases.warmup + file.phases.measure;
  const changes = new LinkChanges(sources, problems);
  return file.events
    .map((entry, i) => ({ entry, path: ["events", indices.get("events")?.[i] ?? i] }))
    .sort((a, b) => a.entry.at - b.entry.at)
    .flatMap(({ entry, path }): readonly ExperimentEvent[] => {
      if (entry.at > endNs && !problems.touches(["phases"])) {
        const end = formatQuantity(endNs, DURATION);
        problems.note(
          [...path, "at"],
          `expected at most ${end}, the end of the measuring, found ${formatQuantity(entry.at, DURATION)}`,
        );
      }
      if (!isWellFormed(entry, path, problems)) return [];
      if (entry.link !== undefined) return changes.resolve(entry, entry.link, path);
      return resolveGuestEvent(entry, path, names, problems);
    });
}

function isWellFormed(entry: EventEntry, path: Path, problems: Problems): boolean {
  if (problems.touches(path)) return false;
  const has = (key: keyof EventEntry) => entry[key] !== undefined;
  if (has("link") === has("guest")) {
    problems.note(path, `expected one of link and guest, found ${has("link") ? "both" : "none"}`);
    return false;
  }
  const foreign = (has("link") ? GUEST_KEYS : LINK_KEYS).find(has);
  if (foreign !== undefined) {
    const [own, other] = has("link") ? ["guest", "link"] : ["link", "guest"];
    problems.note([...path, foreign], `belongs to events of a ${own}, found in one of a ${other}`, true);
    return false;
  }
  const actions = GUEST_KEYS.filter(has);
  if (has("guest") && actions.length !== 1) {
    problems.note(path, `expected one of ${GUEST_KEYS.join(", ")}, found ${actions.join(" and ") || "none"}`);
    return false;
  }
  if (has("link") && Object.keys(entry.set ?? {}).length === 0) {
    problems.note(path, "expected set with what becomes different, found nothing");
    return false;
  }
  return true;
}

function resolveGuestEvent(
  entry: EventEntry,
  path: Path,
  names: Names,
  problems: Problems,
): ExperimentEvent[] {
  const guests = (entry.guest ?? []).flatMap((name) => {
    const found = names.guestsOf(name);
    if (found === undefined && !names.isDeclared(name)) {
      problems.addUnknown([...path, "guest"], "the name of a guest or a group", name, names.guestNames);
    }
    return found ?? [];
  });
  return [{ kind: "guest", atNs: entry.at, guests: [...new Set(guests)], action: actionOf(entry) }];
}

function actionOf({ signal, restart, run }: EventEntry): Action {
  if (signal !== undefined) return { kind: "signal", signal };
  if (restart !== undefined) return { kind: "restart" };
  return run === undefined ? { kind: "kill" } : { kind: "run", command: run };
}

/** Events in the order of time: what one leaves of a link is what the next begins from. */
class LinkChanges {
  private readonly sources: readonly LinkSource[];
  private readonly problems: Problems;
  /** By link and direction: what the file and the events so far say. */
  private readonly said = new Map<string, PipeEntry>();

  constructor(sources: readonly LinkSource[], problems: Problems) {
    this.sources = sources;
    this.problems = problems;
  }

  resolve(entry: EventEntry, wanted: readonly string[], path: Path): ExperimentEvent[] {
    const directions: Direction[] =
      entry.direction === undefined || entry.direction === "both"
        ? ["forward", "reverse"]
        : [entry.direction];
    // Links that change to the same are one event.
    const events = new Map<
      string,
      { links: string[]; directions: Direction[]; set: Partial<PipeParameters> }
    >();
    for (const name of new Set(wanted)) {
      const found = this.find(name, path);
      for (const direction of directions) {
        for (const { source, link } of found) {
          const set = this.change(source, link, direction, entry.set ?? {}, path);
          const key = `${direction} ${JSON.stringify(set)}`;
          const event = events.get(key) ?? { links: [], directions: [direction], set };
          event.links.push(link.name);
          events.set(key, event);
        }
      }
    }
    return [...events.values()].map((event) => ({ kind: "link", atNs: entry.at, ...event }));
  }

  private find(name: string, path: Path): { source: LinkSource; link: Link }[] {
    const found = this.sources.flatMap((source) =>
      source.links
        .filter((link) => link.name === name || link.group === name)
        .map((link) => ({ source, link })),
    );
    if (found.length === 0 && !this.problems.touches(["network"]) && !this.problems.touches(["guests"])) {
      const known = this.sources.flatMap(({ links }) => links.flatMap((link) => [link.group, link.name]));
      this.problems.addUnknown([...path, "link"], "the name of a link", name, [...new Set(known)]);
    }
    return found;
  }

  private change(
    source: LinkSource,
    link: Link,
    direction: Direction,
    set: PipeEntry,
    path: Path,
  ): Partial<PipeParameters> {
    const key = `${link.name} ${direction}`;
    const before = this.said.get(key) ?? {
      ...directionOf(source.entry, direction),
      queue: lengthOf(link[direction]),
    };
    const after = { ...before, ...set };
    this.said.set(key, after);
    const pipe = resolvePipe(after, source.nics(link));
    checkPipe(after, pipe, [...path, "set"], this.problems);
    return pick(pipe, set);
  }
}

/** A queue stays as long as it was, also where it came from a bandwidth that changes. */
function lengthOf({ queue }: PipeParameters): NonNullable<PipeEntry["queue"]> {
  return queue.packets === undefined ? { bytes: queue.bytes ?? 0 } : { packets: queue.packets };
}

function pick(pipe: PipeParameters, set: PipeEntry): Partial<PipeParameters> {
  const queued = set.queue !== undefined || set.red !== undefined || set.ecn !== undefined;
  return {
    ...(set.bandwidth === undefined ? {} : { bandwidthBps: pipe.bandwidthBps }),
    ...(set.latency === undefined ? {} : { latencyNs: pipe.latencyNs }),
    ...(set.jitter === undefined ? {} : { jitterNs: pipe.jitterNs }),
    ...(set.distribution === undefined ? {} : { jitterDistribution: pipe.jitterDistribution }),
    ...(set.overtake === undefined ? {} : { jitterReorders: pipe.jitterReorders }),
    ...(set.loss === undefined ? {} : { loss: pipe.loss }),
    ...(set.duplicate === undefined ? {} : { duplicate: pipe.duplicate }),
    ...(set.corrupt === undefined ? {} : { corrupt: pipe.corrupt }),
    ...(set.reorder === undefined ? {} : { reorder: pipe.reorder }),
    ...(queued ? { queue: pipe.queue } : {}),
    ...(set.up === undefined ? {} : { up: pipe.up }),
  };
}
