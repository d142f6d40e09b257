import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { LAUNCHER } from "../guests/run.js";
import { processes, Tree, until } from "./tree.js";

// Counts what it gets for half a second after the first, and tells.
const COUNTER = `
  exec python3 -c '
import signal, sys, time
got = []
for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGCONT, signal.SIGHUP):
    signal.signal(number, lambda number, frame: got.append(signal.Signals(number).name))
print("ready", flush=True)
end = None
while end is None or time.monotonic() < end:
    time.sleep(0.01)
    if got and end is None:
        end = time.monotonic() + 0.5
print("got", *got, flush=True)
' "$0"`;

async function counter(): Promise<Tree> {
  const tree = new Tree(COUNTER, ["--tdf", "1/1"]);
  await tree.prints("ready");
  return tree;
}

const got = (tree: Tree) => /^got (.*)$/m.exec(tree.stdout)?.[1];

const stateOf = (wanted: number) => processes().find(({ pid }) => pid === wanted)?.state;

describe("signals", function () {
  this.timeout(30_000);
  let tree: Tree | undefined;
  afterEach(() => tree?.clear());

  it("sent to the main process reach the command", async () => {
    tree = await counter();
    process.kill(tree.pid, "SIGUSR1");
    expect(await tree.ended).to.deep.equal([0, null]);
    expect(got(tree)).to.equal("SIGUSR1");
  });

  it("sent to the process group reach the command once", async () => {
    tree = await counter();
    process.kill(-tree.pid, "SIGTERM");
    await tree.ended;
    expect(got(tree)).to.equal("SIGTERM");
  });

  it("sent to group and process reach it twice, as they would without diecast", async () => {
    tree = await counter();
    process.kill(-tree.pid, "SIGTERM");
    await sleep(100);
    process.kill(tree.pid, "SIGTERM");
    await tree.ended;
    expect(got(tree)).to.equal("SIGTERM SIGTERM");
  });

  it("that the command sends to its own group do not come back", async () => {
    tree = new Tree(`trap 'echo caught' TERM; kill -TERM 0; sleep 0.05; echo end`, ["--tdf", "1/1"]);
    expect(await tree.ended).to.deep.equal([0, null]);
    expect(tree.stdout).to.equal("caught\nend\n");
  });

  it("bring their value along", async () => {
    const script = `
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN + 3])
print("ready", flush=True)
info = signal.sigwaitinfo([signal.SIGRTMIN + 3])
print("code", info.si_code, "from", info.si_pid)
`;
    const child = spawn(LAUNCHER, ["--tdf", "1/1", "--", "python3", "-c", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      stdout += piece;
    });
    await until(() => stdout.includes("ready"), "the command");
    const sender = spawnSync("sh", ["-c", `echo $$; exec env kill -q 7 -37 ${child.pid}`], {
      encoding: "utf8",
    });
    await once(child, "close");
    // SI_QUEUE is -1.
    expect(stdout).to.equal(`ready\ncode -1 from ${sender.stdout}`);
  });

  it("that a process was started with ignored stay ignored", async () => {
    tree = new Tree("echo ready; sleep 0.03; echo unharmed", ["--tdf", "10/1", "--ignored-signals", "1"]);
    await tree.prints("ready");
    process.kill(tree.pid, "SIGHUP");
    expect(await tree.ended).to.deep.equal([0, null]);
    expect(tree.stdout).to.equal("ready\nunharmed\n");
  });

  it("of a timer set before diecast was exec'd reach the command", async () => {
    const { status, signal } = spawnSync(
      "python3",
      [
        "-c",
        "import os, signal, sys; signal.setitimer(signal.ITIMER_REAL, 0.3); os.execv(sys.argv[1], sys.argv[1:])",
        LAUNCHER,
        "--tdf",
        "1/1",
        "--",
        "sleep",
        "10",
      ],
      { timeout: 8000 },
    );
    expect([status, signal]).to.be.deep.oneOf([
      [142, null],
      [null, "SIGALRM"],
    ]);
  });

  it("that are sent before the command is there are not lost", async () => {
    for (let i = 0; i < 20; i++) {
      const child = spawn(LAUNCHER, ["--tdf", "1/1", "--", "sleep", "10"], { stdio: "ignore" });
      const ended = once(child, "exit");
      await sleep(i / 4);
      child.kill("SIGTERM");
      const [code, signal] = await ended;
      // Before main itself had begun, its own default action applies.
      expect([code, signal]).to.be.deep.oneOf([
        [143, null],
        [null, "SIGTERM"],
      ]);
    }
  });
});

describe("a stop", function () {
  this.timeout(30_000);
  let tree: Tree | undefined;
  afterEach(() => tree?.clear());

  it("of the command by SIGSTOP is one of the main process, and SIGCONT there continues both", async () => {
    tree = new Tree(`echo ready; kill -STOP $$; echo continued`, ["--tdf", "1/1"]);
    const { pid } = tree;
    await tree.prints("ready");
    await until(() => stateOf(pid) === "T", "the stop");
    expect(tree.stdout).to.equal("ready\n");
    process.kill(pid, "SIGCONT");
    expect(await tree.ended).to.deep.equal([0, null]);
    await tree.prints("ready\ncontinued\n");
  });

  it("by SIGTSTP is none where nobody could continue it: in an orphaned group", async () => {
    tree = new Tree(`kill -TSTP $$; echo went on`, ["--tdf", "1/1"]);
    expect(await tree.ended).to.deep.equal([0, null]);
    await tree.prints("went on");
  });

  it("that is over at once does not stop the main process for good", async () => {
    tree = new Tree("echo $$; while :; do sleep 0.05; done", ["--tdf", "1/1"]);
    await until(() => /\d+\n/.test((tree as Tree).stdout), "the command's pid");
    const command = Number(tree.stdout);
    for (let i = 0; i < 200; i++) {
      process.kill(command, i % 2 === 0 ? "SIGSTOP" : "SIGTSTP");
      process.kill(command, "SIGCONT");
    }
    const { pid } = tree;
    await until(() => stateOf(pid) === "S" && stateOf(command) === "S", "both to go on");
    await sleep(50);
    expect([stateOf(pid), stateOf(command)]).to.deep.equal(["S", "S"]);
    process.kill(pid, "SIGTERM");
    expect(await tree.ended).to.deep.equal([143, null]);
  });
});
