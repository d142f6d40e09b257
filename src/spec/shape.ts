import type { z } from "zod";
import type { Path, Problems } from "./problems.js";
import { valueAt } from "./problems.js";
import { type ExperimentFile, experimentFile, jsonSchema } from "./schema/file.js";
import { suggest } from "./suggest.js";

/** A document of which each field, by itself, is as it should be. */
export interface Shape {
  readonly file: ExperimentFile;
  /** Where the items of the lists of links and events were before unusable ones were left out. */
  readonly indices: ReadonlyMap<"network.links" | "events", readonly number[]>;
}

type Issue = z.core.$ZodIssue;

/**
 * Checks each field by itself. What cannot be used is noted and left out, so that what depends on several fields can still
 * be checked in the same go.
 * @returns undefined if too little is left
 */
export function readShape(document: unknown, problems: Problems): Shape | undefined {
  const rest: unknown = structuredClone(document);
  const indices = {
    "network.links": indicesOf(valueAt(rest, ["network", "links"])),
    events: indicesOf(valueAt(rest, ["events"])),
  };
  // Leaving a field out can make the one around it incomplete: that goes next, and is no mistake of the user's.
  for (let first = true; ; first = false) {
    const result = experimentFile.safeParse(rest);
    if (result.success)
      return { file: result.data, indices: new Map(Object.entries(indices)) as Shape["indices"] };
    const faults = result.error.issues.flatMap((issue) => faultsOf(issue, []));
    if (first) for (const fault of faults) note(problems, document, fault);
    // From the back, for the indices of lists to hold.
    for (const { path } of faults.reverse()) {
      if (substitute(rest, path)) continue;
      const cut = nearestPresent(rest, path);
      if (cut.length === 0) return undefined;
      const holder = valueAt(rest, cut.slice(0, -1)) as Record<string | number, unknown>;
      const part = cut.at(-1) as string | number;
      if (Array.isArray(holder)) {
        holder.splice(Number(part), 1);
        indices[cut.slice(0, -1).join(".") as keyof typeof indices]?.splice(Number(part), 1);
      } else delete holder[part];
    }
  }
}

interface Fault {
  readonly path: Path;
  readonly kind: "value" | "key" | "unknown key";
  readonly expected: string;
}

function faultsOf(issue: Issue, base: Path): Fault[] {
  const path = [...base, ...(issue.path as (string | number)[])];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({ path: [...path, key], kind: "unknown key", expected: "" }));
    case "invalid_key":
      return [{ path, kind: "key", expected: issue.issues[0]?.message ?? "another name" }];
    case "invalid_union": {
      // The notation that was meant is the one with mistakes only inside.
      const meant = issue.errors.find((one) => one.every(isInside));
      if (meant !== undefined) return meant.flatMap((inner) => faultsOf(inner, path));
      return [{ path, kind: "value", expected: issue.message }];
    }
    default:
      return [{ path, kind: "value", expected: issue.message }];
  }
}

function isInside(issue: Issue): boolean {
  return issue.path.length > 0 || issue.code === "unrecognized_keys";
}

function note(problems: Problems, document: unknown, { path, kind, expected }: Fault): void {
  const name = String(path.at(-1));
  if (kind === "value") problems.add(path, expected, valueAt(document, path));
  else if (kind === "key") problems.note(path, `expected ${expected}, found "${name}"`, true);
  else {
    const known = keysAt(jsonSchema() as SchemaNode, path.slice(0, -1));
    const near = suggest(name, known);
    const hint = near === undefined ? `expected one of ${known.join(", ")}` : `did you mean "${near}"?`;
    problems.note(
      path,
      known.length === 0 ? "unknown key; expected an empty map" : `unknown key; ${hint}`,
      true,
    );
  }
}

/** What must be there for anything else to be checked, and can be made up. */
const SUBSTITUTES: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["name", "unnamed"],
  ["phases", { measure: "1h" }],
  ["phases.measure", "1h"],
]);

function substitute(document: unknown, path: Path): boolean {
  const value = SUBSTITUTES.get(path.join("."));
  const holder = valueAt(document, path.slice(0, -1));
  if (value === undefined || typeof holder !== "object" || holder === null) return false;
  (holder as Record<string, unknown>)[String(path.at(-1))] = structuredClone(value);
  return true;
}

function nearestPresent(document: unknown, path: Path): Path {
  let present = path;
  while (present.length > 0 && valueAt(document, present) === undefined) present = present.slice(0, -1);
  return present;
}

function indicesOf(value: unknown): number[] {
  return Array.isArray(value) ? value.map((_, index) => index) : [];
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/** The keys that the schema knows at a path. */
function keysAt(schema: SchemaNode, path: Path): string[] {
  const [part, ...rest] = path;
  const alternatives = (schema.anyOf ?? []).flatMap((one) => keysAt(one, path));
  if (part === undefined) return [...Object.keys(schema.properties ?? {}), ...alternatives];
  const names = schema.additionalProperties;
  const next =
    typeof part === "number"
      ? schema.items
      : (schema.properties?.[part] ?? (typeof names === "object" ? names : undefined));
  return [...(next === undefined ? [] : keysAt(next, rest)), ...alternatives];
}
