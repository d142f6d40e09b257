import { expect } from "chai";
import type { Terminal } from "./terminal.js";
import { processes, until } from "./tree.js";

const PROMPT = "ready> ";

/** What job control is tested on. */
export interface Jobs {
  /** The terminal of the test that runs. */
  terminal(): Terminal;
  /** What stands before a command; known when the tests run. */
  prefix(): string;
  /** An interactive bash; it prompts with `inside`. */
  shell(): string;
  readonly inside: string;
}

let sleepers = 0;

/** A `sleep` that no other test runs, and so can be looked for. */
export function sleeper(): string {
  sleepers += 1;
  return `sleep ${10_000 + sleepers}.${process.pid}`;
}

/** Waits until a process with this command line waits for something. */
export async function waits(commandLine: string): Promise<void> {
  const there = () => processes().some((one) => one.commandLine === `${commandLine} ` && one.state === "S");
  await until(there, commandLine);
}

/** The tests of whatever runs a command for a shell: it is to behave as the command itself would. */
export function describeJobControl({ terminal: current, prefix, shell, inside }: Jobs): void {
  it("Ctrl-C ends the command", async () => {
    const terminal = current();
    const command = sleeper();
    terminal.type(`${prefix()} ${command}\n`);
    await waits(command);
    terminal.type("\x03");
    await terminal.shows(PROMPT);
    expect(await terminal.status()).to.equal(130);
  });

  it("Ctrl-Z stops it, fg continues it, in the foreground", async () => {
    const terminal = current();
    terminal.type(`${prefix()} sh -c 'echo begun; exec cat'\n`);
    await terminal.shows("begun\r\n");
    // What is typed comes back once from the terminal and once from cat.
    terminal.type("first\n");
    await terminal.shows("first\r\n");
    await terminal.shows("first\r\n");
    terminal.type("\x1a");
    expect(await terminal.shows(PROMPT)).to.match(/Stopped {2,}.*sh -c/);
    // By SIGTSTP, as it would be without diecast.
    expect(await terminal.status()).to.equal(148);
    terminal.type("fg\n");
    await terminal.shows("exec cat'\r\n");
    terminal.type("typed\n");
    await terminal.shows("typed\r\n");
    await terminal.shows("typed\r\n");
    terminal.type("\x04");
    await terminal.shows(PROMPT);
    expect(await terminal.status()).to.equal(0);
  });

  it("a stopped one goes on in the background at bg", async () => {
    const terminal = current();
    terminal.type(`${prefix()} bash -c 'echo begun; read -t 0.5 < <(sleep 2); exit 4'\n`);
    await terminal.shows("begun\r\n");
    terminal.type("\x1a");
    expect(await terminal.shows(PROMPT)).to.contain("Stopped");
    await terminal.run("bg");
    await terminal.run("wait %1");
    expect(await terminal.status()).to.equal(4);
  });

  it("a shell inside has job control of its own, and hands the terminal back", async () => {
    const terminal = current();
    const command = sleeper();
    terminal.type(`${shell()}\n`);
    await terminal.shows(inside);
    terminal.type(`${command}\n`);
    await waits(command);
    terminal.type("\x1a");
    expect(await terminal.shows(inside)).to.match(/Stopped {2,}sleep/);
    terminal.type("fg\n");
    await terminal.shows(`\r\n${command}\r\n`);
    // The shell says so first, and only then hands the terminal over and continues it.
    await waits(command);
    terminal.type("\x03");
    await terminal.shows(inside);
    terminal.type("suspend\n");
    expect(await terminal.shows(PROMPT)).to.contain("Stopped");
    terminal.type("fg\n");
    await terminal.shows("bash --norc --noprofile -i\r\n");
    terminal.type("exit 6\n");
    await terminal.shows(PROMPT);
    expect(await terminal.status()).to.equal(6);
  });
}
