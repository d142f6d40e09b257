import { expect } from "chai";
import { formatSeconds, secondsLeft } from "../../src/validate/estimate.js";
import { nextRun, scheduleOf } from "../../src/validate/schedule.js";
import { planOf, runOf } from "./records.js";

describe("scheduleOf", () => {
  const slots = scheduleOf(planOf({ tdfs: ["1", "2", "5", "10"], repeat: 6, seed: 7 }));

  it("has each TDF once in each repetition, one repetition after the other", () => {
    expect(slots.length).to.equal(24);
    for (let i = 0; i < 6; i++) {
      const part = slots.slice(4 * i, 4 * i + 4);
      expect(part.map(({ tdf }) => Number(tdf)).sort((a, b) => a - b)).to.deep.equal([1, 2, 5, 10]);
      expect(new Set(part.map(({ repetition }) => repetition))).to.deep.equal(new Set([i + 1]));
      expect(new Set(part.map(({ seed }) => seed))).to.deep.equal(new Set([7 + i]));
    }
  });

  it("has them in changing orders, and the same ones again", () => {
    const orders = Array.from({ length: 6 }, (_, i) =>
      slots
        .slice(4 * i, 4 * i + 4)
        .map(({ tdf }) => tdf)
        .join(),
    );
    expect(new Set(orders).size).to.be.greaterThan(2);
    expect(scheduleOf(planOf({ tdfs: ["1", "2", "5", "10"], repeat: 6, seed: 7 }))).to.deep.equal(slots);
  });
});

describe("scheduleOf with something that varies", () => {
  const plan = planOf({
    tdfs: ["1", "10"],
    repeat: 2,
    vary: { name: "sessions", values: ["15", "75"] },
    undilated: "10",
  });

  it("has each value at each TDF and without dilation, in each repetition", () => {
    const slots = scheduleOf(plan);
    expect(slots.length).to.equal(12);
    for (const part of [slots.slice(0, 6), slots.slice(6)]) {
      const found = part.map(({ tdf, sharesOf, value }) => `${value} ${tdf} ${sharesOf}`).sort();
      expect(found).to.deep.equal([
        "15 1 10",
        "15 1 null",
        "15 10 null",
        "75 1 10",
        "75 1 null",
        "75 10 null",
      ]);
    }
  });
});

describe("scheduleOf with more of the baseline", () => {
  const plan = planOf({ tdfs: ["1", "10"], repeat: 2, baselineRepeat: 3, undilated: "10" });
  const slots = scheduleOf(plan);

  it("has the baseline so many times in each repetition, all with its seed, and all else once", () => {
    for (const part of [slots.slice(0, 5), slots.slice(5)]) {
      const found = part.map(({ tdf, sharesOf, take }) => `${tdf} ${sharesOf} ${take}`).sort();
      expect(found).to.deep.equal([
        "1 10 undefined",
        "1 null 2",
        "1 null 3",
        "1 null undefined",
        "10 null undefined",
      ]);
      expect(new Set(part.map(({ seed }) => seed)).size).to.equal(1);
    }
  });

  it("has a folder of its own for each", () => {
    const paths = slots.map((slot) => nextRun(slot, [])?.path);
    expect(new Set(paths).size).to.equal(10);
    expect(paths).to.include.members(["runs/tdf1-2", "runs/tdf1-2.2", "runs/tdf1-2.3", "runs/undilated10-2"]);
  });

  it("is done with those that count, one by one", () => {
    const done = runOf({ repetition: 2, take: 2 });
    const left = slots.filter((slot) => nextRun(slot, [done]) !== undefined);
    expect(left.length).to.equal(9);
    expect(left.some(({ tdf, repetition, take }) => tdf === "1" && repetition === 2 && take === 2)).to.equal(
      false,
    );
  });
});

describe("nextRun", () => {
  const slot = { tdf: "10", sharesOf: null, value: null, repetition: 2, seed: 2 };
  const path = (...runs: Parameters<typeof nextRun>[1][number][]) => nextRun(slot, runs)?.path;

  it("is done when a run counts", () => {
    expect(path()).to.equal("runs/tdf10-2");
    expect(path(runOf({ tdf: "10", repetition: 2 }))).to.equal(undefined);
    expect(path(runOf({ tdf: "10", repetition: 1 }), runOf({ tdf: "1", repetition: 2 }))).to.equal(
      "runs/tdf10-2",
    );
  });

  it("is repeated once when one does not", () => {
    const bad = runOf({ tdf: "10", repetition: 2, fidelity: "not trustworthy", counted: false });
    expect(path(bad)).to.equal("runs/tdf10-2-again");
    expect(path(bad, { ...bad, attempt: 2 })).to.equal(undefined);
  });

  it("is not counted when it was interrupted", () =>
    expect(path(runOf({ tdf: "10", repetition: 2, outcome: "interrupted", counted: false }))).to.equal(
      "runs/tdf10-2",
    ));

  it("has a name for every TDF", () =>
    expect(nextRun({ ...slot, tdf: "1/3", repetition: 1 }, [])?.path).to.equal("runs/tdf0.333333-1"));

  it("keeps runs of other values and those without dilation apart", () => {
    const varied = { ...slot, value: "disk=a/b" };
    const undilated = { ...varied, tdf: "1", sharesOf: "10" };
    expect(nextRun(varied, [runOf(slot)])?.path).to.equal("runs/disk=a_b-tdf10-2");
    expect(nextRun(undilated, [runOf({ ...varied, tdf: "1" })])?.path).to.equal(
      "runs/disk=a_b-undilated10-2",
    );
    expect(nextRun(undilated, [runOf(undilated)])).to.equal(undefined);
  });
});

describe("secondsLeft", () => {
  it("goes by the phases at first, then by what runs took", () => {
    const left = [
      { tdf: "1", sharesOf: null, value: null, repetition: 2, seed: 2 },
      { tdf: "10", sharesOf: null, value: null, repetition: 1, seed: 1 },
    ];
    expect(secondsLeft(left, [], 13)).to.equal(13 + 10 + 130 + 10);
    expect(secondsLeft(left, [runOf({ tdf: "1", realSeconds: 15 })], 13)).to.equal(15 + 130 + 10);
  });

  it("is written as people say it", () =>
    expect([9.2, 89, 100, 3600, 12_345].map(formatSeconds)).to.deep.equal([
      "10 s",
      "89 s",
      "2 min",
      "60 min",
      "3 h 26 min",
    ]));
});
