import type { Command } from "commander";
import type { CompareFlags } from "./compare.js";

const EXAMPLES = `
A and B are folders of finished runs of one experiment; A is the baseline. Relative errors are (B - A) ÷ |A|. KS is the
Kolmogorov–Smirnov distance of the two distributions, 0 to 1, and p how likely it is for independent values of the same
distribution (those of a run are not independent, so it is too small); it is judged only if --tolerance says so.
The 95 % intervals are of the errors, by drawing blocks of each run's time again: variation within the runs alone.

--margin asks more: not how far the runs were apart, but what is shown. "equivalent": the interval lies within the margin;
"different": outside; "inconclusive": neither. With --baseline both sides may be several runs, those to compare grouped by
their TDF; then the intervals are of the variation between runs (docs/validation.md). The folder of diecast run --repeat stands for
all its runs. diecast validate does all of it.

Exit code: 0 all that is judged lies within the tolerance (is equivalent), 1 something does not (is different), 2 inconclusive,
or the runs cannot be compared. Runs that are not trustworthy by their own verdict cannot, unless --allow-untrustworthy is given.

Examples:
  diecast compare runs/web-tdf1 runs/web-tdf10
  diecast compare --tolerance 3%,p95=10% runs/web-tdf1 runs/web-tdf10
  diecast compare --tolerance ks=0.05 --json runs/web-tdf1 runs/web-tdf10
  diecast compare --csv runs/web-tdf1 runs/web-tdf10 > errors.csv
  diecast compare runs/web-tdf1-repeated runs/web-tdf10-repeated --margin 5%
  diecast compare --baseline web/1 --baseline web/2 --margin 5%,p95=10%,ks=0.15 web10/1 web10/2`;

export function defineCompare(program: Command): void {
  program
    .command("compare")
    .summary("compare what two runs measured")
    .description(
      "Prints each metric of two runs, how far they are apart, and whether that is within a tolerance.",
    )
    .usage("[options] A B\n       diecast compare --baseline A [--baseline A2 ...] [options] B [B2 ...]")
    .argument("<run...>", "folders of runs: the baseline's and the other one")
    .option(
      "--baseline <folder>",
      "a run of the baseline; repeatable. All others are held against them",
      collect,
      [],
    )
    .option(
      "--tolerance <share>",
      "5% or 0.05 for all relative errors (default: 5%); value=, mean=, p50=, p95=, ks= for single ones",
    )
    .option(
      "--margin <share>",
      "the same for a test of equivalence; also profile=, for curves of resource use; none,ks=0.15: only what is named",
    )
    .option("--allow-untrustworthy", "compare runs that are not trustworthy by their own verdict, too")
    .option("--json", "print JSON instead of a table")
    .option("--csv", "print CSV instead of a table")
    .addHelpText("after", EXAMPLES)
    .helpOption("-h, --help", "print this")
    .action(async (runs: string[], flags: CompareFlags) => {
      const { compare } = await import("./compare.js");
      process.exitCode = await compare(runs, flags);
    });
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value];
}
