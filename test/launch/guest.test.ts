import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { Clock } from "../../src/clock/clock.js";
import { LAUNCHER } from "../guests/run.js";
import { until } from "./tree.js";

interface Message {
  readonly event: string;
  readonly pid?: number;
  readonly code?: number;
  readonly message?: string;
}

/** A launcher in a session of its own, with somebody at the other end of its control socket. */
class Launched {
  readonly child: ChildProcess;
  readonly stdout: Promise<string>;
  readonly ended: Promise<unknown>;
  printed = "";
  #received = "";

  /** @param options with a trailing --control-fd; @param clock descriptor 3, if there is one */
  constructor(options: readonly string[], command: readonly string[] = [], clock?: Clock) {
    const fds = clock === undefined ? ["--control-fd", "3"] : ["--clock-fd", "3", "--control-fd", "4"];
    this.child = spawn(LAUNCHER, [...options, ...fds, ...command], {
      stdio: ["ignore", "pipe", "inherit", ...(clock === undefined ? [] : [clock.fd]), "pipe"],
      detached: true,
    });
    this.stdout = text(this.child.stdout as NodeJS.ReadableStream);
    this.child.stdout?.on("data", (piece: Buffer) => {
      this.printed += `${piece}`;
    });
    this.ended = once(this.child, "close");
    this.socket.setEncoding("utf8").on("data", (piece: string) => {
      this.#received += piece;
    });
    this.socket.on("error", () => {});
  }

  get socket(): Duplex {
    return this.child.stdio.at(-1) as Duplex;
  }

  get messages(): Message[] {
    return this.#received
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Message);
  }

  async says(event: string): Promise<Message> {
    await until(() => this.messages.some((one) => one.event === event), event);
    return this.messages.find((one) => one.event === event) as Message;
  }
}

