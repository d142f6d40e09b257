import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { DieCastError } from "../errors.js";
import { suggest } from "../spec/suggest.js";
import { checkFlash, checkMechanical, type Inconsistency } from "./consistency.js";
import { describe } from "./describe.js";
import { fixed, flash, none } from "./flash_schema.js";
import { mechanical } from "./mechanical_schema.js";
import { BLOCK_BYTES, type DiskModel, type DiskModelFile } from "./model.js";

/** The models that come with DieCast. */
const MODELS = fileURLToPath(new URL("../../../models/disks/", import.meta.url));

const SUFFIX = ".json";

const anyModel = z.discriminatedUnion("kind", [mechanical, flash, fixed, none], {
  error: 'expected "mechanical", "flash", "fixed" or "none"',
});

/** The names of the models that come with DieCast, in alphabetical order. */
export function diskModelNames(): string[] {
  return readdirSync(MODELS)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

/**
 * Loads a disk model.
 * @param nameOrPath a name from models/disks, or a path (with a slash or ending in .json) to a file of the same schema
 * @throws DieCastError `invalid-option`: no such model, or a file that cannot be used, with each mistake as one of its
 * `problems`: file, field, what was expected, what was found
 */
export function loadDiskModel(nameOrPath: string): DiskModel {
  const isPath = nameOrPath.includes("/") || nameOrPath.endsWith(SUFFIX);
  if (!isPath && !diskModelNames().includes(nameOrPath)) throw unknownModel(nameOrPath);
  const file = isPath ? nameOrPath : `${MODELS}${nameOrPath}${SUFFIX}`;
  const parameters = check(parse(file), file);
  return {
    name: basename(file, SUFFIX),
    file,
    parameters,
    capacityBlocks: capacityOf(parameters),
    queueDepth:
      parameters.kind === "mechanical" ? parameters.queue.maxOutstandingAtDrive : parameters.queueDepth,
    description: describe(parameters),
  };
}

function unknownModel(name: string): DieCastError {
  const names = diskModelNames();
  const near = suggest(name, names);
  const remedy =
    near !== undefined
      ? `did you mean "${near}"?`
      : "see diecast disk list; a file's path has a slash or ends in .json";
  return new DieCastError("invalid-option", `disk model: there is none called "${name}"`, { remedy });
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? `not JSON: ${cause.message}` : (cause as Error).message;
    throw new DieCastError("invalid-option", `disk model ${file}: ${reason}`, { cause });
  }
}

function check(document: unknown, file: string): DiskModelFile {
  const result = anyModel.safeParse(withKind(document));
  const found: Inconsistency[] = result.success
    ? inconsistencies(result.data)
    : result.error.issues.map((issue) => inconsistencyOf(issue, document));
  if (result.success && found.length === 0) return result.data;
  const problems = found.map(({ path, text }) => `${file}: ${fieldOf(path)}: ${text}`);
  const count = problems.length === 1 ? "1 error" : `${problems.length} errors`;
  throw new DieCastError("invalid-option", `disk model ${file}: ${count}`, { problems });
}

// The reference data's files describe mechanical drives and do not say so.
function withKind(document: unknown): unknown {
  const lacks =
    typeof document === "object" && document !== null && !("kind" in document) && "zones" in document;
  return lacks ? { kind: "mechanical", ...document } : document;
}

function inconsistencies(model: DiskModelFile): Inconsistency[] {
  if (model.kind === "mechanical") return checkMechanical(model);
  return model.kind === "flash" ? checkFlash(model) : [];
}

function inconsistencyOf(issue: z.core.$ZodIssue, document: unknown): Inconsistency {
  const path = issue.path as (string | number)[];
  if (issue.code === "unrecognized_keys")
    return { path: [...path, ...issue.keys.slice(0, 1)], text: "unknown key" };
  return { path, text: `${issue.message}, found ${show(valueAt(document, path))}` };
}

function valueAt(document: unknown, path: readonly (string | number)[]): unknown {
  let value = document;
  for (const part of path) value = (value as Record<string | number, unknown> | null | undefined)?.[part];
  return value;
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function fieldOf(path: readonly (string | number)[]): string {
  const field = path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
    "",
  );
  return field === "" ? "the file" : field;
}

function capacityOf(model: DiskModelFile): number | undefined {
  if (model.kind === "mechanical") return model.capacitySectors;
  return model.capacityBytes === undefined ? undefined : Math.floor(model.capacityBytes / BLOCK_BYTES);
}
