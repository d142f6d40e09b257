import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { findHierarchy } from "../../../src/host/cgroup/hierarchy.js";
import { type GuestGroups, RunGroups } from "../../../src/host/cgroup/run_groups.js";

const LIMITS = { bandwidth: { periodUs: 20_000n, quotaUs: 2000n }, memoryBytes: 64 * 2 ** 20, processes: 33 };

describe("the cgroups of a run", () => {
  let announced: string[];
  let run: RunGroups;
  let child: ChildProcess | undefined;

  beforeEach(() => {
    announced = [];
    run = new RunGroups(`test-${process.pid}`, (directory) => announced.push(directory));
  });
  afterEach(() => {
    child?.kill("SIGKILL");
    run.remove();
    expect(announced.some((directory) => existsSync(directory))).to.equal(false);
  });

  function limit(groups: GuestGroups, ...names: readonly string[]): string | undefined {
    const files = groups.directories.flatMap((directory) => names.map((name) => join(directory, name)));
    const file = files.find((path) => existsSync(path));
    return file && readFileSync(file, "utf8").trim();
  }

  it("are announced before they are made, and have the guest's limits", async () => {
    expect(announced).to.not.deep.equal([]);
    expect(announced.every((directory) => existsSync(directory))).to.equal(true);
    const groups = run.add("web", LIMITS);
    expect(limit(groups, "pids.max")).to.equal("33");
    expect(limit(groups, "memory.max", "memory.limit_in_bytes")).to.equal(`${64 * 2 ** 20}`);
    expect(limit(groups, "cpu.max", "cpu.cfs_quota_us")).to.be.oneOf(["2000 20000", "2000"]);
    expect(groups.usage()).to.include({
      processes: 0,
      outOfMemoryKills: 0,
      refusedForks: 0,
      throttledPeriods: 0,
    });
    expect(groups.refaults()).to.deep.equal({ filePages: 0, limitHits: 0 });
    await groups.remove();
    expect(groups.refaults()).to.equal(undefined);
    expect(groups.directories.some((directory) => existsSync(directory))).to.equal(false);
  });

  it("come before what else the host does, all together", () => {
    const weights = announced.flatMap((directory) =>
      ["cpu.shares", "cpu.weight"].map((name) => join(directory, name)).filter((path) => existsSync(path)),
    );
    expect(weights).to.have.length(1);
    const [weight = ""] = weights;
    expect(readFileSync(weight, "utf8").trim()).to.equal(weight.endsWith("shares") ? "8192" : "800");
  });

  it("have one that sockets belong to, and guests' groups below it", async () => {
    expect(existsSync(join(run.socketDirectory, "cgroup.controllers"))).to.equal(true);
    expect(announced).to.include(run.socketDirectory);
    const groups = run.add("web", LIMITS);
    expect(groups.directories).to.include(join(run.socketDirectory, "guest-web"));
    await groups.remove();
  });

  it("leave out what has no limit", async () => {
    const groups = run.add("web", { bandwidth: undefined, memoryBytes: undefined, processes: 5 });
    expect(limit(groups, "cpu.max", "cpu.cfs_quota_us")).to.match(/^(max \d+|-1)$/);
    await groups.remove();
  });

  it("take another limit on processors while they live", async () => {
    const groups = run.add("web", LIMITS);
    groups.limitProcessors({ periodUs: 20_000n, quotaUs: 15_000n });
    expect(limit(groups, "cpu.max", "cpu.cfs_quota_us")).to.match(/^15000( 20000)?$/);
    await groups.remove();
  });

  it("count what their processes do", async () => {
    const groups = run.add("web", LIMITS);
    child = spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" });
    for (const directory of groups.directories)
      writeFileSync(join(directory, "cgroup.procs"), `${child.pid}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const usage = groups.usage();
    expect(usage.processes).to.equal(1);
    expect(usage.cpuRealNs).to.be.greaterThan(0);
    expect(usage.throttledRealNs).to.be.greaterThan(0);
    // Of version 2 the kernel tells the sum only.
    const known = findHierarchy("cpuacct")?.version === 1;
    const used = groups.ofProcessors()?.reduce((sum, ns) => sum + ns, 0);
    expect(used === undefined).to.equal(!known);
    if (used !== undefined) expect(used).to.be.at.least(usage.cpuRealNs);
    const exited = new Promise((resolve) => child?.once("exit", resolve));
    child.kill("SIGKILL");
    await exited;
    await groups.remove();
    expect(groups.usage().cpuRealNs).to.be.at.least(usage.cpuRealNs);
  });

  it("leave nothing of a guest whose limits the kernel refuses", () => {
    expect(() => run.add("web", { ...LIMITS, processes: -1 })).to.throw(
      /pids.max: the kernel refuses -1: EINVAL/,
    );
    for (const directory of announced) {
      expect(readdirSync(directory), directory).to.not.include("guest-web");
    }
  });

  it("are removed with what a guest has made in its own", async () => {
    const groups = run.add("web", LIMITS);
    for (const directory of groups.directories)
      mkdirSync(join(directory, "inner", "most"), { recursive: true });
    await groups.remove();
    expect(groups.directories.some((directory) => existsSync(directory))).to.equal(false);
  });
});
