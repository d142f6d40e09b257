import { expect } from "chai";
import { ThinnedSeries } from "../../src/report/thin.js";

function thinned(count: number, most: number): ThinnedSeries {
  const series = new ThinnedSeries(most);
  for (let i = 0; i < count; i++) {
    const value = i === 777 ? 1e6 : i % 10;
    series.add({ atS: i, mean: value, least: value - 1, most: value + 1 });
  }
  return series;
}

describe("ThinnedSeries", () => {
  it("leaves a short series as it is", () => {
    const series = thinned(150, 100);
    expect(series.samplesPerPoint).to.equal(1);
    expect(series.points).to.have.length(150);
    expect(series.points[7]).to.deep.equal({ atS: 7, mean: 7, least: 6, most: 8 });
  });

  it("keeps the mean and the extremes of a long one in bounded memory", () => {
    const series = thinned(2 ** 17, 100);
    expect(series.points.length).to.be.within(100, 200);
    expect(series.samplesPerPoint * series.points.length).to.equal(2 ** 17);
    const mean = series.points.reduce((sum, point) => sum + point.mean, 0) / series.points.length;
    const direct = Array.from({ length: 2 ** 17 }, (_, i) => (i === 777 ? 1e6 : i % 10));
    expect(mean).to.be.closeTo(direct.reduce((sum, value) => sum + value, 0) / direct.length, 1e-9);
    expect(Math.max(...series.points.map(({ most }) => most))).to.equal(1e6 + 1);
    expect(Math.min(...series.points.map(({ least }) => least))).to.equal(-1);
  });

  it("shows a series of less than one point all the same", () => {
    const series = new ThinnedSeries(1);
    series.add({ atS: 1, mean: 2, least: 2, most: 2 });
    expect(series.points).to.have.length(1);
  });
});
