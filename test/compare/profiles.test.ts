import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { intoCells, readProfiles, sampleIntervalS } from "../../src/compare/profiles.js";
import { curveDistance, envelope } from "../../src/compare/statistics/curves.js";
import { compareDistance } from "../../src/compare/statistics/distances.js";
import { randomFrom } from "../../src/compare/statistics/random.js";
import { Folder } from "../metrics/folder.js";

describe("profiles", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
    mkdirSync(join(folder.path, "metrics"));
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  const cells = { beginS: 2, cellS: 1, count: 3 };

  it("are means over cells of what each sample tells of the time before it", () => {
    const samples = { atS: [1, 2, 3, 4, 5], values: [9, 9, 1, 2, 3] };
    expect([...intoCells(samples, cells)]).to.deep.equal([1, 2, 3]);
    const late = { atS: [1, 2, 3.5, 4, 5], values: [9, 9, 1, 2, 3] };
    expect([...intoCells(late, cells)]).to.deep.equal([1, 1.5, 3]);
  });

  it("know nothing where no sample reaches", () => {
    expect([...intoCells({ atS: [2, 3], values: [1, 2] }, cells)]).to.deep.equal([2, Number.NaN, Number.NaN]);
  });

  it("are read by group, a guest's disks together", async () => {
    folder.write(
      "plan.json",
      JSON.stringify({ guests: ["db", "web-1", "web-2"].map((name) => ({ name, group: name.slice(0, 3) })) }),
    );
    folder.write(
      "metrics/guests.csv",
      "at (s),guest,cpu (cores),memory (B),sent (bit/s),received (bit/s)\n" +
        [3, 4, 5]
          .flatMap((at) => [`${at},db,0.5,100,,`, `${at},web-1,0.1,10,1,2`, `${at},web-2,0.3,30,3,4`])
          .join("\n"),
    );
    folder.write(
      "metrics/disks.csv",
      "at (s),disk,read (B/s),written (B/s)\n3,db:/data,5,1\n3,db:/log,6,2\n4,db:/data,7,3\n4,db:/log,8,4\n5,db:/data,1,1\n5,db:/log,1,1\n",
    );
    expect(await sampleIntervalS(folder.path)).to.equal(1);
    const found = await readProfiles(folder.path, cells);
    const numbers = Object.fromEntries([...found].map(([key, { profile }]) => [key, [...profile]]));
    expect(numbers).to.deep.equal({
      "db cpu": [0.5, 0.5, 0.5],
      "db memory": [100, 100, 100],
      "web cpu": [0.2, 0.2, 0.2],
      "web memory": [20, 20, 20],
      "web sent": [2, 2, 2],
      "web received": [3, 3, 3],
      "db disk read": [11, 15, 2],
      "db disk written": [3, 7, 2],
    });
  });

  it("are apart by the area between their means", () => {
    const profiles = [
      [1, 2, 3],
      [3, 2, 1],
      [4, 4, Number.NaN],
    ].map((values) => Float64Array.from(values));
    const distanceOf = curveDistance(profiles, 2);
    expect(distanceOf([0], [1])).to.be.closeTo((2 + 0 + 2) / 3 / 2, 1e-12);
    expect(distanceOf([0, 1], [1])).to.be.closeTo((1 + 0 + 1) / 3 / 2, 1e-12);
    // What one of them does not know is left out.
    expect(distanceOf([0], [2])).to.be.closeTo((3 + 2) / 2 / 2, 1e-12);
    expect(distanceOf([0], [1, 2])).to.be.closeTo((2.5 + 1 + 2) / 3 / 2, 1e-12);
    expect(envelope(profiles, [0, 2])).to.deep.equal({ mean: [2.5, 3, 3], low: [1, 2, 3], high: [4, 4, 3] });
  });

  it("are not known to be apart, nor to be the same, where they have no time in common", () => {
    const { NaN: no } = Number;
    const compare = (...curves: number[][]) => {
      const distanceOf = curveDistance(
        curves.map((one) => Float64Array.from(one)),
        1,
      );
      return compareDistance(distanceOf, [0, 1], [2, 3], 0.5, randomFrom(1));
    };
    const early = [1, 1, no, no];
    const late = [no, no, 1, 1];
    expect(compare(early, early, late, late)).to.deep.equal({
      distance: null,
      interval: null,
      yardstick: null,
      chance: null,
      p: null,
      margin: 0.5,
      verdict: "inconclusive",
    });
    // Together they know enough, some resamples of them do not.
    expect(compare(early, late, early, late)).to.deep.include({
      distance: 0,
      interval: null,
      yardstick: null,
      p: 1,
      verdict: "inconclusive",
    });
  });
});
