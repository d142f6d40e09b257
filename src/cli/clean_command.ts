import type { Command } from "commander";

export function defineClean(program: Command): void {
  program
    .command("clean")
    .summary("remove what dead runs have left")
    .description(
      "Removes cgroups and files of runs whose diecast was killed, and says what it has removed. All else of a run (processes,\n" +
        "namespaces, mounts, devices) ends with it. Live runs are not touched. Each new run does the same by itself.",
    )
    .option("--json", "print JSON")
    .addHelpText("after", "\nExit code: 0 nothing is left; 1 something is still in use (it is listed).")
    .helpOption("-h, --help", "print this")
    .action(async (flags: { json?: boolean }) => {
      const { clean } = await import("./clean.js");
      process.exitCode = clean(flags.json ?? false);
    });
}
