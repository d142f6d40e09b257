import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { formatReport } from "../../src/cli/check.js";
import type { CheckReport } from "../../src/host/check/check.js";
import { DIECAST } from "../paths.js";

const HOST = { processor: "Example 9000", cores: 2, memoryBytes: 4 * 2 ** 30, system: "Debian 12" };

describe("formatReport", () => {
  it("prints the table first, then for what is lacking cost and remedy, then the verdict", () => {
    const report: CheckReport = {
      host: HOST,
      items: [
        { name: "kernel", state: "ok", found: "Linux 6.1" },
        { name: "nbd", state: "missing", found: "/dev/nbd0: ENOENT", cost: "little", remedy: "modprobe nbd" },
      ],
      exec: true,
      run: false,
    };
    expect(formatReport(report)).to.equal(
      [
        "Debian 12, 2 × Example 9000, 4.0 GiB",
        "",
        "kernel  ok       Linux 6.1",
        "nbd     missing  /dev/nbd0: ENOENT",
        "",
        "nbd (missing)",
        "  cost:   little",
        "  remedy: modprobe nbd",
        "",
        "diecast exec works on this machine.",
        "diecast run does not work on this machine.",
        "",
      ].join("\n"),
    );
  });
});

describe("diecast check", () => {
  it("tries everything, and a program does run in dilated time here", () => {
    const { status, stdout, stderr } = spawnSync(DIECAST, ["check", "--json"], { encoding: "utf8" });
    expect(stderr).to.equal("");
    const report = JSON.parse(stdout) as CheckReport;
    expect(report.items.map((item) => item.name)).to.deep.equal([
      "kernel",
      "architecture",
      "seccomp filter",
      "seccomp notification",
      "ptrace",
      "vDSO",
      "diecast exec",
      "network namespaces",
      "netem",
      "TUN",
      "cgroup cpu",
      "cgroup memory",
      "TCP timers",
      "guests' rests",
      "guests' pages",
      "overlay",
      "FUSE",
      "loop devices",
      "nbd",
      "real-time priority",
      "user rights",
    ]);
    for (const item of report.items.filter(({ state }) => state !== "ok")) {
      expect(item.cost, item.name).to.be.a("string");
      expect(item.remedy, item.name).to.be.a("string");
    }
    expect(report.host.cores).to.be.greaterThan(0);
    expect({ status, exec: report.exec, run: report.run }).to.deep.equal({
      status: 0,
      exec: true,
      run: true,
    });
  });
});
