import { expect } from "chai";
import { arrange, arrangeRepeats } from "../../src/report/series.js";

function labels(tdfs: readonly string[]) {
  return arranged(tdfs.map((tdf) => ({ tdf, sharesOf: null, path: "runs/a", experiment: "{}" })));
}

function arranged(all: Parameters<typeof arrange>[0]) {
  const { runs, series } = arrange(all);
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

  it("has those without dilation last, by their own name", () => {
    const run = (tdf: string, sharesOf: string | null) => ({
      tdf,
      sharesOf,
      path: "runs/a",
      experiment: "{}",
    });
    expect(arranged([run("1", "10"), run("10", null), run("1", null)]).runs).to.deep.equal([
      ["TDF 1", 0],
      ["TDF 10", 1],
      ["undilated 10", 2],
    ]);
  });

  it("takes the first of equals, and numbers them", () => {
    expect(labels(["2", "2"]).runs).to.deep.equal([
      ["TDF 2 run 1", 0],
      ["TDF 2 run 2", 1],
    ]);
  });

  it("names equals that ran different things for their folders, as far as those differ", () => {
    const run = (path: string, experiment: string, tdf = "2") => ({ path, experiment, tdf, sharesOf: null });
    expect(
      arranged([run("runs/still", "1"), run("runs/churn/", "2"), run("runs/x", "1", "4")]).runs,
    ).to.deep.equal([
      ["TDF 2, still", 0],
      ["TDF 2, churn", 1],
      ["TDF 4", 2],
    ]);
    expect(arranged([run("/a/run", "1"), run("/b/run", "2")]).runs.map(([label]) => label)).to.deep.equal([
      "TDF 2, a/run",
      "TDF 2, b/run",
    ]);
  });

  it("gives what is different styles of its own even where there is much", () => {
    const paths = Array.from({ length: 8 }, (_, i) => `runs/${i}`);
    const { series } = arranged(
      paths.map((path, i) => ({ path, tdf: "1", sharesOf: null, experiment: `${i % 2}` })),
    );
    expect(series).to.have.length(8);
  });

  it("gives all runs of a TDF one style where there are many", () => {
    const { runs, series } = labels(["1", "1", "1", "1", "10", "10", "10"]);
    expect(series).to.deep.equal(["TDF 1", "TDF 10"]);
    expect(runs.at(-1)).to.deep.equal(["TDF 10 run 3", 1]);
  });
});

describe("arrangeRepeats", () => {
  const runOf = (tdf: string, value: string | null = null, sharesOf: string | null = null) => ({
    run: `${value} ${tdf} ${sharesOf}`,
    condition: { tdf, value, sharesOf },
  });

  it("leaves a validation its order of TDFs", () => {
    const plan = { tdfs: ["10", "1"], vary: null, undilated: null };
    const { runs, series } = arrangeRepeats([runOf("1"), runOf("10"), runOf("10")], plan);
    expect(series.map(({ label }) => label)).to.deep.equal(["TDF 10", "TDF 1"]);
    expect(runs.map(({ label }) => label)).to.deep.equal(["TDF 10 run 1", "TDF 10 run 2", "TDF 1"]);
  });

  it("has a series for each side, and names the value", () => {
    const plan = {
      tdfs: ["1", "10"],
      vary: { name: "users", values: ["5", "50"] },
      undilated: "10",
    };
    const { runs, series } = arrangeRepeats(
      [runOf("1", "50", "10"), runOf("10", "5"), runOf("1", "5")],
      plan,
    );
    expect(series.map(({ label }) => label)).to.deep.equal(["TDF 1", "TDF 10", "undilated 10"]);
    expect(runs.map(({ label, series: own }) => [label, own])).to.deep.equal([
      ["users = 5, TDF 1", 0],
      ["users = 5, TDF 10", 1],
      ["users = 50, undilated 10", 2],
    ]);
  });
});
