import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { GuestGroups } from "../../src/host/cgroup/run_groups.js";
import { RunPlace } from "../../src/host/state/run_place.js";
import { hugePagesAreUsual } from "../../src/host/touched_pages.js";
import { Footprints } from "../../src/run/footprints.js";
import { endChild } from "../host/end_child.js";
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
    for (const child of children.splice(0)) await endChild(child);
    for (const group of groups) await group.remove();
    place.release();
  });

  const watched = (group: GuestGroups) => ({
    unifiedGroup: group.unified,
    usage: () => ({ ...group.usage(), cpuNominalNs: 0 }),
  });

  /** The more guests, the shorter is the pause between looks. */
  const idle = () => Array.from({ length: 5 }, () => watched(groups[2] as GuestGroups));

  async function startIn(group: GuestGroups, pages: number): Promise<void> {
    const child = spawn(process.execPath, ["-e", PROGRAM, `${pages}`], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    children.push(child);
    await once(child.stdout, "data");
    for (const directory of group.directories) writeFileSync(join(directory, "cgroup.procs"), `${child.pid}`);
  }

  it("are of each guest that runs, by what it touches while it does", async function () {
    if (hugePagesAreUsual()) this.skip();
    const [small, large, none] = groups.map(watched) as [
      ReturnType<typeof watched>,
      ReturnType<typeof watched>,
      ReturnType<typeof watched>,
    ];
    await startIn(groups[0] as GuestGroups, 100);
    await startIn(groups[1] as GuestGroups, 20_000);
    const footprints = new Footprints({
      guests: [small, none, ...idle(), { ...none, unifiedGroup: undefined }, large],
      untold: (error) => expect.fail(error.message),
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
    expect(footprints.of(none)).to.equal(undefined);
  });

  it("are looked for no more once it is closed, also while it waits for a guest that does not run any more", async () => {
    const child = spawn("sleep", ["60"], { stdio: "ignore" });
    children.push(child);
    const guest = watched(groups[0] as GuestGroups);
    writeFileSync(join(guest.unifiedGroup as string, "cgroup.procs"), `${child.pid}`);
    let asked = 0;
    const usage = () => {
      asked++;
      return { ...guest.usage(), cpuRealNs: 5e6 };
    };
    const footprints = new Footprints({
      guests: [{ ...guest, usage }],
      untold: (error) => expect.fail(error.message),
    });
    // It asks again every 20 ms, for a second.
    await until(() => asked > 3, "a look", 10_000);
    const before = asked;
    await footprints.close();
    await footprints.close();
    expect(asked).to.be.at.most(before + 2);
  });

  it("say once that they cannot be told of some guests, and go on with the others", async () => {
    const told: string[] = [];
    const nowhere = () => ({ ...watched(groups[0] as GuestGroups), unifiedGroup: "/nowhere" });
    let asked = 0;
    const others = [nowhere(), nowhere()].map((guest) => ({
      ...guest,
      usage: () => {
        asked++;
        return { ...guest.usage(), cpuRealNs: performance.now() * 1e6 };
      },
    }));
    const running = watched(groups[0] as GuestGroups);
    await startIn(groups[0] as GuestGroups, 1000);
    const footprints = new Footprints({
      guests: [...others, ...idle(), running],
      untold: ({ message }) => told.push(message),
    });
    await until(() => footprints.of(running) !== undefined, "a look", 30_000);
    // Each has had its turn again: the next is a quarter of a second later, of those that run.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await footprints.close();
    expect(told).to.deep.equal(["ENOENT: no such file or directory, open '/nowhere/cgroup.procs'"]);
    for (const guest of others) expect(footprints.of(guest)).to.equal(undefined);
    expect(asked).to.equal(2);
  });
});
