import { expect } from "chai";
import { formatStatus } from "../../src/cli/run_progress.js";

describe("the progress of a run", () => {
  it("has no virtual time before the warm-up", () => {
    const status = {
      phase: "build",
      virtualNs: -1,
      realMs: 1234,
      leftRealMs: undefined,
      guestsUp: 3,
      guests: 9,
    } as const;
    expect(formatStatus(status)).to.equal("building links and guests: 1.2 s real, 3 of 9 guests up");
  });

  it("says how long it will take", () => {
    const status = {
      phase: "measure",
      virtualNs: 7.42e9,
      realMs: 78_123,
      leftRealMs: 40_100,
      guestsUp: 9,
      guests: 9,
    } as const;
    expect(formatStatus(status)).to.equal("measuring: 7.4 s virtual, 78 s real, 41 s left, 9 of 9 guests up");
  });
});
