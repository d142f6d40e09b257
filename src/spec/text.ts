import { LineCounter, parseDocument } from "yaml";
import { type Positions, positionsInText } from "./positions.js";
import { invalidExperiment } from "./problems.js";

/** An alias may stand for a list that holds aliases…: a few lines could ask for gigabytes. */
const MOST_ALIASES = 1000;

/**
 * Reads YAML (JSON is YAML) into plain values.
 * @param file its name, for messages
 * @throws DieCastError `invalid-experiment`
 */
export function parseText(text: string, file: string): { document: unknown; positions: Positions } {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      merge: true,
      logLevel: "error",
    });
    const mistakes = [...document.errors, ...document.warnings].map(({ message, pos, code }) => {
      const { line, col } = lines.linePos(pos[0]);
      return `${file}:${line}:${col}: ${SAID_BETTER[code] ?? firstLine(message)}`;
    });
    if (mistakes.length > 0) throw invalidExperiment(file, mistakes);
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    if (value === null)
      throw invalidExperiment(file, [`${file}:1:1: expected an experiment, found an empty file`]);
    return { document: value, positions: positionsInText(file, document, lines) };
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw invalidExperiment(file, [`${file}:1:1: is nested too deeply`], cause);
    }
    if (cause instanceof ReferenceError) {
      throw invalidExperiment(file, [`${file}:1:1: aliases: ${firstLine(cause.message)}`], cause);
    }
    throw cause;
  }
}

const SAID_BETTER: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "this key is there already; each may be given once",
  MULTIPLE_DOCS: "expected one document, found a second one",
  TAB_AS_INDENT: "expected spaces as indentation, found a tab",
};

function firstLine(message: string): string {
  return (message.split("\n")[0] ?? "").replace(/[.:]$/, "");
}
