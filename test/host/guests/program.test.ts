import { existsSync } from "node:fs";
import { release } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { until } from "../../launch/tree.js";
import { expectDuration } from "../../tolerance.js";
import { TestRun } from "./model.js";

const SCHED_OTHER = 0;

describe("a guest's program", function () {
  this.timeout(60_000);
  let run: TestRun;
  afterEach(() => run.close());

  it("waits at its gate until the clock runs, and all begin at one virtual instant", async () => {
    run = new TestRun(5, true);
    const names = ["a", "b", "c"];
    const tell =
      "import time, os; print(time.clock_gettime_ns(time.CLOCK_MONOTONIC)); os.system('sleep 1000')";
    for (const name of names) {
      const guest = await run.guest(name, undefined, {
        run: ["python3", "-c", `${tell}`],
        environment: { PYTHONUNBUFFERED: "1" },
      });
      await guest.start();
    }
    const released = run.clock.now().virtualNs;
    await sleep(100);
    expect(names.map((name) => run.stdout(name))).to.deep.equal(["", "", ""]);
    await run.clock.resume();
    for (const name of names) {
      await run.prints(name, "\n");
      expect(Number(BigInt(run.stdout(name)) - released)).to.be.within(0, 2e9);
    }
  });

  it("waits at a gate of its own until that is open, also while the clock runs", async () => {
    run = new TestRun(5);
    const [first, second] = [
      await run.guest("first", "echo begun; sleep 1000"),
      await run.guest("second", "echo begun"),
    ];
    await Promise.all([first.start(1), second.start(2)]);
    await sleep(100);
    expect(run.stdout("first")).to.equal("");
    await run.clock.freeze();
    run.clock.openGates(1);
    await sleep(100);
    expect(run.stdout("first")).to.equal("");
    await run.clock.resume();
    await run.prints("first", "begun");
    expect(run.stdout("second")).to.equal("");
    await run.clock.setRate(1);
    run.clock.openGates(2);
    await run.prints("second", "begun");
    // Those that are open stay open.
    run.clock.openGates(1);
    await second.programExit;
    await second.start(2);
    await run.prints("second", "begun\nbegun");
  });

  it("follows the clock from its gate on", async () => {
    run = new TestRun(1000, true);
    const guest = await run.guest("web", "echo begun; sleep 100; echo slept");
    await guest.start();
    await run.clock.resume();
    await run.prints("web", "begun");
    // Its sleep is under way; only a kick can shorten it.
    await run.clock.setRate("1/1000");
    await run.prints("web", "slept");
    expect(await guest.programExit).to.deep.equal({ code: 0, signal: null });
  });

  it("ends with a code or a signal, and can be started again", async () => {
    run = new TestRun();
    const guest = await run.guest("web", "echo run; test -e again && exit 3; touch again; kill -USR1 $$");
    await guest.start();
    const first = guest.programExit;
    expect(await first).to.deep.equal({ code: null, signal: "SIGUSR1" });
    await guest.start();
    expect(guest.programExit).to.not.equal(first);
    expect(await guest.programExit).to.deep.equal({ code: 3, signal: null });
    expect(run.stdout("web")).to.equal("run\nrun\n");
  });

  it("does not keep a processor for long from another guest that wakes", async () => {
    run = new TestRun();
    // sched_getattr(2): policy, and the slice, which follows five words.
    const program = [
      "import ctypes, struct",
      "attributes = ctypes.create_string_buffer(48)",
      "ctypes.CDLL(None).syscall(315, 0, attributes, 48, 0)",
      "print(*struct.unpack('=IIQiIQ', attributes.raw[:32])[1::4])",
    ].join("; ");
    const guest = await run.guest("web", undefined, { run: ["python3", "-c", program] });
    await guest.start();
    await guest.programExit;
    const [policy, sliceNs] = run.stdout("web").split(" ").map(Number);
    expect(policy).to.equal(SCHED_OTHER);
    const [major = 0, minor = 0] = release().split(".").map(Number);
    // The kernel has one for each process since 6.12.
    if (major > 6 || (major === 6 && minor >= 12)) expect(sliceNs).to.equal(100_000);
  });

  it("that cannot be run is told where its output is looked for, too", async () => {
    run = new TestRun();
    const guest = await run.guest("web", undefined, { run: ["no-such-program"] });
    const error = await guest.start().catch((caught: unknown) => caught);
    expect(error).to.include({ code: "command-not-found", message: "no-such-program: command not found" });
    const notRun = "no-such-program: command not found";
    expect(await guest.programExit).to.deep.equal({ code: 127, signal: null, notRun });
    expect(run.stderr("web")).to.equal("diecast: no-such-program: command not found\n");
  });

  it("that cannot be run ends as in a shell when time was still standing", async () => {
    run = new TestRun(2, true);
    const guest = await run.guest("web", undefined, { run: ["no-such-program"] });
    await guest.start();
    await run.clock.resume();
    expect((await guest.programExit).code).to.equal(127);
  });

  it("gets signals, also at its gate", async () => {
    run = new TestRun(2, true);
    const guest = await run.guest(
      "web",
      "trap 'echo got it; exit 4' USR2; echo ready; while :; do sleep 0.01; done",
    );
    await guest.start();
    guest.signal("SIGTERM");
    expect(await guest.programExit).to.deep.equal({ code: null, signal: "SIGTERM" });
    await run.clock.resume();
    await guest.start();
    await run.prints("web", "ready");
    guest.signal("SIGUSR2");
    expect(await guest.programExit).to.deep.equal({ code: 4, signal: null });
  });

  it("is prepared in real time and without a cap", async () => {
    run = new TestRun(100, true);
    const guest = await run.guest("web", "cat made", { cores: 0.2 });
    const begin = performance.now();
    const script = "sleep 0.05; cat /proc/self/cgroup > made; (sleep 1000 &) ; echo prepared";
    expect(await guest.prepare(["sh", "-c", script])).to.deep.equal({ code: 0, signal: null });
    expect(performance.now() - begin).to.be.lessThan(3000);
    expect(run.stdout("web")).to.equal("prepared\n");
    // What a preparation leaves running would be in the way.
    expect(await guest.prepare(["pgrep", "sleep"])).to.deep.equal({ code: 1, signal: null });
    expect((await guest.prepare(["false"])).code).to.equal(1);
    expect((await guest.prepare(["no-such-program"])).code).to.equal(127);
    await guest.start();
    await run.clock.resume();
    await guest.programExit;
    expect(run.stdout("web")).to.not.contain(run.id);
  });

  it("lives in virtual time, as what is executed beside it", async () => {
    run = new TestRun(20);
    const guest = await run.guest("web");
    const begin = performance.now();
    expect((await guest.exec(["sleep", "0.05"])).code).to.equal(0);
    const realMs = performance.now() - begin;
    expect(realMs).to.be.at.least(1000);
    const shown = await run.output(
      guest,
      `python3 -c '
import time
a = time.monotonic_ns()
time.sleep(0.02)
print(time.monotonic_ns() - a)'`,
    );
    expectDuration({
      what: "sleep",
      expectedNs: 20e6,
      measuredNs: Number(shown),
      tdf: 20,
      setup: "guest at TDF 20",
    });
  });

  it("leaves running what it has started, as on any machine", async () => {
    run = new TestRun();
    const guest = await run.guest("web", "sleep 1000 & echo $! > pid; exit 0");
    await guest.start();
    expect(await guest.programExit).to.deep.equal({ code: 0, signal: null });
    expect(await guest.exec(["sh", "-c", "kill -0 $(cat pid)"])).to.deep.equal({ code: 0, signal: null });
    await guest.stop("SIGTERM", 5000);
    expect((await guest.exec(["sh", "-c", "kill -0 $(cat pid)"])).code).to.equal(1);
  });

  it("is asked to stop, with all else in the guest, and made to after the grace", async () => {
    run = new TestRun(2);
    const polite = await run.guest(
      "polite",
      "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done",
    );
    const stubborn = await run.guest("stubborn", "trap '' TERM; echo up; while :; do sleep 1000; done");
    for (const guest of [polite, stubborn]) {
      await guest.start();
      await run.prints(guest.name, "up");
    }
    await Promise.all([polite.stop("SIGTERM", 20_000), stubborn.stop("SIGTERM", 100)]);
    expect(await polite.programExit).to.deep.equal({ code: 0, signal: null });
    expect(run.stdout("polite")).to.contain("bye");
    expect(await stubborn.programExit).to.deep.equal({ code: null, signal: "SIGKILL" });
    expect(stubborn.usage().processes).to.equal(0);
  });

  it("is gone at once when the plug is pulled; the guest stays", async () => {
    run = new TestRun();
    const guest = await run.guest("web", "trap '' TERM; echo up; (setsid sleep 1000 &); sleep 1000");
    await guest.start();
    await run.prints("web", "up");
    await guest.kill();
    expect(await guest.programExit).to.deep.equal({ code: null, signal: "SIGKILL" });
    expect(guest.usage().processes).to.equal(0);
    expect(existsSync(guest.path("/experiment/given.txt"))).to.equal(true);
    await guest.start();
    await until(() => run.stdout("web") === "up\nup\n", "the second start");
  });
});
