import { DieCastError } from "../errors.js";
import type { Positions } from "./positions.js";
import { suggest } from "./suggest.js";

/** A field: keys and list indices from the top of the document. */
export type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  readonly text: string;
  /** Whether the place to show is the key rather than its value. */
  readonly atKey: boolean;
}

/** Everything found wrong with an experiment, so that it can be told at once. */
export class Problems {
  private readonly list: Problem[] = [];

  /** Notes a value that cannot be used. `found` undefined: there is none. */
  add(path: Path, expected: string, found: unknown): void {
    this.note(path, `expected ${expected}, found ${show(found)}`);
  }

  /** Notes a name that stands for nothing. */
  addUnknown(path: Path, what: string, name: string, known: readonly string[]): void {
    const near = suggest(name, known);
    const hint =
      near !== undefined
        ? `did you mean "${near}"?`
        : known.length > 0
          ? `there is ${enumerate(known)}`
          : "there is none";
    this.note(path, `expected ${what}, found "${name}"; ${hint}`);
  }

  note(path: Path, text: string, atKey = false): void {
    const same = this.list.some((other) => other.text === text && samePath(other.path, path));
    if (!same) this.list.push({ path, text, atKey });
  }

  get empty(): boolean {
    return this.list.length === 0;
  }

  /** Whether something is wrong at, in, or around a field: what depends on it then need not be judged. */
  touches(path: Path): boolean {
    return this.list.some((problem) => {
      const shared = Math.min(problem.path.length, path.length);
      return problem.path.slice(0, shared).every((part, i) => part === path[i]);
    });
  }

  /**
   * Ends the check if anything is wrong.
   * @throws DieCastError `invalid-experiment`
   */
  throwIfAny(positions: Positions): void {
    if (this.list.length === 0) return;
    const placed = this.list.map((problem) => ({
      problem,
      place: positions.of(problem.path, problem.atKey),
    }));
    placed.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
    const lines = placed.map(({ problem, place }) => {
      const field = formatPath(problem.path);
      return `${place.prefix}: ${field === "" ? "" : `${field}: `}${problem.text}`;
    });
    throw invalidExperiment(positions.file, lines);
  }
}

/** One slip in the syntax can make each line behind it wrong. */
const MOST_LINES = 100;

/** Makes the error for an experiment file that cannot be used. */
export function invalidExperiment(file: string, lines: readonly string[], cause?: unknown): DieCastError {
  const count = lines.length === 1 ? "1 error" : `${lines.length} errors`;
  const left = lines.length - MOST_LINES;
  const problems = left > 0 ? [...lines.slice(0, MOST_LINES), `… and ${left} more`] : lines;
  return new DieCastError("invalid-experiment", `${file}: ${count}; nothing was started`, {
    problems,
    cause,
  });
}

/** Writes a path as people do: `network.links[2].latency`. */
export function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
    "",
  );
}

/** The value at a path of a document. */
export function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

const MOST_SHOWN = 60;

function show(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (typeof value === "object") return Object.keys(value).length === 0 ? "an empty map" : "a map";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

const MOST_NAMES = 8;

function enumerate(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(", ");
  return names.length > MOST_NAMES ? `${shown}, … (${names.length})` : shown;
}

function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i]);
}
