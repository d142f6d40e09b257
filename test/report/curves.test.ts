import { expect } from "chai";
import {
  binWidthS,
  cdfOf,
  logarithmicBins,
  ratesOf,
  TABLE_SHARES,
  thinPairs,
} from "../../src/report/curves.js";
import { quantile } from "../../src/report/page/metrics.js";

describe("cdfOf", () => {
  it("has every step of a small sample", () => {
    expect(cdfOf(Float64Array.of(1, 2, 2, 5))).to.deep.equal([
      [1, 0],
      [1, 0.25],
      [2, 0.5],
      [2, 0.75],
      [5, 1],
    ]);
    expect(cdfOf(new Float64Array(0))).to.deep.equal([]);
  });

  it("says the truth at each point of a large sample, and has its ends", () => {
    const sorted = Float64Array.from({ length: 12_345 }, (_, i) => Math.sqrt(i)).sort();
    const points = cdfOf(sorted);
    expect(points.length).to.be.below(210);
    for (const [value, share] of points.slice(1)) {
      const below = sorted.filter((other) => other <= value).length;
      expect(share).to.equal(below / sorted.length);
    }
    expect(points[0]).to.deep.equal([0, 0]);
    expect(points.at(-1)).to.deep.equal([Math.sqrt(12_344), 1]);
  });

  for (const most of [40, 41, 200]) {
    it(`keeps what the page has in a table, with room for ${most} steps`, () => {
      const sorted = Float64Array.from({ length: 10_000 }, (_, i) => i + 1);
      const cdf = cdfOf(sorted, most);
      for (const share of TABLE_SHARES) expect(quantile(cdf, share)).to.be.closeTo(share * 10_000, 1e-6);
      expect(cdf.length).to.be.at.most(most + 16);
    });
  }

  it("leaves no gap of probability larger than asked for", () => {
    const sorted = Float64Array.from({ length: 5000 }, (_, i) => i);
    const shares = cdfOf(sorted, 50).map(([, share]) => share);
    const gaps = shares.slice(1).map((share, i) => share - (shares[i] ?? 0));
    expect(Math.max(...gaps)).to.be.at.most(1 / 50 + 1e-9);
  });
});

describe("ratesOf", () => {
  it("counts each completion once", () => {
    const times = Float64Array.from({ length: 1000 }, (_, i) => i / 100);
    const rates = ratesOf(times, 10, 0.5);
    expect(rates).to.have.length(20);
    expect(rates[0]).to.deep.equal([0.25, 100]);
    expect(rates.reduce((sum, [, rate]) => sum + rate * 0.5, 0)).to.equal(1000);
  });

  it("counts nothing outside, and a bin that is cut short by its own width", () => {
    const times = Float64Array.of(-0.1, 0, 1, 2, 2.5, 2.75);
    expect(ratesOf(times, 2.75, 1)).to.deep.equal([
      [0.5, 1],
      [1.5, 1],
      [2.375, 2 / 0.75],
    ]);
    expect(ratesOf(times, 2.25, 1)).to.have.length(2);
  });
});

describe("binWidthS", () => {
  for (const [durationS, widthS] of [
    [0.3, 0.01],
    [8, 0.2],
    [10, 0.5],
    [60, 2],
    [600, 20],
    [1000, 30],
    [7200, 180],
  ] as const) {
    it(`is ${widthS} s for ${durationS} s`, () => {
      expect(binWidthS(durationS)).to.equal(widthS);
    });
  }

  it("never makes more than 40 bins", () => {
    for (let durationS = 0.01; durationS < 1e6; durationS *= 1.3)
      expect(durationS / binWidthS(durationS)).to.be.at.most(40.001);
  });
});

describe("logarithmicBins", () => {
  it("joins bins upwards, and keeps all of them", () => {
    const bins = logarithmicBins(
      [
        [90, 1],
        [100, 2],
        [101, 4],
        [1000, 1],
      ],
      2,
    );
    expect(bins.map(([bound, share]) => [Math.round(bound), share])).to.deep.equal([
      [100, 3 / 8],
      [316, 4 / 8],
      [1000, 1 / 8],
    ]);
  });
});

describe("thinPairs", () => {
  it("takes the mean of neighbours", () => {
    const points = [1, 2, 3, 4, 5].map((x): [number, number] => [x, 10 * x]);
    expect(thinPairs(points, 10)).to.deep.equal(points);
    expect(thinPairs(points, 3)).to.deep.equal([
      [1.5, 15],
      [3.5, 35],
      [5, 50],
    ]);
  });
});
