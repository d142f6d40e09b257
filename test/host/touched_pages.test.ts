import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { DieCastError } from "../../src/errors.js";
import type { GuestGroups } from "../../src/host/cgroup/run_groups.js";
import { RunPlace } from "../../src/host/state/run_place.js";
import { hugePagesAreUsual, watchPages } from "../../src/host/touched_pages.js";
import { ROOT } from "../paths.js";
import { endChild } from "./end_child.js";

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
    for (const child of children.splice(0)) await endChild(child);
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

  it("are those since it was asked to watch, of all of them together", async function () {
    if (hugePagesAreUsual()) this.skip();
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

  it("are also those of processes that were started since", async function () {
    if (hugePagesAreUsual()) this.skip();
    const one = await start();
    const pages = await watchPages(group());
    const other = await start();
    await touch(one, 1000);
    await touch(other, 5000);
    // All that it has it has touched since it is there.
    expect(await pages?.count()).to.be.above(1000 + PAGES);
  });

  it("are not told where nothing runs, nor where a process has ended meanwhile", async () => {
    expect(await watchPages(group())).to.equal(undefined);
    const [one, other] = [await start(), await start()];
    const pages = await watchPages(group());
    await touch(one, PAGES);
    await endChild(one);
    await touch(other, 5000);
    expect(await pages?.count()).to.equal(undefined);
  });

  it("are not told of so much memory that going through it would be felt", async () => {
    await start(
      'const memory = Buffer.alloc(600 * 2 ** 20, 1); console.log("ready"); process.stdin.resume();',
    );
    const error = await watchPages(group()).catch((reason: unknown) => reason);
    expect(error).to.be.an.instanceOf(DieCastError);
    expect((error as DieCastError).message).to.match(
      /^going through \d{3} MiB of memory would be felt, 512 are allowed$/,
    );
  });

  it("are not told of huge pages, of which all would count for one", async function () {
    const child = await start(PROGRAM, "--use-largepages=silent");
    const rollup = readFileSync(`/proc/${child.pid}/smaps_rollup`, "latin1");
    // Whether it gets some is up to the kernel and to how Node was built.
    if (!/^AnonHugePages:\s+[1-9]/m.test(rollup)) this.skip();
    const pages = await watchPages(group());
    await touch(child, 100);
    const error = await pages?.count().catch((reason: unknown) => reason);
    expect((error as DieCastError).message).to.equal("a process has huge pages (AnonHugePages)");
  });

  it("cannot be told without the right to: the kernel's answer is", async () => {
    const child = spawn("sleep", ["60"], { stdio: "ignore", uid: 65534 });
    children.push(child);
    writeFileSync(join(group(), "cgroup.procs"), `${child.pid}`);
    const program = `
      import { watchPages } from "${new URL("../../src/host/touched_pages.js", import.meta.url)}";
      await watchPages("${group()}").catch(({ code, message, remedy }) => console.log(code, message, remedy));`;
    const { stdout, stderr } = spawnSync(
      "setpriv",
      [
        "--bounding-set=-dac_override,-dac_read_search",
        ...[process.execPath, "--input-type=module", "-e", program],
      ],
      { encoding: "utf8", cwd: ROOT },
    );
    expect(stdout, stderr).to.match(
      /^unsupported EACCES: permission denied, open '\/proc\/\d+\/clear_refs' run as root on a kernel /,
    );
  });
});
