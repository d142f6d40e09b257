import { jsonSchema } from "./schema/file.js";
import { DURATION, type Quantity, RATE, SIZE } from "./units.js";

/** As much of JSON Schema as the experiment file's makes use of. */
interface Node {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

/** Parts of the file that have a table of their own: their heading and what stands between them and their keys. */
const SECTIONS: readonly (readonly [path: string, heading: string])[] = [
  ["", "The file"],
  ["machines.NAME", "A machine type: machines.NAME"],
  ["guests.NAME", "A group of guests: guests.NAME"],
  ["network", "The network: network"],
  ["network.links[]", "A link: network.links[]"],
  ["phases", "Phases: phases"],
  ["events[]", "An event: events[]"],
  ["metrics.NAME", "A metric: metrics.NAME"],
];

/** The reference of the experiment file in Markdown, from the schema. */
export function referenceMarkdown(): string {
  const schema = jsonSchema() as Node;
  const tables = SECTIONS.map(([path, heading]) => {
    const rows = rowsOf(nodeAt(schema, path), "", path);
    return [
      `## ${heading}`,
      "",
      "| key | type | default | meaning | example |",
      "|---|---|---|---|---|",
      ...rows,
    ].join("\n");
  });
  return `${[...tables, unitsOf()].join("\n\n")}\n`;
}

function nodeAt(schema: Node, path: string): Node {
  let node = schema;
  for (const part of path.replaceAll("[]", ".[]").split(".").filter(Boolean)) {
    const next = part === "[]" ? node.items : part === "NAME" ? namesOf(node) : node.properties?.[part];
    if (next === undefined) throw new Error(`the schema has no ${path}`);
    node = next;
  }
  return node;
}

function namesOf({ additionalProperties: names }: Node): Node | undefined {
  return typeof names === "object" ? names : undefined;
}

function rowsOf(node: Node, prefix: string, section: string): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, value]) => {
    const required = node.required?.includes(key) ?? false;
    const { text, byDefault } = meaningOf(value, required);
    const cells = [`\`${prefix}${key}\``, typeOf(value), byDefault, text, exampleOf(key, value)];
    const row = `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
    const full = section === "" ? `${prefix}${key}` : `${section}.${prefix}${key}`;
    // A link's `reverse` and an event's `set` have what the table of links has already.
    const repeats = key === "reverse" || key === "set" || key === "limits";
    const inner = repeats || SECTIONS.some(([path]) => path.startsWith(full)) ? [] : mapsIn(value);
    return [row, ...inner.flatMap((map) => rowsOf(map, `${prefix}${key}.`, section))];
  });
}

function mapsIn(node: Node): Node[] {
  return [...(node.properties === undefined ? [] : [node]), ...(node.anyOf ?? []).flatMap(mapsIn)];
}

/** A default that is no constant stands in the description. */
function meaningOf(node: Node, required: boolean): { text: string; byDefault: string } {
  const [text = "", described] = (node.description ?? "").split(/\.? Default: /);
  const written = node.default === undefined || isEmpty(node.default) ? "–" : `\`${flow(node.default)}\``;
  return { text, byDefault: required ? "**must be given**" : (described ?? written) };
}

function isEmpty(value: unknown): boolean {
  return value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

function typeOf(node: Node): string {
  if (node.title !== undefined) return node.title;
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(typeOf))].join(" or ");
  if (node.enum !== undefined) return node.enum.map((value) => `\`${value}\``).join(", ");
  if (node.const !== undefined) return `\`${node.const}\``;
  if (node.properties !== undefined) return "map";
  if (node.items !== undefined) return `list of ${plural(typeOf(node.items))}`;
  const names = namesOf(node);
  if (names !== undefined) return `names with ${plural(typeOf(names))}`;
  if (node.type === "integer") return `${node.minimum} to ${node.maximum}`;
  if (node.type === "boolean") return "`true`, `false`";
  return [node.type ?? "map"]
    .flat()
    .map((type) => (type === "string" ? "text" : type))
    .join(" or ");
}

function plural(type: string): string {
  return /^[a-z]+$/.test(type) ? `${type}s` : type;
}

function exampleOf(key: string, { examples = [] }: Node): string {
  return examples.map((example) => `\`${key}: ${flow(example)}\``).join("<br>");
}

/** In YAML's one-line notation, with quotes only where they are needed. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, one]) => `${key}: ${flow(one)}`)
      .join(", ")} }`;
  }
  if (typeof value !== "string") return String(value);
  return /^[\w./][\w./% -]*$/.test(value) || /^[\d.]+\S*$/.test(value) ? value : `'${value}'`;
}

function unitsOf(): string {
  const row = ({ name, units }: Quantity, example: string) =>
    `| ${name} | ${[...new Set([...units.keys()].map((unit) => unit.replace("μ", "µ")))].join(", ")} | \`${example}\` |`;
  return [
    "## Units",
    "",
    "| type | units | example |",
    "|---|---|---|",
    row(DURATION, "1.5ms"),
    row(SIZE, "64MiB"),
    row(RATE, "10Mbit/s"),
    "| probability | %, or a plain number from 0 to 1 | `0.5%` |",
    "| cores | a decimal or a fraction | `3/4` |",
  ].join("\n");
}
