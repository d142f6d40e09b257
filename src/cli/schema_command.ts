import type { Command } from "commander";

const EXAMPLES = `
Examples:
  diecast schema > experiment.schema.json
  # then, as an experiment file's first line, for editors with the YAML language server:
  # yaml-language-server: $schema=experiment.schema.json`;

export function defineSchema(program: Command): void {
  program
    .command("schema")
    .summary("print the JSON Schema of experiment files")
    .description(
      "Prints the JSON Schema (draft 7) of experiment files, with which editors complete and check them.",
    )
    .option("--markdown", "print the tables of docs/experiment.md instead")
    .addHelpText("after", EXAMPLES)
    .action(async (flags: { markdown?: boolean }) => {
      const { schema } = await import("./schema.js");
      schema(flags.markdown ?? false);
    });
}
