import type { Command } from "commander";
import type { ValidateFlags } from "./validate.js";

const EXAMPLES = `
Runs EXPERIMENT several times at each TDF, in turns, each run in a process of its own, and tests whether it comes to the same at
all of them. The first TDF is the baseline. The nth repetition has the nth seed at every TDF. A run that is not trustworthy by
its own verdict is repeated once, and if it is so again, named and not counted.

--vary tests with several values of a field or parameter, and the report shows each metric against it. --undilated runs beside
them what the same host would do without DieCast: guests have the processors that they have at that TDF, and real time.

For each number the error is given with a 95 % interval, from the spread between repeats. "equivalent": the interval lies within
the margin; "different": outside; "inconclusive": neither, more repeats would tell. Formulas: docs/validation.md.

The host's cores may be faster for one run than for the next, by a half on a machine that others share, and their caches are
colder at higher TDFs. Guests' cores are kept as fast in all runs; --no-steady-cores leaves that out.

Everything goes to one folder: validation.json, validation.csv, and the runs in runs/. Ctrl-C ends the present run in order and
keeps what is there; --continue FOLDER goes on. Beside it --repeat says how many repetitions there are to be in all. Who adds
some until the verdict pleases is right less often than 95 times of 100.

Exit code: 0 equivalent, 1 different, 2 inconclusive or not comparable; 125 it could not be begun; 130 interrupted.

Examples:
  diecast validate experiments/quickstart --tdf 1,2,5,10
  diecast validate experiments/quickstart --tdf 1,10 --repeat 10 --margin 3%,p95=10%,ks=0.15,profile=20%
  diecast validate experiments/quickstart --tdf 5,10,20 --set phases.measure=60s --out validations/quick
  diecast validate experiments/auction --tdf 1,10 --repeat 3 --vary sessions=100,200,1000 --undilated
  diecast validate experiments/quickstart --tdf 1,10 --repeat 8 --baseline-repeat 3
  diecast validate --continue validations/quick --json
  diecast validate --continue validations/quick --repeat 12`;

export function defineValidate(program: Command): void {
  program
    .command("validate")
    .summary("test whether an experiment comes to the same at several TDFs")
    .description("Runs an experiment repeatedly at several TDFs and tests whether it comes to the same.")
    .argument("[experiment]")
    .option("--tdf <list>", "TDFs with commas between; the first is the baseline (default: 1,10)")
    .option("--repeat <number>", "runs at each TDF (default: 5, with --continue those asked for)")
    .option(
      "--baseline-repeat <number>",
      "runs of the first TDF in each repetition (default: 1, with --continue those asked for): they take least time, and their mean is what the others are compared with",
    )
    .option(
      "--margin <share>",
      "how large an error would not matter: 5% for all (the default); value=, mean=, p50=, p95=, ks=, profile= for single ones; none,ks=0.15: only those",
    )
    .option("--set <key=value>", "override a field of the experiment; repeatable", collect, [])
    .option(
      "--vary <name=values>",
      "test with each of these values of a field or parameter: sessions=100,200,1000",
    )
    .option(
      "--undilated [tdf]",
      "show also what comes of the processors that guests have at this TDF (default: the last one), in real time",
    )
    .option("--seed <number>", "of the first repetition (default: the experiment's)")
    .option("--out <folder>", "where to record it (default: validations/NAME-DATE-TIME)")
    .option(
      "--continue <folder>",
      "go on with a validation that was interrupted, or is to have more repetitions",
    )
    .option("--overcommit", "run even if the host's capacity is too small")
    .option("--allow-idle", "let the host's processors sleep while nobody wants them")
    .option(
      "--steady-cores [steps]",
      "keep guests' cores as fast as this, in steps/s, in all runs (default: as fast as the host's are at the beginning)",
    )
    .option("--no-steady-cores", "guests' cores are as fast as the host's are at the time")
    .option("--json", "print validation.json instead of a table")
    .option("--csv", "print validation.csv instead of a table")
    .option("--quiet", "show no progress")
    .addHelpText("after", EXAMPLES)
    .helpOption("-h, --help", "print this")
    .action(async (experiment: string | undefined, flags: ValidateFlags) => {
      const { validate } = await import("./validate.js");
      process.exitCode = await validate(experiment, flags);
    });
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value];
}
