import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { forEach } from "../../src/host/pool.js";

describe("work on many items", () => {
  it("keeps to its width", async () => {
    let now = 0;
    let most = 0;
    const done: number[] = [];
    await forEach([1, 2, 3, 4, 5], 2, async (item) => {
      most = Math.max(most, ++now);
      await sleep(1);
      now--;
      done.push(item);
    });
    expect(most).to.equal(2);
    expect(done.sort()).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it("begins nothing after a failure, and waits for what is under way", async () => {
    const begun: number[] = [];
    let ended = false;
    const work = forEach([1, 2, 3, 4], 2, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error("first");
      await sleep(5);
      ended = true;
    });
    const error = await work.catch((caught: unknown) => caught);
    expect((error as Error).message).to.equal("first");
    expect(begun).to.deep.equal([1, 2]);
    expect(ended).to.equal(true);
  });
});
