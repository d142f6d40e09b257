import type { Command } from "commander";
import type { RunFlags } from "./run.js";

const EXAMPLES = `
EXPERIMENT is a YAML or JSON file, or a folder with an experiment.yaml in it. Everything in it is as the guests perceive it.

Examples:
  diecast run experiments/quickstart --tdf 1                  the baseline, in real time
  diecast run experiments/quickstart --tdf 10                 ten times slower, a tenth of the hardware
  diecast run experiments/quickstart --tdf auto               as slow as this host needs
  diecast run experiments/quickstart --undilated 10           the same tenth of the hardware in real time, to see the difference
  diecast run experiments/quickstart --tdf 10 --dry-run       print the plan; start nothing
  diecast run experiments/quickstart --set guests.client.count=20 --set phases.measure=60s
  diecast run experiments/quickstart --tdf 10 --repeat 5      five runs, seeds 1 to 5, and how far they are apart
  diecast run experiments/auction --set size=forty            parameters: names that an experiment gives to fields
  diecast compare runs/quickstart-tdf1-* runs/quickstart-tdf10-*

Exit code: 0 the run is complete; 1 complete, but a guest failed or the run is not trustworthy; 2 it failed;
125 it could not be begun (a bad experiment, a host too small); 130 interrupted, with what was measured kept.`;

export function defineRun(program: Command): void {
  program
    .command("run")
    .summary("run an experiment as a scale model on this host")
    .description("Runs the guests and links of an experiment on this host and records what they saw.")
    .argument("<experiment>")
    .option("--tdf <tdf>", "real duration ÷ virtual duration: a decimal or fraction, or auto (default: 10)")
    .option(
      "--undilated <tdf>",
      "TDF 1, with the share of processors that guests have at this TDF: what the host could do without dilation",
    )
    .option("--out <folder>", "where to record the run (default: runs/NAME-tdfN-DATE-TIME)")
    .option("--seed <number>", "where random choices begin (default: the experiment's)")
    .option("--repeat <number>", "run it so often, with one seed after the other, into folders 1, 2, …")
    .option("--set <key=value>", "override a field or parameter of the experiment; repeatable", collect, [])
    .option("--dry-run", "print what would be set up, perceived and real, and the host's demand and capacity")
    .option("--overcommit", "run even if the host's capacity is too small")
    .option(
      "--allow-idle",
      "let the host's processors sleep: less power, but bursts run slower at higher TDFs",
    )
    .option(
      "--steady-cores [steps]",
      "keep guests' cores as fast as this, in steps/s, though the host's become faster and slower, and their caches colder at higher TDFs (default: as fast as these are now)",
    )
    .option("--json", "print the summary (or the plan) as JSON")
    .option("--quiet", "show no progress")
    .addHelpText("after", EXAMPLES)
    .helpOption("-h, --help", "print this")
    .action(async (experiment: string, flags: RunFlags) => {
      const { run } = await import("./run.js");
      process.exitCode = await run(experiment, flags);
    });
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value];
}
