import { expect } from "chai";
import { cpuBandwidth, cpuClockScale, parseCores } from "../../src/scale/cpu.js";
import { formatRatio, toNumber } from "../../src/scale/ratio.js";
import { parseTdf } from "../../src/scale/tdf.js";

function bandwidth(cores: string, tdf: string) {
  return cpuBandwidth(parseCores(cores, "--cpu"), parseTdf(tdf, "--tdf"), "--cpu");
}

describe("cpuBandwidth", () => {
  const cases: [cores: string, tdf: string, quotaUs: bigint, periodUs: bigint][] = [
    // The quota ends a tick (4 ms) before the period.
    ["0.5", "1", 4000n, 8000n],
    ["0.75", "1", 12_000n, 16_000n],
    // Two busy processors use one core's up in half the time.
    ["1", "1", 8000n, 8000n],
    ["1.5", "1", 24_000n, 16_000n],
    // The virtual period is the same at every TDF.
    ["0.5", "10", 4000n, 80_000n],
    ["1", "10", 8000n, 80_000n],
    ["4", "10", 80_000n, 200_000n],
    // The kernel's least quota is 1 ms.
    ["0.1", "1", 1000n, 10_000n],
    ["0.1", "10", 1000n, 100_000n],
    // Near a whole processor the period would get long.
    ["0.99", "1", 99_000n, 100_000n],
    // Below TDF 1 the real period decides.
    ["0.05", "1/10", 4000n, 8000n],
    // Its longest period is 1 s.
    ["8", "4000", 2000n, 1_000_000n],
  ];
  for (const [cores, tdf, quotaUs, periodUs] of cases) {
    it(`gives ${cores} cores at TDF ${tdf} ${quotaUs} µs in ${periodUs} µs`, () => {
      expect(bandwidth(cores, tdf)).to.deep.equal({ quotaUs, periodUs });
    });
  }

  const long: [cores: string, tdf: string, quotaUs: bigint, periodUs: bigint][] = [
    ["0.2", "1", 4000n, 20_000n],
    ["0.2", "10", 4000n, 200_000n],
    // They are that long anyhow.
    ["1", "10", 8000n, 80_000n],
    // The period would be felt.
    ["0.05", "1", 2500n, 50_000n],
    ["0.02", "1", 1000n, 50_000n],
    ["0.002", "1", 1000n, 500_000n],
    // The kernel's longest period is 1 s.
    ["0.1", "40", 2500n, 1_000_000n],
  ];
  for (const [cores, tdf, quotaUs, periodUs] of long) {
    it(`gives ${cores} cores at TDF ${tdf} ${quotaUs} µs in ${periodUs} µs in long turns`, () => {
      const given = cpuBandwidth(parseCores(cores, "--cpu"), parseTdf(tdf, "--tdf"), "--cpu", "long");
      expect(given).to.deep.equal({ quotaUs, periodUs });
    });
  }

  it("has the share cores ÷ TDF everywhere that it can be had", () => {
    for (const cores of ["0.01", "0.3", "1", "1/3", "2.75"]) {
      for (const tdf of ["1/7", "1", "3", "10"]) {
        const { quotaUs, periodUs } = bandwidth(cores, tdf);
        const share = toNumber(parseCores(cores, "")) / toNumber(parseTdf(tdf, ""));
        expect(Number(quotaUs) / Number(periodUs) / share).to.be.closeTo(1, 0.001);
      }
    }
  });

  it("refuses a share that the kernel cannot give out, and says the least", () => {
    expect(() => bandwidth("1", "5000")).to.throw(
      "--cpu: at TDF 5000 the least number of cores is 5, got 1: " +
        "the kernel gives out at least 1 ms of processor time a second",
    );
  });
});

describe("parseCores", () => {
  it("refuses what is not a positive number of cores", () => {
    expect(() => parseCores("none", "--cpu")).to.throw(
      '--cpu: expected a decimal or fraction such as 1, 0.5 or 3/4, got "none"',
    );
    expect(() => parseCores("0", "--cpu")).to.throw('--cpu: must be more than zero, got "0"');
    expect(() => parseCores("5000", "--cpu")).to.throw('--cpu: must be from 1/1000 to 4096, got "5000"');
  });
});

describe("cpuClockScale", () => {
  const cases: [tdf: string, cores: string | undefined, scale: string][] = [
    ["10", undefined, "1/10"],
    ["1/3", undefined, "3"],
    ["10", "1", "1"],
    ["10", "0.5", "2"],
    ["10", "4", "1"],
  ];
  for (const [tdf, cores, scale] of cases) {
    it(`is ${scale} at TDF ${tdf} ${cores === undefined ? "without a cap" : `capped at ${cores}`}`, () => {
      const parsed = cores === undefined ? undefined : parseCores(cores, "--cpu");
      expect(formatRatio(cpuClockScale(parseTdf(tdf, "--tdf"), parsed))).to.equal(scale);
    });
  }
});
