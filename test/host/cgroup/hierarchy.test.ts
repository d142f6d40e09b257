import { expect } from "chai";
import { parseHierarchy, parseUnified } from "../../../src/host/cgroup/hierarchy.js";

// Lines as in proc(5): id, parent, device, root, mount point, options, "-", type, source, super options.
function mount(root: string, at: string, type: string, options: string): string {
  return `30 20 0:26 ${root} ${at} rw,nosuid - ${type} cgroup ${options}\n`;
}

describe("parseHierarchy", () => {
  it("finds a controller mounted as version 1, also beside others", () => {
    const mounts = mount("/", "/sys/fs/cgroup/cpu,cpuacct", "cgroup", "rw,cpu,cpuacct");
    expect(parseHierarchy("cpu", mounts, "4:cpu,cpuacct:/jobs/7\n0::/\n")).to.deep.equal({
      version: 1,
      mountPoint: "/sys/fs/cgroup/cpu,cpuacct",
      ownDirectory: "/sys/fs/cgroup/cpu,cpuacct/jobs/7",
    });
  });

  it("finds version 2", () => {
    const mounts = mount("/", "/sys/fs/cgroup", "cgroup2", "rw");
    expect(parseHierarchy("cpu", mounts, "0::/user.slice/a.scope\n")).to.deep.equal({
      version: 2,
      mountPoint: "/sys/fs/cgroup",
      ownDirectory: "/sys/fs/cgroup/user.slice/a.scope",
    });
  });

  it("sees a container's group mounted as the root", () => {
    const mounts = mount("/docker/abc", "/sys/fs/cgroup/cpu", "cgroup", "rw,cpu");
    const found = parseHierarchy("cpu", mounts, "4:cpu:/docker/abc/inner\n");
    expect(found?.ownDirectory).to.equal("/sys/fs/cgroup/cpu/inner");
  });

  it("takes the mounted root for a group that lies outside it", () => {
    const mounts = mount("/docker/abc", "/sys/fs/cgroup/cpu", "cgroup", "rw,cpu");
    expect(parseHierarchy("cpu", mounts, "4:cpu:/other\n")?.ownDirectory).to.equal("/sys/fs/cgroup/cpu");
  });

  it("does not look for a version 1 controller in version 2", () => {
    const mounts = mount("/", "/sys/fs/cgroup/unified", "cgroup2", "rw");
    expect(parseHierarchy("cpu", mounts, "4:cpu:/\n0::/\n")).to.equal(undefined);
  });

  it("reads spaces in mount points", () => {
    const mounts = mount("/", "/my\\040groups", "cgroup2", "rw");
    expect(parseHierarchy("cpu", mounts, "0::/\n")?.mountPoint).to.equal("/my groups");
  });
});

describe("parseUnified", () => {
  it("finds version 2 beside controllers of version 1", () => {
    const mounts =
      mount("/", "/sys/fs/cgroup/cpu", "cgroup", "rw,cpu") +
      mount("/", "/sys/fs/cgroup/unified", "cgroup2", "rw");
    expect(parseUnified(mounts, "4:cpu:/jobs\n0::/a.scope\n")).to.deep.equal({
      version: 2,
      mountPoint: "/sys/fs/cgroup/unified",
      ownDirectory: "/sys/fs/cgroup/unified/a.scope",
    });
  });

  it("finds nothing where it is not mounted", () => {
    const mounts = mount("/", "/sys/fs/cgroup/cpu", "cgroup", "rw,cpu");
    expect(parseUnified(mounts, "4:cpu:/\n0::/\n")).to.equal(undefined);
  });
});
