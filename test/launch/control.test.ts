import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { LAUNCHER } from "../guests/run.js";
import { processes, until } from "./tree.js";

/** The launcher with somebody at the other end of its control socket. */
class Controlled {
  readonly child: ChildProcess;
  readonly stderr: Promise<string>;
  readonly ended: Promise<unknown>;
  #received = "";

  constructor(...command: string[]) {
    this.child = spawn(LAUNCHER, ["--tdf", "2/1", "--control-fd", "3", "--", ...command], {
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    });
    this.stderr = text(this.child.stderr as NodeJS.ReadableStream);
    this.ended = once(this.child, "close");
    this.socket.setEncoding("utf8").on("data", (piece: string) => {
      this.#received += piece;
    });
    this.socket.on("error", () => {});
  }

  get socket(): Duplex {
    return this.child.stdio[3] as Duplex;
  }

  get messages(): unknown[] {
    return this.#received
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }
}

describe("the control socket", function () {
  this.timeout(30_000);

  it("tells when the command has started and how it ended", async () => {
    const controlled = new Controlled("sh", "-c", "exit 3");
    await controlled.ended;
    const [started, ...rest] = controlled.messages as { event: string; pid: number }[];
    expect(started?.event).to.equal("started");
    expect(started?.pid).to.be.above(1);
    expect(rest).to.deep.equal([{ event: "exit", code: 3, signal: null, stats: null }]);
    expect(controlled.child.exitCode).to.equal(3);
  });

  it("names the signal that ended it", async () => {
    const controlled = new Controlled("sh", "-c", "kill -USR2 $$");
    await controlled.ended;
    expect(controlled.messages.at(-1)).to.deep.equal({
      event: "exit",
      code: null,
      signal: "SIGUSR2",
      stats: null,
    });
    expect(controlled.child.exitCode).to.equal(140);
  });

  it("tells failures instead of standard error", async () => {
    const controlled = new Controlled('no "such" \u00fccommand');
    await controlled.ended;
    const message = 'no "such" \u00fccommand: command not found';
    expect(controlled.messages).to.deep.equal([{ event: "failed", code: 127, message }]);
    expect(controlled.child.exitCode).to.equal(127);
    expect(await controlled.stderr).to.equal("");
  });

  it("tells warnings instead of standard error, and goes on", async () => {
    const controlled = new Controlled("sh", "-c", "strace -o /dev/null true; exit 0");
    await controlled.ended;
    const warnings = (controlled.messages as { event: string; message: string }[]).filter(
      ({ event }) => event === "warning",
    );
    expect(warnings.map(({ message }) => message).join()).to.match(
      /^cannot run .*\/true: process \d+ is traced by \d+ \(strace\); attach strace or gdb from outside instead$/,
    );
    expect(controlled.child.exitCode).to.equal(0);
    expect(await controlled.stderr).to.not.contain("diecast:");
  });

  it("answers each kick", async () => {
    const controlled = new Controlled("sleep", "1000");
    await until(() => controlled.messages.length === 1, "the start");
    controlled.socket.write("kick 7\nkick 8\nnonsense\nkick x\nkick 9\n");
    await until(() => controlled.messages.length === 4, "the answers");
    expect(controlled.messages.slice(1)).to.deep.equal([7, 8, 9].map((id) => ({ event: "kicked", id })));
    controlled.child.kill("SIGTERM");
    await controlled.ended;
    expect(controlled.child.exitCode).to.equal(143);
  });

  it("ends the tree with its other end", async () => {
    const mark = `diecast-control-${process.pid}`;
    const controlled = new Controlled(
      "bash",
      "-c",
      "setsid bash -c 'sleep 1000; :' $0 & sleep 1000; :",
      mark,
    );
    const guests = () => processes().filter(({ commandLine }) => commandLine.includes(mark));
    await until(() => guests().length >= 4, "the guests");
    controlled.socket.destroy();
    await controlled.ended;
    await until(() => guests().length === 0, "their end");
    expect(controlled.child.exitCode).to.equal(137);
  });

  it("is not open in the command", async () => {
    const controlled = new Controlled("sh", "-c", "test ! -e /proc/self/fd/3");
    await controlled.ended;
    expect(controlled.child.exitCode).to.equal(0);
  });
});
