import { expect } from "chai";
import { parseCores, timesShare } from "../../src/scale/cpu.js";
import { parseTdf } from "../../src/scale/tdf.js";

function times(cores: string, tdf: string, factor: number) {
  const { bandwidth, factor: given } = timesShare(
    parseCores(cores, "cpu"),
    parseTdf(tdf, "tdf"),
    factor,
    "short",
  );
  return { share: Number(bandwidth.quotaUs) / Number(bandwidth.periodUs), given };
}

describe("timesShare", () => {
  it("multiplies a share of processors", () => {
    for (const [cores, tdf, factor] of [
      ["0.2", "1", 1.37],
      ["0.2", "10", 0.8],
      ["2.5", "4", 1.2],
      ["0.5", "20", 3],
    ] as const) {
      const { share, given } = times(cores, tdf, factor);
      expect(given).to.equal(factor);
      expect(share / (Number(cores) / Number(tdf))).to.be.closeTo(factor, 0.002);
    }
  });

  it("gives no more than a whole processor for each core", () => {
    expect(times("1", "1", 1.5)).to.deep.equal({ share: 1, given: 1 });
    expect(times("0.8", "1", 2)).to.deep.equal({ share: 1, given: 1.25 });
    expect(times("1.5", "2", 9).share).to.equal(2);
    expect(times("1", "1/10", 2)).to.deep.equal({ share: 10, given: 1 });
    expect(times("1", "1/10", 0.5)).to.deep.equal({ share: 5, given: 0.5 });
  });

  it("gives no less than the kernel does", () => {
    const { share, given } = times("0.02", "10", 0.1);
    expect(share).to.be.closeTo(0.001, 1e-6);
    expect(given).to.be.closeTo(0.5, 1e-6);
    expect(times("0.003", "1", 0.001).share).to.be.closeTo(0.001, 1e-6);
  });
});
