import { expect } from "chai";
import type { ValidationComparison } from "../../src/validate/conditions.js";
import { type Repeats, withRepeats } from "../../src/validate/validate.js";
import type { Validation, ValidationRun } from "../../src/validate/validation.js";
import { planOf, runOf } from "./records.js";

/** Judged, unless it says otherwise; three repetitions were asked for. */
function recordOf(runs: readonly ValidationRun[], more: Partial<Validation> = {}): Validation {
  const comparisons = [{}] as ValidationComparison[];
  return { plan: planOf({ repeat: 3 }), runs, comparisons, complete: true, ...more } as Validation;
}

const THREE = [1, 2, 3].map((repetition) => runOf({ repetition }));

describe("withRepeats", () => {
  it("changes nothing where nothing else is asked for", () => {
    const record = recordOf(THREE);
    for (const same of [{}, { repeat: 3 }, { baselineRepeat: 1 }])
      expect(withRepeats(record, same)).to.equal(record);
  });

  it("asks for more, and notes what was added after a look", () => {
    const more = withRepeats(recordOf(THREE), { repeat: 5, baselineRepeat: 2 });
    expect(more.plan).to.deep.include({ repeat: 5, baselineRepeat: 2 });
    expect(more.complete).to.equal(false);
    expect(more.added).to.deep.equal([
      { what: "repetitions", from: 3, to: 5 },
      { what: "baseline runs", from: 1, to: 2 },
    ]);
    expect(withRepeats(recordOf(THREE, { comparisons: [] }), { repeat: 5 }).added).to.equal(undefined);
  });

  it("takes back what was asked for by mistake, and has no note of it left", () => {
    const mistaken = withRepeats(recordOf(THREE), { repeat: 1000 });
    const back = withRepeats(mistaken, { repeat: 3 });
    expect(back.plan.repeat).to.equal(3);
    expect(back.added).to.equal(undefined);
    // One that was interrupted is run anew, or not at all.
    const interrupted = { ...mistaken, runs: [...THREE, runOf({ repetition: 4, outcome: "interrupted" })] };
    expect(withRepeats(interrupted, { repeat: 3 }).plan.repeat).to.equal(3);
    expect(withRepeats(mistaken, { repeat: 4 }).added).to.deep.equal([
      { what: "repetitions", from: 3, to: 4 },
    ]);
  });

  const refused: [runs: ValidationRun[], asked: Repeats, message: string][] = [
    [THREE, { repeat: 2 }, '--repeat: expected at least the 3 repetitions that have been run, got "2"'],
    [
      [runOf({ repetition: 1, take: 3 })],
      { baselineRepeat: 2 },
      '--baseline-repeat: expected at least the 3 that have been run, got "2"',
    ],
  ];
  for (const [runs, asked, message] of refused) {
    it(`refuses ${JSON.stringify(asked)} where more have been run`, () => {
      const record = recordOf(runs, { plan: planOf({ repeat: 3, baselineRepeat: 3 }) });
      expect(() => withRepeats(record, asked)).to.throw(message);
    });
  }

  it("refuses more than there are seeds for", () => {
    const record = recordOf([], { plan: planOf({ repeat: 1, seed: Number.MAX_SAFE_INTEGER - 1 }) });
    expect(() => withRepeats(record, { repeat: 2 })).to.throw(
      "--repeat: expected no more than there are seeds for",
    );
  });
});
