import { referenceMarkdown } from "../spec/reference.js";
import { jsonSchema } from "../spec/schema/file.js";
import { print } from "./print.js";

/** Prints what an experiment file may hold. */
export function schema(markdown: boolean): void {
  print(markdown ? referenceMarkdown() : `${JSON.stringify(jsonSchema(), null, 2)}\n`);
}
