import { expect } from "chai";
import { blockShare, resampleBlocks, type Series } from "../../../src/compare/statistics/blocks.js";
import { type Random, randomFrom } from "../../../src/compare/statistics/random.js";
import { intervalsWithinRuns } from "../../../src/compare/within_run.js";
import type { MetricSummary } from "../../../src/metrics/extraction.js";
import { latencyOf, throughputOf } from "../runs.js";

function seriesOf(values: readonly number[], guests = 1): Series {
  const count = values.length;
  return {
    values: Float64Array.from(values),
    at: Float64Array.from(values, (_, i) => (i + 0.5) / count),
    guest: Uint32Array.from(values, (_, i) => i % guests),
    guests,
  };
}

describe("resampleBlocks", () => {
  const series = seriesOf(Array.from({ length: 1000 }, (_, i) => i));

  it("draws about as many values as there are, in blocks of neighbours", () => {
    const drawn: number[] = [];
    resampleBlocks(series, 0.1, randomFrom(1), (i) => drawn.push(i));
    expect(drawn.length).to.be.within(990, 1010);
    const jumps = drawn.filter((index, i) => i > 0 && index !== (drawn[i - 1] as number) + 1).length;
    // Between ten blocks, and where one goes round from the end to the beginning.
    expect(jumps).to.be.within(9, 19);
  });

  it("draws every moment as often, those at the ends too", () => {
    const times = new Float64Array(1000);
    const random = randomFrom(2);
    for (let i = 0; i < 4000; i++) {
      resampleBlocks(series, 0.3, random, (index) => {
        times[index] = (times[index] as number) + 1;
      });
    }
    for (const index of [0, 1, 499, 998, 999]) expect(times[index]).to.be.within(3700, 4300);
  });

  it("takes longer blocks for fewer values, half of the phase at most", () => {
    expect(blockShare(seriesOf(new Array(1000).fill(1)))).to.be.closeTo(0.01, 1e-12);
    expect(blockShare(seriesOf(new Array(1000).fill(1), 8))).to.be.closeTo(0.04, 1e-12);
    expect(blockShare(seriesOf([1]))).to.equal(0.5);
  });
});

describe("intervalsWithinRuns", function () {
  this.timeout(60_000);

  function normal(random: Random): number {
    return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  }

  /** Values around 100 that each remember half of the one before: first-order autoregression. */
  function remembering(random: Random, count: number): number[] {
    let state = normal(random);
    return Array.from({ length: count }, () => {
      state = 0.5 * state + Math.sqrt(0.75) * normal(random);
      return 100 + 10 * state;
    });
  }

  it("cover the truth in most cases though values depend on each other", () => {
    const random = randomFrom(3);
    let covered = 0;
    for (let i = 0; i < 100; i++) {
      const [a, b] = [remembering(random, 500), remembering(random, 500)];
      const [one, other] = [a, b].map((values) => ({ metric: latencyOf(values), series: seriesOf(values) }));
      const found = intervalsWithinRuns(one as never, other as never, randomFrom(i)).get("mean");
      if ((found?.low ?? 1) <= 0 && (found?.high ?? -1) >= 0) covered++;
    }
    // Independent draws would cover 74 %: their interval is too narrow by √3. Blocks of finite length are still a little short.
    expect(covered).to.be.within(86, 100);
  });

  it("are those of the metric's own sum over guests", () => {
    const values = Array.from({ length: 400 }, (_, i) => 10 + (i % 4) + ((i * 7) % 5) / 10);
    const metric = throughputOf(46) as MetricSummary;
    const side = { metric, series: seriesOf(values, 4) };
    const found = intervalsWithinRuns(side, side, randomFrom(1)).get("value");
    expect(found?.low).to.be.within(-0.02, 0);
    expect(found?.high).to.be.within(0, 0.02);
  });

  it("are not given where there is too little, or for what cannot be drawn again", () => {
    const few = { metric: latencyOf([1, 2, 3]), series: seriesOf([1, 2, 3]) };
    expect(intervalsWithinRuns(few, few, randomFrom(1)).size).to.equal(0);
    const values = new Array(100).fill(1);
    const most = {
      metric: { ...throughputOf(1), perGuest: "max" } as MetricSummary,
      series: seriesOf(values),
    };
    expect(intervalsWithinRuns(most, most, randomFrom(1)).size).to.equal(0);
  });
});
