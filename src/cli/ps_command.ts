import type { Command } from "commander";

export function definePs(program: Command): void {
  program
    .command("ps")
    .summary("list live runs and their guests")
    .description(
      "Lists the runs that live on this host now, and their guests with the pid of each one's init.\n" +
        "Enter one with `diecast enter GUEST`.",
    )
    .option("--json", "print JSON")
    .helpOption("-h, --help", "print this")
    .action(async (flags: { json?: boolean }) => {
      const { ps } = await import("./ps.js");
      ps(flags.json ?? false);
    });
}
