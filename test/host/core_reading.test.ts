import { expect } from "chai";
import { coldCurve, coreStepsPerSecond } from "../../src/host/core_reading.js";

describe("coreStepsPerSecond", () => {
  const reading = (...cores: [probes: number, speedSum: number][]) => ({
    cores: cores.map(([probes, speedSum], processor) => ({ processor, probes, speedSum, cold: [] })),
  });

  it("is the mean of the processors, each by what was tried in between", () =>
    expect(coreStepsPerSecond(reading([10, 1e9], [0, 0]), reading([20, 1.5e9], [2, 6e8]))).to.equal(1.75e8));

  it("leaves out a processor that was not tried, and is unknown where none was", () => {
    const begin = reading([10, 1e9], [7, 3e8]);
    expect(coreStepsPerSecond(begin, reading([20, 1.5e9], [7, 3e8]))).to.equal(5e7);
    expect(coreStepsPerSecond(begin, begin)).to.equal(undefined);
  });
});

describe("coldCurve", () => {
  const core = (processor: number, ...cold: [passes: number, restNs: number, passNs: number][]) => ({
    ...{ processor, probes: 0, speedSum: 0 },
    cold: cold.map(([passes, restNs, passNs]) => ({ passes, restNs, passNs })),
  });

  it("is what a line cost in between, in the mean over passes on all processors, by length of rest", () => {
    const begin = { cores: [core(0, [10, 50e6, 1e6], [2, 40e6, 1e6]), core(1, [0, 0, 0], [0, 0, 0])] };
    const end = {
      cores: [
        core(0, [20, 100e6, 1e6 + 384_000], [3, 60e6, 1e6 + 38_400]),
        core(1, [30, 160e6, 384_000], [0, 0, 0]),
      ],
    };
    expect(coldCurve(begin, end)).to.deep.equal([
      { restNs: 210e6 / 40, lineNs: 50 },
      { restNs: 20e6, lineNs: 100 },
    ]);
  });

  it("leaves out rests that were not tried", () => {
    const begin = { cores: [core(0, [10, 50e6, 1e6], [2, 40e6, 1e6])] };
    const end = { cores: [core(0, [20, 100e6, 1e6 + 384_000], [2, 40e6, 1e6])] };
    expect(coldCurve(begin, end)).to.deep.equal([{ restNs: 5e6, lineNs: 100 }]);
    expect(coldCurve(begin, begin)).to.deep.equal([]);
    expect(coldCurve({ cores: [] }, { cores: [] })).to.deep.equal([]);
  });
});
