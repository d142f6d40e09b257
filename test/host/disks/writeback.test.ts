import { readFileSync } from "node:fs";
import { expect } from "chai";
import { keepWriteback } from "../../../src/host/disks/writeback.js";
import {
  inRange,
  scaledCentiseconds,
  WRITEBACK_SETTINGS,
} from "../../../src/host/disks/writeback_settings.js";
import { liveRuns } from "../../../src/host/state/live.js";
import { ratio } from "../../../src/scale/ratio.js";

const REAL = ratio(1n, 1n);
const TEN = ratio(10n, 1n);

describe("the kernel's write-back", () => {
  it("keeps to a run's time until it closes", () => {
    const before = times();
    const writeback = keepWriteback("test-writeback-1", TEN);
    const during = times();
    writeback.close();
    writeback.close();
    expect(writeback.problem).to.equal(undefined);
    expect(during).to.deep.equal(before.map((time) => 10 * time));
    expect(times()).to.deep.equal(before);
  });

  it("stays that of a run that came first, and be it the host's own", () => {
    const before = times();
    const first = keepWriteback("test-writeback-1", REAL);
    const second = keepWriteback("test-writeback-2", TEN);
    const during = times();
    first.close();
    second.close();
    expect(first.problem).to.equal(undefined);
    expect(second.problem).to.equal("it keeps to TDF 1, of the run test-writeback-1");
    expect(during).to.deep.equal(before);
  });

  it("is no concern of two runs that take the host's own", () => {
    const runs = [1, 2].map((i) => keepWriteback(`test-writeback-${i}`, REAL));
    for (const run of runs) run.close();
    expect(runs.map(({ problem }) => problem)).to.deep.equal([undefined, undefined]);
  });

  it("is not changed under a run that waits for the host's own to come back", () => {
    const before = times();
    const first = keepWriteback("test-writeback-1", TEN);
    const second = keepWriteback("test-writeback-2", REAL);
    first.close();
    const third = keepWriteback("test-writeback-3", TEN);
    const during = times();
    second.close();
    third.close();
    expect(second.problem).to.equal("it keeps to TDF 10, of the run test-writeback-1");
    expect(third.problem).to.equal("it keeps to TDF 1, of the run test-writeback-2");
    expect(during).to.deep.equal(before);
    expect(liveRuns().filter(({ id }) => id.startsWith("test-writeback"))).to.deep.equal([]);
  });

  it("takes any time but xfs's, and stays off where it is", () => {
    const set = WRITEBACK_SETTINGS.map((setting) => inRange(setting, scaledCentiseconds(3000, 10_000)));
    expect(set).to.deep.equal([30_000_000, 30_000_000, 720_000]);
    expect(WRITEBACK_SETTINGS.map((setting) => inRange(setting, scaledCentiseconds(0, 10)))).to.deep.equal([
      0, 0, 0,
    ]);
  });
});

function times(): number[] {
  return ["dirty_expire_centisecs", "dirty_writeback_centisecs"].map((name) =>
    Number(readFileSync(`/proc/sys/vm/${name}`, "utf8")),
  );
}
