import { expect } from "chai";
import { type RunRegistration, registerRun } from "../../src/host/state/register.js";
import { TestRun } from "../host/guests/model.js";
import { describeJobControl, sleeper, waits } from "../launch/job_control.js";
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

  describeJobControl({
    terminal: () => terminal,
    prefix: () => enter,
    shell: () => `${enter} bash --norc --noprofile -i`,
    inside: INSIDE,
  });

  it("SIGSTOP from inside stops it, and fg continues it", async () => {
    terminal.type(`${enter} sh -c 'kill -STOP $$; echo on; exit 5'\n`);
    expect(await terminal.shows(PROMPT)).to.match(/Stopped/);
    terminal.type("fg\n");
    await terminal.shows(/\r\non\r\n/);
    await terminal.shows(PROMPT);
    expect(await terminal.status()).to.equal(5);
  });

  it("ends with the terminal", async () => {
    const command = sleeper();
    terminal.type(`${enter} sh -c '${command}; :'\n`);
    await waits(command);
    await terminal.hangUp();
    await until(() => !processes().some((one) => one.commandLine === `${command} `), "its end");
  });
});
