import type { Command } from "commander";
import type { ExecFlags } from "./exec.js";

const EXAMPLES = `
COMMAND runs as it would without diecast: same terminal, input, output, environment and exit code (125 is diecast's own
failure, 126 a command that cannot be run, 127 one that does not exist). Nothing it starts outlives it.

Examples:
  diecast exec --tdf 10 -- bash -c 'time sleep 1'            takes ten seconds, sees one
  diecast exec --tdf 1/3 -- ./test                           time runs three times as fast
  diecast exec --start 2030-01-01 -- date                    another date
  diecast exec --tdf 5 --cpu 0.5 -- ./server                 sees half of a host's core
  diecast exec --stats -- redis-server --port 7000           what was converted, at the end`;

export function defineExec(program: Command): void {
  program
    .command("exec")
    .summary("run a command in dilated time")
    .description("Runs COMMAND, and all it starts, in a time that runs TDF times slower than real time.")
    .usage("[options] -- COMMAND [ARG...]")
    .argument("[command...]")
    .option("--tdf <tdf>", "real duration ÷ virtual duration: a decimal or fraction, 1/1000 to 10000", "10")
    .option(
      "--start <time>",
      "virtual time at the beginning: 2030-01-31, 2030-01-31T12:00:00Z, @SECONDS, now",
      "now",
    )
    .option("--cpu <cores>", "let the command perceive at most this many of the host's cores")
    .option("--tsc", "convert what the rdtsc instruction returns, too (each costs a trap)")
    .option("--no-file-times", "do not convert the time stamps of files")
    .option("--stats", "print at the end what happened: times, processes, converted calls")
    .addHelpText("after", EXAMPLES)
    .passThroughOptions()
    .helpOption("-h, --help", "print this")
    .action(async (command: string[], flags: ExecFlags) => {
      const { exec } = await import("./exec.js");
      exec(command, flags);
    });
}
