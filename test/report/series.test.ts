import { expect } from "chai";
import { arrange } from "../../src/report/series.js";

function labels(tdfs: readonly string[], order?: readonly string[]) {
  const { runs, series } = arrange(
    tdfs.map((tdf) => ({ tdf })),
    order,
  );
  return {
    runs: runs.map(({ label, series: own }) => [label, own]),
    series: series.map(({ label }) => label),
  };
}

describe("arrange", () => {
  it("takes the lowest TDF for the baseline", () => {
    expect(labels(["10", "1", "5/2"])).to.deep.equal({
      runs: [
        ["TDF 1", 0],
        ["TDF 5/2", 1],
        ["TDF 10", 2],
      ],
      series: ["TDF 1", "TDF 5/2", "TDF 10"],
    });
  });

  it("takes the first of equals, and numbers them", () => {
    expect(labels(["2", "2"]).runs).to.deep.equal([
      ["TDF 2 run 1", 0],
      ["TDF 2 run 2", 1],
    ]);
  });

  it("gives all runs of a TDF one style where there are many", () => {
    const { runs, series } = labels(["1", "1", "1", "1", "10", "10", "10"]);
    expect(series).to.deep.equal(["TDF 1", "TDF 10"]);
    expect(runs.at(-1)).to.deep.equal(["TDF 10 run 3", 1]);
  });

  it("leaves a validation its order", () => {
    expect(labels(["1", "10"], ["10", "1"]).series).to.deep.equal(["TDF 10", "TDF 1"]);
  });
});
