import { expect } from "chai";
import { coreStepsPerSecond } from "../../src/host/core_reading.js";

describe("coreStepsPerSecond", () => {
  const reading = (...cores: [probes: number, speedSum: number][]) => ({
    cores: cores.map(([probes, speedSum], processor) => ({ processor, probes, speedSum })),
  });

  it("is the mean of the processors, each by what was tried in between", () =>
    expect(coreStepsPerSecond(reading([10, 1e9], [0, 0]), reading([20, 1.5e9], [2, 6e8]))).to.equal(1.75e8));

  it("leaves out a processor that was not tried, and is unknown where none was", () => {
    const begin = reading([10, 1e9], [7, 3e8]);
    expect(coreStepsPerSecond(begin, reading([20, 1.5e9], [7, 3e8]))).to.equal(5e7);
    expect(coreStepsPerSecond(begin, begin)).to.equal(undefined);
  });
});
