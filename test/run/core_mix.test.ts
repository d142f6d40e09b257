import { expect } from "chai";
import type { TriedCores } from "../../src/host/core_reading.js";
import { CoreMix } from "../../src/run/core_mix.js";

const S = 1e9;

/** Of processors 0 and 3, tried ten times in each window so far, at these speeds. */
function reading(...windows: readonly (readonly [number, number])[]): TriedCores {
  return {
    cores: [0, 3].map((processor, core) => ({
      processor,
      probes: 10 * windows.length,
      speedSum: windows.reduce((sum, speeds) => sum + 10 * (speeds[core] ?? 0), 0),
      cold: [],
    })),
  };
}

describe("CoreMix", () => {
  it("counts processors as the guest used them", () => {
    const mix = new CoreMix();
    mix.stepsPerSecond(reading(), reading([1, 1]), [0, 0, 0, 0]);
    const speed = mix.stepsPerSecond(reading([1, 1]), reading([1, 1], [100, 200]), [3 * S, 0, 0, S]);
    expect(speed).to.equal(125);
  });

  it("remembers where it ran while it rests", () => {
    const mix = new CoreMix();
    mix.stepsPerSecond(reading(), reading([1, 1]), [0, 0, 0, 0]);
    mix.stepsPerSecond(reading([1, 1]), reading([1, 1], [1, 1]), [0, 0, 0, S]);
    const speed = mix.stepsPerSecond(reading([1, 1]), reading([1, 1], [100, 200]), [0, 0, 0, S]);
    expect(speed).to.equal(200);
  });

  it("counts all alike where nobody knows, and tells nothing of what nobody tried", () => {
    expect(new CoreMix().stepsPerSecond(reading(), reading([100, 200]), undefined)).to.equal(150);
    expect(new CoreMix().stepsPerSecond(reading(), reading([100, 200]), [S, 0, 0, 0])).to.equal(150);
    expect(new CoreMix().stepsPerSecond(reading([1, 1]), reading([1, 1]), [0, 0, 0, 0])).to.equal(undefined);
  });
});
