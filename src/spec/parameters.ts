import { valueAt } from "./problems.js";

/** A name under which `--set` reaches several fields of an experiment. */
export type Parameter = { readonly name: string } & (
  | {
      readonly kind: "fields";
      /** Their paths; each gets the value that is given. */
      readonly fields: readonly string[];
    }
  | {
      readonly kind: "choices";
      /** What may be given, and for each the values that fields get, by their paths. */
      readonly choices: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
    }
);

/** The parameters of a document, by name. What is none is left out: the schema says what is wrong with it. */
export function parametersOf(document: unknown): ReadonlyMap<string, Parameter> {
  const parameters = entriesOf(valueAt(document, ["parameters"])).flatMap(([name, given]) => {
    const parameter = readParameter(name, given);
    return parameter === undefined ? [] : [[name, parameter] as const];
  });
  return new Map(parameters);
}

function readParameter(name: string, given: unknown): Parameter | undefined {
  if (typeof given === "string") return { name, kind: "fields", fields: [given] };
  if (Array.isArray(given)) {
    return { name, kind: "fields", fields: given.filter((path) => typeof path === "string") };
  }
  const choices = entriesOf(given).map(([choice, fields]) => [choice, new Map(entriesOf(fields))] as const);
  return choices.length === 0 ? undefined : { name, kind: "choices", choices: new Map(choices) };
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
