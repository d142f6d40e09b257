import { resolve } from "node:path";
import type { Requirement } from "../experiment.js";
import { whyNotSettable } from "../overrides.js";
import { parametersOf } from "../parameters.js";
import { type Path, type Problems, valueAt } from "../problems.js";
import { type ExperimentFile, experimentFile } from "../schema/file.js";

export function resolveRequirements(file: ExperimentFile, directory: string): readonly Requirement[] {
  return Object.entries(file.requires).map(([what, from]) => ({
    what: what.includes("/") ? resolve(directory, what) : what,
    from: /\s/.test(from.trim())
      ? { kind: "command", command: from }
      : { kind: "package", name: from.trim() },
  }));
}

/** Notes parameters that hide a field of the file, and those that lead nowhere, whether they are used or not. */
export function checkParameters(file: ExperimentFile, document: unknown, problems: Problems): void {
  for (const [name, parameter] of parametersOf(document)) {
    const path = ["parameters", name];
    if (Object.hasOwn(experimentFile.shape, name)) {
      problems.note(path, `expected a name that is no key of the file, found "${name}"`, true);
    }
    if (problems.touches(path) || file.parameters[name] === undefined) continue;
    if (parameter.kind === "fields") {
      const isList = Array.isArray(valueAt(document, path));
      parameter.fields.forEach((field, i) => {
        note(field, isList ? [...path, i] : path, document, problems);
      });
    } else {
      for (const [choice, fields] of parameter.choices) {
        for (const field of fields.keys()) note(field, [...path, choice, field], document, problems);
      }
    }
  }
}

function note(field: string, path: Path, document: unknown, problems: Problems): void {
  const why = whyNotSettable(document, field);
  if (why !== undefined) problems.note(path, why);
}
