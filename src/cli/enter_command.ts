import type { Command } from "commander";
import type { EnterFlags } from "./enter.js";

const EXAMPLES = `
The command sees the guest's files, network, processes and time, and shares its limits. Without one it is the user's shell.

Examples:
  diecast enter client-3                        a shell
  diecast enter web -- ss -tlnp                 what web listens on
  diecast enter --user root web sh -c 'date; uptime'`;

export function defineEnter(program: Command): void {
  program
    .command("enter")
    .summary("run a command or a shell in a running guest, in its time")
    .description("Runs COMMAND in a guest of a live run, with this terminal, and ends with its exit code.")
    .usage("[options] GUEST [--] [COMMAND [ARG...]]")
    .argument("<guest>")
    .argument("[command...]")
    .option("--run <id>", "the run, if several have a guest of that name; see diecast ps")
    .option("--user <user>", "a user of the guest, by name or number (default: the one its program runs as)")
    .addHelpText("after", EXAMPLES)
    .passThroughOptions()
    .helpOption("-h, --help", "print this")
    .action(async (guest: string, command: string[], flags: EnterFlags) => {
      const { enter } = await import("./enter.js");
      enter(guest, command, flags);
    });
}
