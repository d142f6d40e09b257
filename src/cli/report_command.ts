import type { Command } from "commander";
import type { ReportFlags } from "./report.js";

const EXAMPLES = `
PATH is the folder of a run (that of diecast run --repeat stands for all its runs), those of several runs of one experiment, or the one
folder of a validation. Of several runs the one
of the lowest TDF is the baseline; among equals the first. The report is one file of HTML that needs no network.

It is written into the folder of the run or validation as report.html; for several runs into the present folder as
EXPERIMENT-report.html. An older one is replaced.

Examples:
  diecast report runs/web-tdf10
  diecast report runs/web-tdf1 runs/web-tdf10 --out web.html --open
  diecast report validations/web-20300131-120000
  diecast report runs/web-tdf10 --json | jq '.verdict'`;

export function defineReport(program: Command): void {
  program
    .command("report")
    .summary("write a page on runs or a validation, to look at and to pass on")
    .description("Writes a page with verdict, charts and figures of runs or of a validation.")
    .argument("<path...>")
    .option("--out <file>", "where to write it")
    .option("--open", "show it in a browser")
    .option("--json", "print what it shows as JSON")
    .addHelpText("after", EXAMPLES)
    .helpOption("-h, --help", "print this")
    .action(async (paths: string[], flags: ReportFlags) => {
      const { report } = await import("./report.js");
      await report(paths, flags);
    });
}
