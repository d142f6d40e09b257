import { expect } from "chai";
import { realBandwidthBps, realDurationNs } from "../../src/scale/link.js";
import { parseTdf } from "../../src/scale/tdf.js";

describe("the scaling laws of links", () => {
  // The check of Gupta, Vishwanath and Vahdat: 10 Mbit/s and 20 ms at TDF 5.
  it("make 2 Mbit/s and 100 ms of 10 Mbit/s and 20 ms at TDF 5", () => {
    const five = parseTdf("5", "tdf");
    expect(realBandwidthBps(10e6, five)).to.equal(2e6);
    expect(realDurationNs(20e6, five)).to.equal(100e6);
  });

  it("leave all as it is at TDF 1, and nothing stays nothing", () => {
    const one = parseTdf("1", "tdf");
    expect(realBandwidthBps(123_456_789, one)).to.equal(123_456_789);
    expect(realDurationNs(0, one)).to.equal(0);
  });

  it("round fractions to the nearest whole", () => {
    expect(realBandwidthBps(1e6, parseTdf("3", "tdf"))).to.equal(333_333);
    expect(realDurationNs(1, parseTdf("1/3", "tdf"))).to.equal(0);
  });
});
