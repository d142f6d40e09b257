import { expect } from "chai";
import type { Said } from "../../src/report/data.js";
import { sayOutcome, worstTrust } from "../../src/report/verdict.js";

const GOOD: Said = { word: "trustworthy", tone: "good", sentence: "It kept up." };
const BAD: Said = { word: "not trustworthy", tone: "bad", sentence: "It did not." };

describe("worstTrust", () => {
  const said = (trusts: readonly (Said | null)[], leftOut?: number) =>
    worstTrust(
      trusts.map((trust, i) => ({ label: `run ${i + 1}`, trust })),
      leftOut,
    );

  it("doubts a run that left no word on itself", () => {
    expect(said([GOOD, null])).to.deep.equal({
      word: "not known",
      tone: "doubtful",
      sentence: "run 2: Whether the emulation kept up was not recorded.",
    });
    expect(said([null]).tone).to.equal("doubtful");
    expect(said([null, BAD]).word).to.equal("not trustworthy");
  });

  it("says how many runs it leaves out", () => {
    expect(said([GOOD, GOOD]).sentence).to.match(/kept up with all runs\.$/);
    expect(said([GOOD, GOOD], 3).sentence).to.match(/kept up with all runs that count; 3 of 5 left out\.$/);
    expect(said([GOOD], 1).sentence).to.match(/all runs that count; 1 of 2 left out\.$/);
    expect(said([GOOD, BAD], 1).sentence).to.equal("run 2: It did not. 1 of 3 left out.");
    expect(said([], 2)).to.include({ tone: "doubtful", sentence: "No run counts; 2 of 2 left out." });
  });
});

describe("sayOutcome", () => {
  const said = (...outcomes: string[]) =>
    sayOutcome(outcomes.map((outcome, i) => ({ label: `run ${i + 1}`, outcome })));

  it("has nothing to say of runs that completed", () => {
    expect(said("completed", "completed")).to.equal(null);
  });

  it("says the worst, and of which runs", () => {
    expect(said("interrupted")).to.include({ word: "interrupted", tone: "doubtful" });
    expect(said("interrupted")?.sentence).to.match(/^The run did not complete/);
    expect(said("completed", "interrupted", "failed")).to.include({ word: "failed", tone: "bad" });
    expect(said("completed", "interrupted", "failed")?.sentence).to.match(/^run 2, run 3 did not complete/);
    expect(said("running")).to.include({ word: "not ended", tone: "bad" });
  });
});
