import { expect } from "chai";
import { LAUNCHER } from "../guests/run.js";
import { Terminal } from "./terminal.js";
import { processes, until } from "./tree.js";

const PROMPT = "ready> ";

let sleepers = 0;

/** A `sleep` that no other test runs, and so can be looked for. */
function sleeper(): string {
  sleepers += 1;
  return `sleep ${10_000 + sleepers}.${process.pid}`;
}

/** Waits until a process with this command line waits for something. */
async function waits(commandLine: string): Promise<void> {
  const there = () => processes().some((one) => one.commandLine === `${commandLine} ` && one.state === "S");
  await until(there, commandLine);
}

describe("on a terminal", function () {
  this.timeout(60_000);
  let terminal: Terminal;
  beforeEach(async () => {
    terminal = await Terminal.bash();
  });
  afterEach(() => terminal.hangUp());

  it("Ctrl-C ends the command", async () => {
    const command = sleeper();
    terminal.type(`dilated ${command}\n`);
    await waits(command);
    terminal.type("\x03");
    await terminal.shows(PROMPT);
    expect(await terminal.status()).to.equal(130);
  });

  it("Ctrl-C ends a loop around it", async () => {
    const command = sleeper();
    terminal.type(`for i in 1 2 3; do dilated ${command}; echo next; done\n`);
    await waits(command);
    terminal.type("\x03");
    expect(await terminal.shows(PROMPT)).to.match(/\^C\s+ready> $/);
  });

  it("Ctrl-C that the command deals with goes to it alone", async () => {
    terminal.type(
      `dilated bash -c 'trap "echo dealt with; exit 5" INT; echo begun; while :; do sleep 0.01; done'\n`,
    );
    await terminal.shows("begun\r\n");
    terminal.type("\x03");
    await terminal.shows("dealt with");
    await terminal.shows(PROMPT);
    expect(await terminal.status()).to.equal(5);
  });

  it("Ctrl-\\ ends it, with the core dump left to it", async () => {
    const command = sleeper();
    terminal.type(`dilated ${command}\n`);
    await waits(command);
    terminal.type("\x1c");
    await terminal.shows(PROMPT);
    expect(await terminal.status()).to.equal(131);
  });

  it("Ctrl-Z stops it, fg continues it, in the foreground", async () => {
    terminal.type("dilated sh -c 'echo begun; exec cat'\n");
    await terminal.shows("begun\r\n");
    // What is typed comes back once from the terminal and once from cat.
    terminal.type("first\n");
    await terminal.shows("first\r\n");
    await terminal.shows("first\r\n");
    terminal.type("\x1a");
    expect(await terminal.shows(PROMPT)).to.match(/Stopped {2,}dilated sh/);
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
    terminal.type("dilated bash -c 'echo begun; read -t 0.5 < <(sleep 2); exit 4'\n");
    await terminal.shows("begun\r\n");
    terminal.type("\x1a");
    expect(await terminal.shows(PROMPT)).to.contain("Stopped");
    await terminal.run("bg");
    await terminal.run("wait %1");
    expect(await terminal.status()).to.equal(4);
  });

  it("one in the background that reads is stopped", async () => {
    await terminal.run("dilated cat &");
    const end = Date.now() + 10_000;
    while (!(await terminal.run("jobs -l")).includes("Stopped (tty input)")) {
      expect(Date.now()).to.be.below(end, "waited for the stop in vain");
    }
    await terminal.run("kill -KILL %1");
  });

  it("kill %1 ends it", async () => {
    const command = sleeper();
    await terminal.run(`dilated ${command} &`);
    await waits(command);
    await terminal.run("kill %1; wait %1");
    expect(await terminal.status()).to.equal(143);
  });

  it("a shell inside has job control of its own, and hands the terminal back", async () => {
    const command = sleeper();
    // In two pieces, so that what is typed does not look like the prompt itself.
    terminal.type(`PS1="inn""er> " dilated bash --norc --noprofile -i\n`);
    await terminal.shows("inner> ");
    terminal.type(`${command}\n`);
    await waits(command);
    terminal.type("\x1a");
    expect(await terminal.shows("inner> ")).to.match(/Stopped {2,}sleep/);
    terminal.type("fg\n");
    await terminal.shows(`\r\n${command}\r\n`);
    // The shell says so first, and only then hands the terminal over and continues it.
    await waits(command);
    terminal.type("\x03");
    await terminal.shows("inner> ");
    terminal.type("suspend\n");
    expect(await terminal.shows(PROMPT)).to.contain("Stopped");
    terminal.type("fg\n");
    await terminal.shows("bash --norc --noprofile -i\r\n");
    terminal.type("exit 6\n");
    await terminal.shows(PROMPT);
    expect(await terminal.status()).to.equal(6);
  });
});

describe("leading a session", function () {
  this.timeout(30_000);
  const running = (mark: string) => processes().some(({ commandLine }) => commandLine.includes(mark));

  it("the command hears of a hang-up", async () => {
    const script = "echo begun; sleep 1000";
    const terminal = new Terminal([LAUNCHER, "--tdf", "1/1", "--", "bash", "-c", script, "diecast-hang-up"]);
    await terminal.shows("begun");
    await terminal.hangUp();
    await until(() => !running("diecast-hang-up"), "its end");
  });

  it("Ctrl-Z stops nothing, as nobody could continue it", async () => {
    const script = 'echo begun; while read -r line; do echo "read $line"; done';
    const terminal = new Terminal([LAUNCHER, "--tdf", "1/1", "--", "bash", "-c", script, "diecast-no-stop"]);
    try {
      await terminal.shows("begun");
      terminal.type("\x1a");
      terminal.type("on\n");
      await terminal.shows("read on");
    } finally {
      await terminal.hangUp();
    }
  });
});
