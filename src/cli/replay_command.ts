import type { Command } from "commander";
import type { ReplayFlags } from "./replay.js";

const EXAMPLES = `
Experiment, files, overrides, seed and TDF are those of the record; on another host guests get as many cores more or
less as it takes to be as fast.

Examples:
  diecast replay runs/quickstart-tdf1-20300131-120000              once more
  diecast replay runs/quickstart-tdf1-20300131-120000 --tdf 10     the same, ten times slower

Exit codes are those of diecast run.`;

export function defineReplay(program: Command): void {
  program
    .command("replay")
    .summary("run a recorded experiment again")
    .description("Runs the experiment of a run's folder again, exactly as recorded.")
    .argument("<run>")
    .option("--tdf <tdf>", "another TDF, or auto (default: the recorded one)")
    .option("--seed <number>", "another seed (default: the recorded one)")
    .option("--out <folder>", "where to record the run (default: runs/NAME-tdfN-DATE-TIME)")
    .option("--overcommit", "run even if the host's capacity is too small (default: as recorded)")
    .option("--allow-idle", "let the host's processors sleep (default: as recorded)")
    .option("--json", "print the summary as JSON")
    .option("--quiet", "show no progress")
    .addHelpText("after", EXAMPLES)
    .helpOption("-h, --help", "print this")
    .action(async (path: string, flags: ReplayFlags) => {
      const { replay } = await import("./replay.js");
      process.exitCode = await replay(path, flags);
    });
}
