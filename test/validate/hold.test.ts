import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ownerOf } from "../../src/host/state/owner.js";
import { HOLD_FILE, holdFolder } from "../../src/validate/hold.js";
import { Folder } from "../metrics/folder.js";

describe("the hold of a validation's folder", () => {
  let folder: Folder;
  let run: ChildProcess;
  let notes: string[];
  beforeEach(async () => {
    folder = new Folder();
    notes = [];
    run = spawn("sleep", ["60"], { stdio: "ignore" });
    await once(run, "spawn");
  });
  afterEach(async function () {
    await end(run);
    folder.close(this.currentTest);
  });

  async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "close");
  }
  const DEAD = { pid: process.pid, startTicks: 1 };
  const write = (holder: unknown) => folder.write(HOLD_FILE, JSON.stringify(holder));
  const hold = (patienceMs = 10_000, signal = new AbortController().signal) =>
    holdFolder(folder.path, { note: (line) => notes.push(line), signal, patienceMs });
  const complaint = async (work: Promise<unknown>) =>
    work.then(
      () => "none",
      (error: Error) => error.message,
    );

  it("names this process and that of its run, and goes when it is let go", async () => {
    const held = await hold();
    held.running(run.pid as number);
    expect(JSON.parse(readFileSync(join(folder.path, HOLD_FILE), "utf8"))).to.deep.equal({
      ...ownerOf(process.pid),
      run: ownerOf(run.pid as number),
    });
    held.release();
    expect(existsSync(join(folder.path, HOLD_FILE))).to.equal(false);
  });

  it("is had by one at a time", async () => {
    const tries = await Promise.all([complaint(hold()), complaint(hold())]);
    expect(tries.sort()).to.deep.equal([`${folder.path}: process ${process.pid} is carrying it out`, "none"]);
  });

  it("is taken from the dead, and from who had not finished writing it", async () => {
    write(DEAD);
    (await hold()).release();
    folder.write(HOLD_FILE, "");
    (await hold()).release();
    folder.write(HOLD_FILE, '{"pid":');
    (await hold()).release();
    expect(notes).to.deep.equal([]);
  });

  it("waits for the run of one that was killed, and says so", async () => {
    write({ ...DEAD, run: ownerOf(run.pid as number) });
    let had = false;
    const held = hold().then((own) => {
      had = true;
      return own;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(had).to.equal(false);
    expect(notes).to.deep.equal([
      `${folder.path}: its last run (process ${run.pid}) is still ending; waiting for it`,
    ]);
    await end(run);
    (await held).release();
  });

  it("does not wait for ever, nor after Ctrl-C", async () => {
    write({ ...DEAD, run: ownerOf(run.pid as number) });
    expect(await complaint(hold(150))).to.equal(
      `${folder.path}: its last run (process ${run.pid}) does not end`,
    );
    const controller = new AbortController();
    controller.abort(new Error("interrupted"));
    expect(await complaint(hold(10_000, controller.signal))).to.equal("interrupted");
  });
});
