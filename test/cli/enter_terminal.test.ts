import { expect } from "chai";
import { type RunRegistration, registerRun } from "../../src/host/state/register.js";
import { TestRun } from "../host/guests/model.js";
import { Terminal } from "../launch/terminal.js";
import { processes, until } from "../launch/tree.js";
import { DIECAST } from "../paths.js";

const PROMPT = "ready> ";
const INSIDE = "inside> ";

describe("diecast enter on a terminal", function () {
  this.timeout(60_000);
  let run: TestRun;
  let registration: RunRegistration;
  let terminal: Terminal;
  let enter: string;

  before(async () => {
    run = new TestRun(2);
    registration = registerRun({ id: run.id, runDirectory: run.directory, clock: run.clock });
    await run.guest("web", undefined, { environment: { PS1: INSIDE } });
    enter = `${DIECAST} enter --run ${run.id} web`;
  });
  after(async () => {
    registration.remove();
    await run.close();
  });
  beforeEach(async () => {
    terminal = await Terminal.bash();
  });
  afterEach(() => terminal.hangUp());

  async function waits(commandLine: string): Promise<void> {
    await until(
      () => processes().some((one) => one.commandLine === `${commandLine} ` && one.state === "S"),
      commandLine,
    );
  }

  it("Ctrl-C ends the command", async () => {
    const command = `sleep 20001.${process.pid}`;
    terminal.type(`${enter} ${command}\n`);
    await waits(command);
    terminal.type("\x03");
    await terminal.shows(PROMPT);
    expect(await terminal.status()).to.equal(130);
  });

  it("Ctrl-Z stops it, fg continues it, in the foreground", async () => {
    terminal.type(`${enter} sh -c 'echo begun; exec cat'\n`);
    await terminal.shows("begun\r\n");
    terminal.type("\x1a");
    expect(await terminal.shows(PROMPT)).to.match(/Stopped/);
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

  it("SIGSTOP from inside stops it, and fg continues it", async () => {
    terminal.type(`${enter} sh -c 'kill -STOP $$; echo on; exit 5'\n`);
    expect(await terminal.shows(PROMPT)).to.match(/Stopped/);
    terminal.type("fg\n");
    await terminal.shows(/\r\non\r\n/);
    await terminal.shows(PROMPT);
    expect(await terminal.status()).to.equal(5);
  });

  it("a stopped one goes on in the background at bg", async () => {
    terminal.type(`${enter} bash -c 'echo begun; read -t 0.5 < <(sleep 2); exit 4'\n`);
    await terminal.shows("begun\r\n");
    terminal.type("\x1a");
    expect(await terminal.shows(PROMPT)).to.contain("Stopped");
    await terminal.run("bg");
    await terminal.run("wait %1");
    expect(await terminal.status()).to.equal(4);
  });

  it("a shell has job control inside, and hands the terminal back", async () => {
    const command = `sleep 20002.${process.pid}`;
    terminal.type(`${enter} bash --norc --noprofile -i\n`);
    await terminal.shows(INSIDE);
    terminal.type(`${command}\n`);
    await waits(command);
    terminal.type("\x1a");
    expect(await terminal.shows(INSIDE)).to.match(/Stopped {2,}sleep/);
    terminal.type("fg\n");
    await terminal.shows(`\r\n${command}\r\n`);
    // The shell says so first, and only then hands the terminal over and continues it.
    await waits(command);
    terminal.type("\x03");
    await terminal.shows(INSIDE);
    terminal.type("hostname\n");
    await terminal.shows("web\r\n");
    await terminal.shows(INSIDE);
    terminal.type("exit 6\n");
    await terminal.shows(PROMPT);
    expect(await terminal.status()).to.equal(6);
  });

  it("ends with the terminal", async () => {
    const command = `sleep 20003.${process.pid}`;
    terminal.type(`${enter} sh -c '${command}; :'\n`);
    await waits(command);
    await terminal.hangUp();
    await until(() => !processes().some((one) => one.commandLine === `${command} `), "its end");
  });
});
