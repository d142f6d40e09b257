import { spawn as spawnChild, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { Clock, DieCastError, type DilatedProcess, spawn } from "../../src/index.js";
import { ROOT } from "../paths.js";

function elapsedMs(begin: bigint): number {
  return Number(process.hrtime.bigint() - begin) / 1e6;
}

/** Waits until the command, a `sleep`, is in its nanosleep (35) or clock_nanosleep (230). */
async function untilAsleep(guest: DilatedProcess): Promise<void> {
  const pid = await guest.started;
  while (!/^(35|230) /.test(readFileSync(`/proc/${pid}/syscall`, "utf8"))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function failureOf(process: DilatedProcess): Promise<DieCastError> {
  return process.exited.then(
    () => expect.fail("it did not fail"),
    (error: DieCastError) => error,
  );
}

describe("spawn", () => {
  it("runs a command in dilated time and tells how it ended", async () => {
    const begin = process.hrtime.bigint();
    const guest = spawn("sh", ["-c", "sleep 0.2; echo done; exit 3"], { tdf: 5 });
    const output = text(guest.stdout as NodeJS.ReadableStream);
    expect(await guest.exited).to.deep.equal({ code: 3, signal: null, stats: null });
    expect(await output).to.equal("done\n");
    expect(elapsedMs(begin)).to.be.within(1000, 1500);
    expect(guest.stdin).to.not.equal(null);
  });

  it("tells the command's pid", async () => {
    const guest = spawn("sh", ["-c", "echo $$"], { tdf: 1 });
    const output = text(guest.stdout as NodeJS.ReadableStream);
    expect(await guest.started).to.equal(Number(await output));
    await guest.exited;
  });

  it("passes signals on", async () => {
    const guest = spawn("sleep", ["100"], { tdf: 1 });
    await guest.started;
    expect(guest.kill()).to.equal(true);
    expect(await guest.exited).to.deep.equal({ code: null, signal: "SIGTERM", stats: null });
    expect(guest.kill()).to.equal(false);
  });

  it("begins at the given date, with the given environment and directory", async () => {
    const guest = spawn("sh", ["-c", 'date -u +%Y; echo "$MARK"; pwd'], {
      tdf: 2,
      start: "2031-05-05T00:00:00Z",
      env: { PATH: process.env.PATH, MARK: "x" },
      cwd: "/usr",
    });
    expect(await text(guest.stdout as NodeJS.ReadableStream)).to.equal("2031\nx\n/usr\n");
    await guest.exited;
  });

  it("counts with stats", async () => {
    const guest = spawn("sh", ["-c", "sleep 0.01; sleep 0.01; true"], { tdf: 2, stats: true });
    const { stats } = await guest.exited;
    expect(stats?.processes).to.equal(3);
    expect(stats?.execs).to.equal(3);
    expect(stats?.traps.clock_nanosleep).to.equal(2);
    expect((stats?.realNs ?? 0) / (stats?.virtualNs ?? 1)).to.be.closeTo(2, 0.01);
  });

  it("caps the perceived processor time (where a cgroup can be made)", async function () {
    const { stdout } = spawnSync(`${ROOT}bin/diecast`, ["check", "--json"], { encoding: "utf8" });
    const { items } = JSON.parse(stdout) as { items: { name: string; state: string }[] };
    if (items.find((item) => item.name === "cgroup cpu")?.state !== "ok") this.skip();
    const program = [
      "import time",
      "begin = time.monotonic(); cpu = time.process_time()",
      "while time.monotonic() - begin < 0.5: pass",
      "print((time.process_time() - cpu) / (time.monotonic() - begin))",
    ].join("\n");
    const guest = spawn("python3", ["-c", program], { tdf: 4, cpu: 0.5 });
    const output = text(guest.stdout as NodeJS.ReadableStream);
    await guest.exited;
    // Busy for all of its half a core: 100 % in its own eyes.
    expect(Number(await output)).to.be.closeTo(1, 0.15);
  });

  it("reports a command that does not exist", async () => {
    const error = await failureOf(spawn("no-such-command", [], { tdf: 1 }));
    expect(error).to.be.instanceOf(DieCastError);
    expect(error).to.include({ code: "command-not-found", message: "no-such-command: command not found" });
  });

  it("reports a command that cannot be run", async () => {
    const guest = spawn("/etc/passwd", [], { tdf: 1 });
    expect(await failureOf(guest)).to.include({
      code: "command-not-runnable",
      message: "/etc/passwd: Permission denied",
    });
    expect(await guest.started.catch((error: DieCastError) => error.code)).to.equal("command-not-runnable");
  });

  it("reports a working directory that does not exist", async () => {
    const error = await failureOf(spawn("true", [], { tdf: 1, cwd: "/nowhere" }));
    expect(error.message).to.match(/^cannot start .*diecast-launch: .*; does the working directory exist\?$/);
  });

  it("kills the tree when the signal aborts", async () => {
    const abort = new AbortController();
    const guest = spawn("sh", ["-c", "sleep 99; true"], { tdf: 1, signal: abort.signal });
    const pid = await guest.started;
    abort.abort(new Error("enough"));
    const error = await failureOf(guest);
    expect(error.code).to.equal("aborted");
    expect(error.cause).to.have.property("message", "enough");
    expect(existsSync(`/proc/${pid}`)).to.equal(false);
    expect(() => spawn("true", [], { tdf: 1, signal: abort.signal })).to.throw("aborted");
  });

  it("does not let the tree outlive this process", async () => {
    const program = `
      import { spawn } from "${ROOT}dist/src/index.js";
      const guest = spawn("sh", ["-c", "trap '' TERM HUP; while :; do sleep 1; done"], { tdf: 1 });
      console.log(await guest.started);`;
    const parent = spawnChild(process.execPath, ["--input-type=module", "-e", program]);
    const [pid] = (await once(parent.stdout, "data")) as [Buffer];
    parent.kill("SIGKILL");
    await once(parent, "exit");
    const directory = `/proc/${String(pid).trim()}`;
    const deadline = Date.now() + 5000;
    while (existsSync(directory) && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(existsSync(directory)).to.equal(false);
  });
});

describe("Clock", () => {
  it("runs at the given rate from the given moment", async () => {
    const clock = new Clock({ tdf: 4, start: 1_000_000_000_000_000_000n });
    const begin = clock.now();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const end = clock.now();
    const real = Number(end.realNs - begin.realNs);
    expect(real / Number(end.virtualNs - begin.virtualNs)).to.be.closeTo(4, 1e-6);
    expect(end.virtualWallNs - begin.virtualWallNs).to.equal(end.virtualNs - begin.virtualNs);
    expect(Number(begin.virtualWallNs - 1_000_000_000_000_000_000n)).to.be.within(0, 1e9);
    clock.close();
  });

  it("stands still while frozen, and from close() on", async () => {
    const clock = new Clock({ tdf: "1/2" });
    await clock.freeze();
    expect(clock.frozen).to.equal(true);
    expect(clock.now().virtualNs).to.equal(clock.now().virtualNs);
    await clock.resume();
    expect(clock.frozen).to.equal(false);
    clock.close();
    expect(clock.now()).to.equal(clock.now());
    expect(await clock.freeze().catch((error: DieCastError) => error.message)).to.equal(
      "the clock is closed",
    );
  });

  it("speeds up a sleep that is under way", async () => {
    const begin = process.hrtime.bigint();
    const guest = spawn("sleep", ["1"], { tdf: 100 });
    await untilAsleep(guest);
    await guest.clock.setRate("1/2");
    expect((await guest.exited).code).to.equal(0);
    expect(elapsedMs(begin)).to.be.within(400, 2000);
  });

  it("holds a sleep while frozen", async () => {
    const guest = spawn("sleep", ["0.2"], { tdf: 1 });
    await untilAsleep(guest);
    await guest.clock.freeze();
    const begin = process.hrtime.bigint();
    setTimeout(() => void guest.clock.resume(), 600);
    await guest.exited;
    expect(elapsedMs(begin)).to.be.greaterThan(600);
  });

  it("is shared by the trees it is given to, which start at one moment", async () => {
    const clock = new Clock({ tdf: 3, start: "@1000000000", frozen: true });
    const guests = [1, 2].map(() => spawn("date", ["+%s.%N"], { clock }));
    const outputs = await Promise.all(guests.map((guest) => text(guest.stdout as NodeJS.ReadableStream)));
    await Promise.all(guests.map((guest) => guest.exited));
    expect(outputs).to.deep.equal(["1000000000.000000000\n", "1000000000.000000000\n"]);
    clock.close();
  });
});
