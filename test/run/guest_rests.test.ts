import { expect } from "chai";
import { RunPlace } from "../../src/host/state/run_place.js";
import { GuestRests } from "../../src/run/guest_rests.js";
import { parseTdf } from "../../src/scale/tdf.js";

const tdf = (value: string) => parseTdf(value, "tdf");

describe("GuestRests", () => {
  let told: string[];
  const warn = (line: string) => told.push(line);
  beforeEach(() => {
    told = [];
  });

  it("are what the kernel counts for a guest's group at a TDF above 1, until they are closed", async () => {
    const place = RunPlace.use(`test-guest-rests-${process.pid}`);
    const limits = { bandwidth: undefined, memoryBytes: undefined, processes: 5 };
    const groups = place.groups.add("a", limits);
    try {
      const guest = { unifiedGroup: groups.unified };
      const rests = new GuestRests([guest, { unifiedGroup: undefined }], tdf("10"), warn);
      const classes = rests.of(guest) ?? [];
      expect(classes.map(({ restNs }) => restNs)).to.deep.equal([
        0,
        ...Array.from({ length: 11 }, (_, i) => 2 ** (20.5 + i)),
      ]);
      expect(rests.of({ unifiedGroup: undefined })).to.equal(undefined);
      rests.close();
      expect(rests.of(guest)).to.equal(undefined);
      expect(told).to.deep.equal([]);
    } finally {
      await groups.remove();
      place.release();
    }
  });

  it("are none at a TDF of 1 and less, without asking the kernel", () => {
    const guest = { unifiedGroup: "/nowhere" };
    for (const value of ["1", "1/3"])
      expect(new GuestRests([guest], tdf(value), warn).of(guest)).to.deep.equal([]);
    expect(told).to.deep.equal([]);
  });

  it("cost one warning where they cannot be told, which says why", () => {
    for (const [unifiedGroup, why] of [
      [undefined, "they have no cgroup of version 2"],
      ["/nowhere", "/nowhere: No such file or directory"],
    ] as const) {
      told = [];
      const rests = new GuestRests([{ unifiedGroup }], tdf("2"), warn);
      for (let looks = 0; looks < 2; looks++) expect(rests.of({ unifiedGroup })).to.equal(undefined);
      expect(told).to.deep.equal([
        `what guests lose to caches that go cold while they rest is not made up for: ${why}`,
      ]);
    }
  });
});
