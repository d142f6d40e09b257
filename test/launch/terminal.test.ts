import { expect } from "chai";
import { LAUNCHER } from "../guests/run.js";
import { describeJobControl, sleeper, waits } from "./job_control.js";
import { Terminal } from "./terminal.js";
import { processes, until } from "./tree.js";

const PROMPT = "ready> ";

describe("on a terminal", function () {
  this.timeout(60_000);
  let terminal: Terminal;
  beforeEach(async () => {
    terminal = await Terminal.bash();
  });
  afterEach(() => terminal.hangUp());

  describeJobControl({
    terminal: () => terminal,
    prefix: () => "dilated",
    // In two pieces, so that what is typed does not look like the prompt itself.
    shell: () => `PS1="inn""er> " dilated bash --norc --noprofile -i`,
    inside: "inner> ",
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
