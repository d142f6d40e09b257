import { writeSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { DieCastError } from "../errors.js";
import { packageVersion } from "../version.js";
import { defineCheck } from "./check_command.js";
import { defineClean } from "./clean_command.js";
import { defineCompare } from "./compare_command.js";
import { defineDisk } from "./disk_command.js";
import { defineEnter } from "./enter_command.js";
import { defineExec } from "./exec_command.js";
import { print } from "./print.js";
import { definePs } from "./ps_command.js";
import { defineReplay } from "./replay_command.js";
import { defineReport } from "./report_command.js";
import { defineRun } from "./run_command.js";
import { defineSchema } from "./schema_command.js";
import { defineValidate } from "./validate_command.js";

/** The exit code of DieCast's own failures, as timeout(1), env(1) and nice(1) have it. */
const OWN_FAILURE = 125;
/** And of what Ctrl-C ended before there was anything to keep. */
const INTERRUPTED = 130;

const program = new Command("diecast")
  .description("Runs scale models of distributed systems, and any unmodified program, in dilated time.")
  .version(packageVersion())
  .option("--verbose", "on failure print what lies behind it, too")
  .enablePositionalOptions()
  .showSuggestionAfterError(false)
  .configureOutput({ writeOut: print, outputError: () => {} })
  .exitOverride();
defineRun(program);
defineReplay(program);
defineCompare(program);
defineValidate(program);
defineReport(program);
definePs(program);
defineEnter(program);
defineClean(program);
defineExec(program);
defineCheck(program);
defineSchema(program);
defineDisk(program);

try {
  if (process.argv.length <= 2)
    throw new DieCastError("invalid-option", "a command is missing", { remedy: "see diecast --help" });
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Prints one line and returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const problems = error instanceof DieCastError ? error.problems : [];
  // Not process.stderr: that would change the mode of a terminal or pipe that others share.
  for (const problem of problems) writeSync(2, `${problem}\n`);
  writeSync(2, `diecast: ${lineOf(error)}\n`);
  if (program.opts<{ verbose?: boolean }>().verbose) writeSync(2, `${causeOf(error)}\n`);
  return error instanceof DieCastError && error.code === "aborted" ? INTERRUPTED : OWN_FAILURE;
}

function lineOf(error: unknown): string {
  if (error instanceof DieCastError) return error.line;
  if (error instanceof CommanderError) return `${error.message.replace(/^error: /, "")}; see diecast --help`;
  return `internal error: ${error instanceof Error ? error.message : String(error)}`;
}

function causeOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const cause =
    error instanceof Error && error.cause !== undefined ? `\ncaused by: ${causeOf(error.cause)}` : "";
  return stack + cause;
}
