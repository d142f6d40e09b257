import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { LAUNCHER } from "../guests/run.js";
import { processes, Tree, until } from "./tree.js";

// A daemon in a session of its own, orphaned twice; one that ignores what asks it to end; a stopped one.
const STUBBORN = `
  (setsid bash -c 'while :; do sleep 1000; done' "$0" &)
  (bash -c 'trap "" TERM INT HUP; while :; do sleep 1000; done' "$0" &)
  bash -c 'kill -STOP $$; :' "$0" &
`;
const GUESTS = 4;

/** A tree of stubborn processes whose command waits. */
async function stubborn(): Promise<Tree> {
  const tree = new Tree(`${STUBBORN} echo ready; while :; do sleep 1000; done`);
  await tree.prints("ready");
  await until(() => tree.guests().length === GUESTS, `${GUESTS} guests`);
  await until(() => tree.guests().some(({ state }) => state === "T"), "the stopped one");
  return tree;
}

async function expectGone(tree: Tree): Promise<void> {
  await until(() => tree.alive().length === 0, `the end of ${JSON.stringify(tree.alive())}`, 3000);
}

describe("nothing of a tree is left", function () {
  this.timeout(30_000);
  let tree: Tree | undefined;
  afterEach(() => tree?.clear());

  it("when the main process is killed", async () => {
    tree = await stubborn();
    process.kill(tree.pid, "SIGKILL");
    await expectGone(tree);
  });

  it("when the keeper is killed, and the main process says so", async () => {
    tree = await stubborn();
    process.kill(tree.keeper, "SIGKILL");
    expect(await tree.ended).to.deep.equal([125, null]);
    await expectGone(tree);
    // A guest may have been about to exec, and say in vain that it cannot.
    expect(tree.stderr).to.match(
      /^diecast: the keeper process has died; everything it kept has been killed\n$/m,
    );
  });

  it("when the whole process group is killed", async () => {
    tree = await stubborn();
    process.kill(-tree.pid, "SIGKILL");
    await expectGone(tree);
  });

  it("when all of the main process's name are killed, as by killall", async () => {
    tree = await stubborn();
    spawnSync("pkill", ["-KILL", "-x", "-P", `${tree.pid},${process.pid}`, "diecast-launch"]);
    await expectGone(tree);
  });

  it("when a signal ends the command", async () => {
    tree = await stubborn();
    process.kill(tree.pid, "SIGTERM");
    expect(await tree.ended).to.deep.equal([143, null]);
    expect(tree.alive()).to.deep.equal([]);
  });

  it("when the command has ended, and not before it", async () => {
    tree = new Tree(`${STUBBORN} sleep 0.05; exit 3`);
    const begin = Date.now();
    expect(await tree.ended).to.deep.equal([3, null]);
    expect(tree.alive()).to.deep.equal([]);
    // The command's half second, twice a tenth for the stubborn ones.
    expect(Date.now() - begin).to.be.within(700, 2000);
  });

  it("but what ends by itself soon after the command has the time for it", async () => {
    tree = new Tree(`(sleep 0.005; echo "last words") & exit 0`);
    expect(await tree.ended).to.deep.equal([0, null]);
    await tree.prints("last words");
  });

  it("but what ends at SIGTERM can clean up", async () => {
    tree = new Tree(
      `bash -c 'trap "echo cleaned up; exit" TERM; echo ready; while :; do sleep 0.001; done' "$0" & read -r < <(sleep 0.05); exit 0`,
    );
    expect(await tree.ended).to.deep.equal([0, null]);
    await tree.prints("cleaned up");
  });

  it("even of one that forks as fast as it can", async () => {
    // Bounded all the same: 200 live for two seconds.
    tree = new Tree(`
      bomb() { while :; do (for i in 1 2 3 4 5; do sleep 0.001 & done; wait) & sleep 0.0001; done; }
      for i in 1 2 3 4 5; do timeout 1 bash -c "$(declare -f bomb); bomb" "$0" & done; echo ready; wait`);
    await tree.prints("ready");
    await until(() => (tree as Tree).guests().length > 20, "a swarm");
    process.kill(tree.pid, "SIGKILL");
    await expectGone(tree);
  });

  it("of a tree whose command is stopped", async () => {
    tree = new Tree("echo ready; kill -STOP $$; :");
    await tree.prints("ready");
    await until(() => processes().some(({ pid, state }) => pid === tree?.pid && state === "T"), "the stop");
    process.kill(tree.pid, "SIGKILL");
    await expectGone(tree);
  });
});

describe("what is not of the tree", () => {
  it("stays, as children the process had before it became diecast", () => {
    const script = `sleep 60 >/dev/null & echo $!; exec '${LAUNCHER}' --tdf 1/1 -- true`;
    const { stdout, status } = spawnSync("bash", ["-c", script], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 10_000,
      killSignal: "SIGKILL",
    });
    const pid = Number(stdout);
    expect(status).to.equal(0);
    expect(process.kill(pid, "SIGKILL")).to.equal(true);
  });
});
