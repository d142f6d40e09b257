import type { Command } from "commander";
import type { CompareFlags } from "./compare.js";

const EXAMPLES = `
A and B are folders of finished runs of one experiment; A is the baseline. Relative errors are (B - A) ÷ |A|. KS is the
Kolmogorov–Smirnov distance of the two distributions, 0 to 1; it is judged only if --tolerance says so.

Exit code: 0 all that is judged lies within the tolerance, 1 something does not, 2 the two cannot be compared.

Examples:
  diecast compare runs/web-tdf1 runs/web-tdf10
  diecast compare --tolerance 3%,p95=10% runs/web-tdf1 runs/web-tdf10
  diecast compare --tolerance ks=0.05 --json runs/web-tdf1 runs/web-tdf10
  diecast compare --csv runs/web-tdf1 runs/web-tdf10 > errors.csv`;

export function defineCompare(program: Command): void {
  program
    .command("compare")
    .summary("compare what two runs measured")
    .description(
      "Prints each metric of two runs, how far they are apart, and whether that is within a tolerance.",
    )
    .argument("<A>", "the baseline's folder")
    .argument("<B>", "the other run's folder")
    .option(
      "--tolerance <share>",
      "5% or 0.05 for all relative errors; value=, mean=, p50=, p95=, ks= for single ones",
      "5%",
    )
    .option("--json", "print JSON instead of a table")
    .option("--csv", "print CSV instead of a table")
    .addHelpText("after", EXAMPLES)
    .helpOption("-h, --help", "print this")
    .action(async (baseline: string, scaled: string, flags: CompareFlags) => {
      const { compare } = await import("./compare.js");
      process.exitCode = await compare(baseline, scaled, flags);
    });
}
