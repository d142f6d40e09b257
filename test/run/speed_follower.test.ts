import { expect } from "chai";
import { randomFrom } from "../../src/compare/statistics/random.js";
import { SpeedFollower } from "../../src/run/speed_follower.js";

/** A host's core with a neighbour that comes and goes: slow or fast for seconds, with noise on it. */
function* neighboured(seed: number, windows: number): Generator<number> {
  const random = randomFrom(seed);
  let isSlow = false;
  for (let i = 0; i < windows; i++) {
    if (random() < 0.25) isSlow = !isSlow;
    yield (isSlow ? 0.75 : 1.2) * (0.9 + 0.2 * random());
  }
}

/** What a guest that is always busy gets done, as a share of what it is to do. */
function delivered(speeds: Iterable<number>): number {
  const follower = new SpeedFollower();
  const done: number[] = [];
  let factor: number | undefined;
  for (const speed of speeds) {
    if (factor !== undefined) done.push(factor * speed);
    factor = follower.next(speed, 0.5);
  }
  return done.reduce((sum, one) => sum + one, 0) / done.length;
}

describe("SpeedFollower", () => {
  it("keeps the mean of what is done, however the speed changes", () => {
    for (let seed = 1; seed <= 50; seed++)
      expect(delivered(neighboured(seed, 60)), `seed ${seed}`).to.be.closeTo(1, 0.02);
  });

  it("has no error that windows add up", () => {
    expect(delivered(neighboured(1, 5000))).to.be.closeTo(1, 0.002);
  });

  it("asks for as much more as the core is slower, at once", () => {
    expect(new SpeedFollower().next(1 / 2, 1)).to.be.closeTo(2, 1e-9);
    expect(new SpeedFollower().next(3, 1)).to.be.closeTo(1 / 3, 1e-9);
  });

  it("changes nothing for less than two percent, until it has added up", () => {
    const follower = new SpeedFollower();
    const factors = Array.from({ length: 40 }, () => follower.next(0.995, 1));
    expect(factors.slice(0, 4)).to.deep.equal([1, 1, 1, 1]);
    expect(Math.max(...factors)).to.be.within(1.02, 1.03);
  });

  it("does not make up for a long halt in a burst", () => {
    const follower = new SpeedFollower();
    follower.next(1, 1);
    for (let i = 0; i < 20; i++) follower.next(1 / 100, 1);
    const after = Array.from({ length: 20 }, () => follower.next(1, 1));
    // What is expected is a mean of the last windows.
    expect(Math.max(...after.slice(8))).to.be.at.most(1.41);
    expect(after.at(-1)).to.be.closeTo(1, 0.03);
  });
});
