import { DieCastError } from "../errors.js";
import { type Parameter, parametersOf } from "./parameters.js";
import { formatPath, type Path } from "./problems.js";
import { suggest } from "./suggest.js";
import { parseText } from "./text.js";

export interface Override {
  /** As the user gave it. */
  readonly text: string;
  readonly path: Path;
}

/** Maps whose keys the user chooses: a new one there is hardly meant when something inside it is set. */
const NAMED = new Set(["guests", "machines", "metrics", "network.switches"]);

/**
 * Sets fields of a document as `--set PATH=VALUE` says; the value is YAML. Items of lists go by their number or, links, by
 * their name; PATH may also be the name of one of the document's parameters.
 * @returns the document, changed, and where the overrides went
 * @throws DieCastError `invalid-option`, naming --set
 */
export function applyOverrides(
  document: unknown,
  texts: readonly string[],
): { document: unknown; overrides: readonly Override[] } {
  const changed = copyOf(document);
  const parameters = parametersOf(document);
  const overrides = texts.flatMap((text): Override[] => {
    const equals = text.indexOf("=");
    const keys = text.slice(0, Math.max(equals, 0)).trim().split(".");
    if (equals < 0 || keys.includes("")) {
      throw new DieCastError(
        "invalid-option",
        `--set: expected PATH=VALUE such as guests.web.count=4, got "${text}"`,
      );
    }
    const value = readValue(text.slice(equals + 1), text);
    const parameter = keys.length === 1 ? parameters.get(keys[0] as string) : undefined;
    const fields = parameter === undefined ? [{ keys, value }] : fieldsOf(parameter, value, text);
    return fields.map((field) => ({ text, path: setField(changed, field.keys, field.value, text) }));
  });
  return { document: changed, overrides };
}

/**
 * Says why a field cannot be set; undefined if it can. The document is left as it is.
 * @param path as in `--set PATH=VALUE`
 */
export function whyNotSettable(document: unknown, path: string): string | undefined {
  const keys = path.split(".");
  if (keys.includes("")) return `expected a path such as guests.web.count, found "${path}"`;
  try {
    setField(copyOf(document), keys, null, path);
    return undefined;
  } catch (error) {
    if (error instanceof DieCastError) return error.message.replace(`--set ${path}: `, "");
    throw error;
  }
}

interface Field {
  readonly keys: readonly string[];
  readonly value: unknown;
}

function fieldsOf(parameter: Parameter, value: unknown, text: string): Field[] {
  if (parameter.kind === "fields") return parameter.fields.map((path) => ({ keys: path.split("."), value }));
  const chosen = parameter.choices.get(String(value));
  if (chosen === undefined)
    throw noSuchName([parameter.name], String(value), [...parameter.choices.keys()], text);
  return [...chosen].map(([path, own]) => ({ keys: path.split("."), value: own }));
}

/** Of what YAML's aliases have made one thing in several places, each place gets a copy of its own: only one is to be set. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== "object" || value === null) return value;
  // Not by assignment: see define().
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)]));
}

function readValue(text: string, option: string): unknown {
  if (text.trim() === "") return "";
  try {
    return parseText(text, "value").document;
  } catch (cause) {
    if (!(cause instanceof DieCastError)) throw cause;
    const why = cause.problems[0]?.replace(/^value:\d+:\d+: /, "") ?? cause.message;
    // YAML's null is the one value that is no document.
    if (/^(?:null|~)$/i.test(text.trim())) return null;
    throw new DieCastError("invalid-option", `--set ${option}: the value cannot be read: ${why}`, { cause });
  }
}

type Holder = Record<string | number, unknown>;

function setField(document: unknown, keys: readonly string[], value: unknown, text: string): Path {
  let holder = document;
  const path: (string | number)[] = [];
  for (const [depth, key] of keys.entries()) {
    if (typeof holder !== "object" || holder === null) throw noPlace(path, "holds no fields", text);
    const part = Array.isArray(holder) ? indexOf(holder, key, path, text) : key;
    const last = depth === keys.length - 1;
    const fields = holder as Holder;
    if (!last && !Object.hasOwn(fields, part)) {
      if (NAMED.has(path.join("."))) throw noSuchName(path, key, Object.keys(fields), text);
      define(fields, part, {});
    }
    path.push(part);
    // A copy: of what is set in several places only one may be set next.
    if (last) define(fields, part, copyOf(value));
    else {
      // `web:` with nothing behind it is an empty map.
      fields[part] ??= {};
      holder = fields[part];
    }
  }
  return path;
}

/** Not by assignment: that would take "__proto__" for more than a name. */
function define(holder: Holder, key: string | number, value: unknown): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}

function indexOf(list: readonly unknown[], key: string, path: Path, text: string): number {
  if (/^\d+$/.test(key)) {
    if (Number(key) < list.length) return Number(key);
    throw noPlace(path, `has ${list.length} items, counted from 0`, text);
  }
  const names = list.map(nameOf);
  const index = names.indexOf(key);
  if (index < 0)
    throw noSuchName(
      path,
      key,
      names.filter((name) => name !== undefined),
      text,
    );
  return index;
}

/** A link's name. */
function nameOf(item: unknown): string | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const { name, from, to } = item as Record<string, unknown>;
  if (typeof name === "string") return name;
  return typeof from === "string" && typeof to === "string" ? `${from}-${to}` : undefined;
}

function noPlace(path: Path, why: string, text: string): DieCastError {
  return new DieCastError("invalid-option", `--set ${text}: ${formatPath(path) || "the file"} ${why}`);
}

function noSuchName(path: Path, key: string, known: readonly string[], text: string): DieCastError {
  const near = suggest(key, known);
  const hint =
    near !== undefined
      ? `; did you mean "${near}"?`
      : known.length > 0
        ? `; there is ${known.join(", ")}`
        : "";
  return new DieCastError("invalid-option", `--set ${text}: ${formatPath(path)} has no "${key}"${hint}`);
}
