import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { GuestGroups } from "../../src/host/cgroup/run_groups.js";
import { RunPlace } from "../../src/host/state/run_place.js";
import { watchPages } from "../../src/host/touched_pages.js";
import { ROOT } from "../paths.js";

const PAGE = 4096;
const PAGES = 20_000;
/** Touches as many of its pages as each line says, and says when it has. Node's own are two thousand at most. */
const PROGRAM = `
const memory = Buffer.alloc(${PAGES * PAGE}, 1);
console.log("ready");
process.stdin.on("data", (line) => {
  for (let page = 0; page < Number(line); page++) memory[page * ${PAGE}]++;
  console.log("done");
});`;
const OWN = 3000;

describe("the pages that a group's processes touch", function () {
  this.timeout(60_000);
  let place: RunPlace;
  let guest: GuestGroups;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    place = RunPlace.use(`test-pages-${process.pid}`);
    guest = place.groups.add("a", { bandwidth: undefined, memoryBytes: undefined, processes: 50 });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await end(child);
    await guest.remove();
    place.release();
  });

  const group = () => guest.unified as string;

  async function start(program = PROGRAM, ...options: string[]): Promise<ChildProcess> {
    const child = spawn(process.execPath, [...options, "-e", program], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    children.push(child);
    await once(child.stdout, "data");
    writeFileSync(join(group(), "cgroup.procs"), `${child.pid}`);
    return child;
  }

  async function touch({ stdin, stdout }: ChildProcess, pages: number): Promise<void> {
    stdin?.write(`${pages}\n`);
    if (stdout !== null) await once(stdout, "data");
  }

  async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  it("are those since it was asked to watch, of all of them together", async () => {
    const [one, other] = [await start(), await start()];
    for (const [first, second] of [
      [0, 0],
      [PAGES, 0],
      [5000, 10_000],
    ] as const) {
      const pages = await watchPages(group());
      await touch(one, first);
      await touch(other, second);
      expect(await pages?.count()).to.be.within(first + second, first + second + 2 * OWN);
    }
  });

  it("are not told where nothing runs; of a process that has ended there are none", async () => {
    expect(await watchPages(group())).to.equal(undefined);
    const [one, other] = [await start(), await start()];
    const pages = await watchPages(group());
    await touch(one, PAGES);
    await end(one);
    await touch(other, 5000);
    expect(await pages?.count()).to.be.within(5000, 5000 + OWN);
    await end(other);
    expect(await pages?.count()).to.equal(0);
  });

  it("are not told of so much memory that going through it would be felt", async () => {
    await start(
      'const memory = Buffer.alloc(600 * 2 ** 20, 1); console.log("ready"); process.stdin.resume();',
    );
    expect(await watchPages(group())).to.equal(undefined);
  });

  it("are not told of huge pages, of which all would count for one", async function () {
    if (/\[never\]/.test(readFileSync("/sys/kernel/mm/transparent_hugepage/enabled", "latin1"))) this.skip();
    const child = await start(PROGRAM, "--use-largepages=silent");
    const pages = await watchPages(group());
    await touch(child, 100);
    expect(await pages?.count()).to.equal(undefined);
  });

  it("cannot be told without the right to: the kernel's answer is", async () => {
    await start();
    const program = `
      import { watchPages } from "${new URL("../../src/host/touched_pages.js", import.meta.url)}";
      await watchPages("${group()}").catch(({ code, message, remedy }) => console.log(code, message, remedy));`;
    const { stdout, stderr } = spawnSync(
      "setpriv",
      [
        ...["--reuid=65534", "--regid=65534", "--clear-groups"],
        ...[process.execPath, "--input-type=module", "-e", program],
      ],
      { encoding: "utf8", cwd: ROOT },
    );
    expect(stdout, stderr).to.match(
      /^unsupported EACCES: permission denied, open '\/proc\/\d+\/clear_refs' run as root on a kernel /,
    );
  });
});
