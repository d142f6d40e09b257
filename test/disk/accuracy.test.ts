import { expect } from "chai";
import { parse } from "csv-parse/sync";
import { readText } from "../../src/disk/trace.js";
import {
  CASE_FIXTURES,
  type CaseAccuracy,
  DISK_DATA,
  judgeCase,
  judgeMeasured,
  NO_DISK_DATA,
  replayCase,
  tracesIn,
} from "./reference.js";

/** What the README of the reference data asks for. */
function expectAccurate(accuracy: CaseAccuracy): void {
  const { name, serviceDemerit, responseDemerit, outcomes, worstMissUs } = accuracy;
  expect(serviceDemerit, "demerit of the service times, of their mean").to.be.below(0.01);
  expect(responseDemerit, "demerit of the response times, of their mean").to.be.below(0.03);
  expect(outcomes, "share of a cache outcome").to.be.below(0.005);
  const sequential = name.includes("-seq-");
  for (const component of ["seek", "latency", "transfer"] as const) {
    const [ours, theirs] = accuracy[component];
    const allowed = sequential ? Math.max(0.05, 0.05 * theirs) : 0.01 * theirs;
    expect(Math.abs(ours - theirs), `mean ${component}, ms: ${ours} for ${theirs}`).to.be.at.most(allowed);
  }
  if (/random-read|short-seek/.test(name)) expect(worstMissUs, "the worst read miss, µs").to.be.below(1);
}

describe("a mechanical disk, first requests of the reference cases", () => {
  for (const name of tracesIn(CASE_FIXTURES)) {
    it(name, () => {
      const { serviceDemerit, responseDemerit } = judgeCase(name, replayCase(CASE_FIXTURES, name));
      expect(serviceDemerit).to.be.below(0.01);
      expect(responseDemerit).to.be.below(0.03);
    });
  }
});

if (NO_DISK_DATA !== undefined) {
  it.skip(`the accuracy of disk models: ${NO_DISK_DATA}`);
} else {
  describe("a mechanical disk against the reference simulator", () => {
    for (const name of tracesIn(`${DISK_DATA}/cases`)) {
      it(name, () => {
        expectAccurate(judgeCase(name, replayCase(`${DISK_DATA}/cases`, name)));
      });
    }
  });

  describe("a mechanical disk against drives that were measured", () => {
    for (const drive of tracesIn(`${DISK_DATA}/measured`)) {
      it(`${drive}: no worse than the reference simulator, reads and writes alone as well`, () => {
        const rows = parse(readText(`${DISK_DATA}/measured/${drive}.csv.gz`), { columns: true }) as {
          reference_ms: string;
        }[];
        const { all, reads, writes } = judgeMeasured(
          drive,
          rows.map((row) => Number(row.reference_ms)),
        );
        for (const [what, [ours, theirs]] of Object.entries({ all, reads, writes }))
          expect(ours, `demerit of ${what}, ms`).to.be.at.most(theirs + 5e-5);
      });
    }
  });
}
