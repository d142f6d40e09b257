import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createCpuCap } from "../../../src/host/cgroup/cap.js";

const LIMIT = { periodUs: 20_000n, quotaUs: 1000n };

describe("createCpuCap on this machine", () => {
  it("makes a group with the limit and removes it (or says what is missing)", () => {
    let cap: ReturnType<typeof createCpuCap>;
    try {
      cap = createCpuCap(LIMIT);
    } catch (error) {
      expect(error).to.have.property("remedy").that.is.a("string");
      return;
    }
    const [directory = ""] = cap.directories;
    try {
      const v2 = join(directory, "cpu.max");
      if (existsSync(v2)) expect(readFileSync(v2, "utf8")).to.equal("1000 20000\n");
      else expect(readFileSync(join(directory, "cpu.cfs_quota_us"), "utf8")).to.equal("1000\n");
    } finally {
      cap.remove();
    }
    expect(existsSync(directory)).to.equal(false);
  });

  it("says what is missing when no hierarchy is mounted", () => {
    const none = { version: 1, mountPoint: "/nowhere", ownDirectory: "/nowhere" } as const;
    expect(() => createCpuCap(LIMIT, none)).to.throw(
      "cannot make a cgroup with a limit on processor time at /nowhere: ENOENT",
    );
  });
});

// A directory with the files of version 2, which show where a group would be made. The kernel's files appear in new
// groups by themselves; here they do not, so the last step fails and has to clean up.
describe("createCpuCap on version 2", () => {
  let root: string;

  function group(path: string, controllers: string, subtree: string): string {
    const directory = join(root, path);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "cgroup.controllers"), `${controllers}\n`);
    writeFileSync(join(directory, "cgroup.subtree_control"), `${subtree}\n`);
    writeFileSync(join(directory, "cgroup.procs"), "");
    return directory;
  }

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "diecast-cgroup-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("takes the nearest ancestor that can hand out the controller, and leaves nothing when it fails", () => {
    group("", "cpu memory", "cpu memory");
    const slice = group("a.slice", "cpu memory", "memory cpu");
    const own = group("a.slice/own.scope", "memory", "");
    mkdirSync(join(slice, "diecast-999999999-1"));
    mkdirSync(join(slice, `diecast-${process.ppid}-1`));
    expect(() => createCpuCap(LIMIT, { version: 2, mountPoint: root, ownDirectory: own })).to.throw(
      new RegExp(`^${slice}/diecast-${process.pid}-\\d+/cpu.max does not exist$`),
    );
    const left = readdirSync(slice).filter((name) => name.startsWith("diecast-"));
    expect(left).to.deep.equal([`diecast-${process.ppid}-1`]);
  });

  it("turns the controller on where it is available", () => {
    const own = group("", "cpu", "");
    expect(() => createCpuCap(LIMIT, { version: 2, mountPoint: root, ownDirectory: own })).to.throw(
      "cpu.max",
    );
    expect(readFileSync(join(own, "cgroup.subtree_control"), "utf8")).to.equal("+cpu");
  });

  it("names the group and the remedy when no ancestor can", () => {
    const own = group("", "memory", "memory");
    expect(() => createCpuCap(LIMIT, { version: 2, mountPoint: root, ownDirectory: own }))
      .to.throw(
        `cannot make a cgroup with a limit on processor time at ${root}: ${root} does not have the cpu controller`,
      )
      .with.property("remedy")
      .that.contains("Delegate=yes");
  });
});
