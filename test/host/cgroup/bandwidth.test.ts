import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { limitBandwidth } from "../../../src/host/cgroup/bandwidth.js";
import { findHierarchy } from "../../../src/host/cgroup/hierarchy.js";

describe("a limit on processor time below another", () => {
  const hierarchy = findHierarchy("cpu");
  const parent = join(hierarchy?.ownDirectory ?? "", `diecast-test-bandwidth-${process.pid}`);
  const child = join(parent, "child");

  // On version 2 both numbers are one write, and a child may have more.
  it("is never more than that while its period becomes shorter or longer", function () {
    if (hierarchy?.version !== 1) return this.skip();
    mkdirSync(child, { recursive: true });
    try {
      limitBandwidth(parent, 1, { periodUs: 10_000n, quotaUs: 3000n });
      const long = { periodUs: 20_000n, quotaUs: 4000n };
      const short = { periodUs: 5000n, quotaUs: 1000n };
      for (const bandwidth of [long, short, long, short])
        expect(() => limitBandwidth(child, 1, bandwidth)).not.to.throw();
    } finally {
      for (const directory of [child, parent]) rmdirSync(directory);
    }
  });
});
