import type { Command } from "commander";

export function defineCheck(program: Command): void {
  program
    .command("check")
    .summary("print what this machine offers")
    .description(
      "Tries what DieCast needs from this machine and prints for each thing whether it is there, what its lack costs and\n" +
        "the remedy. The exit code is 0 if `diecast exec` works here, else 1.",
    )
    .option("--json", "print JSON instead of a table")
    .action(async (flags: { json?: boolean }) => {
      const { check } = await import("./check.js");
      process.exitCode = await check(flags.json ?? false);
    });
}