describe("diecast-launch --guest and --join", function () {
  this.timeout(30_000);
  let stage: string;
  let guest: Launched;
  let init: number;
  let clock: Clock;

  beforeEach(async () => {
    clock = new Clock({ tdf: 2, frozen: true });
    stage = mkdtempSync(join(tmpdir(), "diecast-stage-"));
    guest = new Launched(["--guest", "--name", "web", "--stage", stage, "--scratch", `${2 ** 24}`]);
    init = (await guest.says("ready")).pid as number;
  });
  afterEach(async () => {
    guest.socket.destroy();
    await guest.ended;
    clock.close();
    rmSync(stage, { recursive: true });
  });

  function program(options: readonly string[], ...command: readonly string[]): Launched {
    const time = options.includes("--native") ? undefined : clock;
    const scale = time === undefined ? [] : ["--cpu-scale", "1/2"];
    return new Launched(["--join", `${init}`, ...scale, ...options], ["--", ...command], time);
  }

  it("tell pids as the host has them", async () => {
    const joined = program(["--gate", "0"], "sleep", "1000");
    const { pid } = await joined.says("waiting");
    expect(readFileSync(`/proc/${pid}/status`, "utf8")).to.match(
      new RegExp(`^NSpid:\\s+${pid}\\s+\\d+$`, "m"),
    );
    await clock.resume();
    expect((await joined.says("started")).pid).to.equal(pid);
    expect(readFileSync(`/proc/${pid}/comm`, "utf8")).to.equal("sleep\n");
  });

  it("show the guest no arguments of ours, and nothing of the host through ours", async () => {
    await clock.resume();
    const joined = program(
      [],
      "sh",
      "-c",
      "cat /proc/*/cmdline | tr '\\0' '\\n'; ls /proc/2/root/ /proc/1/root/experiment",
    );
    const shown = await joined.stdout;
    expect(shown.split("\n").slice(0, 2)).to.deep.equal(["diecast-guest", "diecast-keeper"]);
    expect(shown).to.not.contain("--join");
    expect(shown).to.match(/\/proc\/2\/root\/:\nproc\n$/);
  });

  it("--linger tells the command's end at once, and keeps the rest until told", async () => {
    await clock.resume();
    const joined = program(["--linger"], "sh", "-c", "sleep 1000 & exit 3");
    expect((await joined.says("exit")).code).to.equal(3);
    expect(joined.child.exitCode).to.equal(null);
    joined.socket.destroy();
    await joined.ended;
    expect(joined.child.exitCode).to.equal(3);
  });

  it("without it the command's end is told when nothing is left", async () => {
    await clock.resume();
    const joined = program([], "sh", "-c", "sleep 1000 & exit 3");
    await joined.ended;
    expect((await joined.says("exit")).code).to.equal(3);
    expect(await program(["--native"], "pgrep", "sleep").stdout).to.equal("");
  });

  it("--native runs in real time, though the clock stands still", async () => {
    const joined = program(["--native"], "sleep", "0.01");
    await joined.says("started");
    expect((await joined.says("exit")).code).to.equal(0);
  });

  it("pass signals to the command, by their numbers", async () => {
    await clock.resume();
    const joined = program([], "sleep", "1000");
    await joined.says("started");
    joined.socket.write("signal 10\n");
    expect(await joined.says("exit")).to.include({ code: null, signal: "SIGUSR1" });
  });

  it("the init sends signals to all, and kills all", async () => {
    await clock.resume();
    const polite = program([], "sleep", "1000");
    const stubborn = program([], "sh", "-c", "trap '' TERM; echo; while :; do sleep 1000; done");
    await Promise.all([polite.says("started"), stubborn.says("started")]);
    await until(() => stubborn.printed !== "", "its trap");
    guest.socket.write("signal 15\n");
    await polite.ended;
    expect(stubborn.child.exitCode).to.equal(null);
    guest.socket.write("kill 7\n");
    expect(await guest.says("killed")).to.include({ id: 7 });
    await stubborn.ended;
    expect(stubborn.messages.map(({ event }) => event)).to.deep.equal(["started"]);
  });

  it("a guest's end is its programs' end", async () => {
    await clock.resume();
    const joined = program(["--linger"], "sleep", "1000");
    await joined.says("started");
    guest.socket.destroy();
    await Promise.all([guest.ended, joined.ended]);
    expect(joined.messages.map(({ event }) => event)).to.deep.equal(["started"]);
  });

  it("say that a guest is gone", async () => {
    const joined = new Launched(["--join", "999999999", "--native"], ["--", "true"]);
    await joined.ended;
    expect(joined.messages).to.deep.equal([
      {
        event: "failed",
        code: 125,
        message: "cannot join the guest of process 999999999: there is no such process (any more)",
      },
    ]);
  });

  it("a guest that cannot be made says why", async () => {
    const bad = new Launched([
      ...["--guest", "--name", "web", "--stage", stage, "--scratch", "4096"],
      ...["--files", "/nowhere"],
    ]);
    await bad.ended;
    expect(bad.messages).to.deep.equal([
      { event: "failed", code: 125, message: "/nowhere: No such file or directory" },
    ]);
  });
});

describe("the options of diecast-launch for guests", () => {
  async function complaint(...args: readonly string[]): Promise<string> {
    const child = spawn(LAUNCHER, args, { stdio: ["ignore", "ignore", "pipe"] });
    return text(child.stderr);
  }

  it("are checked", async () => {
    expect(await complaint("--gate", "0", "--tdf", "2/1", "--", "true")).to.contain(
      "expected only with --join",
    );
    expect(await complaint("--join", "1", "--linger", "--tdf", "2/1", "--", "true")).to.contain(
      "--linger: expected only with --control-fd",
    );
    expect(await complaint("--join", "1", "--native", "--tdf", "2/1", "--", "true")).to.contain(
      "there is no clock",
    );
    expect(await complaint("--join", "x", "--native", "--", "true")).to.contain(
      "--join: expected the pid of a guest's init, found 'x'",
    );
    expect(await complaint("--join", "1", "--limit", "files=1", "--native", "--", "true")).to.contain(
      "--limit: expected NAME=NUMBER, NAME as in nofile, found 'files=1'",
    );
    expect(await complaint("--guest", "--name", "x")).to.contain("--guest: expected --name, --stage");
    expect(await complaint("--guest", "--colour", "x")).to.contain("unknown option '--colour'");
  });
});
