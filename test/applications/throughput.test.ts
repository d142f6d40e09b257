import { expect } from "chai";
import { discard, keep, run } from "../guests/run.js";
import { pythonDriver } from "./programs.js";

/** How far the ratio of two runs may be off, either way: other work on the host takes its share of one or the other. */
const LOOSE = 2.5;

describe("the throughput that a guest perceives", function () {
  this.timeout(120_000);

  async function perceived(tdf: string | undefined): Promise<number> {
    const [program = "", ...args] = await pythonDriver("redis_throughput");
    const done = await run(program, args, { tdf });
    const rate = Number(done.lines.find(({ name }) => name === "GET")?.values.get("per_second"));
    expect(rate, `requests a second at TDF ${tdf}${rate > 0 ? "" : keep(done)}`).to.be.above(0);
    discard(done);
    return rate;
  }

  let native = 0;
  before(async () => {
    native = await perceived(undefined);
  });

  for (const tdf of ["1", "10"]) {
    it(`is ${tdf} times that of the host at TDF ${tdf}, on a processor that is not capped`, async () => {
      const ratio = (await perceived(tdf)) / native / Number(tdf);
      expect(ratio, `perceived ÷ native ÷ TDF, ${native} requests a second natively`)
        .to.be.above(1 / LOOSE)
        .and.below(LOOSE);
    });
  }
});
