import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { GuestGroups } from "../../src/host/cgroup/run_groups.js";
import { RunPlace } from "../../src/host/state/run_place.js";
import { Footprints } from "../../src/run/footprints.js";
import { until } from "../launch/tree.js";

/** Every 20 ms it touches so many of its pages. */
const PROGRAM = `
const pages = Number(process.argv[1]);
const memory = Buffer.alloc(pages * 4096, 1);
console.log("ready");
setInterval(() => {
  for (let page = 0; page < pages; page++) memory[page * 4096]++;
}, 20);`;

describe("Footprints", function () {
  this.timeout(60_000);
  let place: RunPlace;
  let groups: GuestGroups[];
  const children: ChildProcess[] = [];
  beforeEach(() => {
    place = RunPlace.use(`test-footprints-${process.pid}`);
    const limits = { bandwidth: undefined, memoryBytes: undefined, processes: 50 };
    groups = ["a", "b", "c"].map((name) => place.groups.add(name, limits));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    for (const group of groups) await group.remove();
    place.release();
  });

  const watched = (group: GuestGroups) => ({
    unifiedGroup: group.unified,
    usage: () => ({ ...group.usage(), cpuNominalNs: 0 }),
  });

  async function startIn(group: GuestGroups, pages: number): Promise<void> {
    const child = spawn(process.execPath, ["-e", PROGRAM, `${pages}`], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    children.push(child);
    await once(child.stdout, "data");
    for (const directory of group.directories) writeFileSync(join(directory, "cgroup.procs"), `${child.pid}`);
  }

  it("are of each guest that runs, by what it touches while it does", async () => {
    const [small, large, idle] = groups.map(watched) as [
      ReturnType<typeof watched>,
      ReturnType<typeof watched>,
      ReturnType<typeof watched>,
    ];
    await startIn(groups[0] as GuestGroups, 100);
    await startIn(groups[1] as GuestGroups, 20_000);
    const footprints = new Footprints({
      guests: [small, idle, { ...idle, unifiedGroup: undefined }, large],
      failed: (error) => expect.fail(error.message),
    });
    await until(
      () => footprints.of(small) !== undefined && footprints.of(large) !== undefined,
      "a look",
      30_000,
    );
    await footprints.close();
    // Of the large one a look may have seen half a round of 20 ms, or three.
    expect(footprints.of(small)).to.be.within(50, 4000);
    expect(footprints.of(large)).to.be.within(6000, 30_000);
    expect(footprints.of(idle)).to.equal(undefined);
  });

  it("are looked for no more once it is closed, also while it waits for a guest that does not run", async () => {
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    children.push(child);
    writeFileSync(join((groups[0] as GuestGroups).unified as string, "cgroup.procs"), `${child.pid}`);
    let looks = 0;
    const guest = watched(groups[0] as GuestGroups);
    const usage = () => {
      looks++;
      return guest.usage();
    };
    const footprints = new Footprints({
      guests: [{ ...guest, usage }],
      failed: (error) => expect.fail(error.message),
    });
    await until(() => looks > 2, "a look", 10_000);
    await footprints.close();
    await footprints.close();
    const then = looks;
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(looks).to.equal(then);
  });

  it("say once that they cannot be told", async () => {
    const told: string[] = [];
    const footprints = new Footprints({
      guests: [{ ...watched(groups[0] as GuestGroups), unifiedGroup: "/nowhere" }],
      failed: ({ message }) => told.push(message),
    });
    await until(() => told.length > 0, "its failure", 10_000);
    await footprints.close();
    expect(told).to.deep.equal(["ENOENT: no such file or directory, open '/nowhere/cgroup.procs'"]);
  });
});
