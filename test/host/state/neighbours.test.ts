import { readFileSync } from "node:fs";
import { expect } from "chai";
import { cleanDeadRuns } from "../../../src/host/state/clean.js";
import { keepNeighbours } from "../../../src/host/state/neighbours.js";
import { createRecord, recordedIds } from "../../../src/host/state/records.js";

/** More than any host's limits allow for. */
const MANY = 2000;

const PATHS = ["ipv4", "ipv6"].flatMap((version) =>
  [1, 2, 3].map((which) => `/proc/sys/net/${version}/neigh/default/gc_thresh${which}`),
);

describe("room for neighbours", () => {
  it("is added for each run and taken away again, in any order", () => {
    const before = limits();
    const first = keepNeighbours("test-neighbours-1", MANY);
    const one = limits();
    const second = keepNeighbours("test-neighbours-2", 2 * MANY);
    const both = limits();
    first.close();
    first.close();
    const rest = limits();
    second.close();
    expect([first.problem, second.problem]).to.deep.equal([undefined, undefined]);
    expect(one).to.deep.equal(before.map((limit) => limit + MANY * (MANY - 1)));
    expect(both).to.deep.equal(one.map((limit) => limit + 2 * MANY * (2 * MANY - 1)));
    expect(rest).to.deep.equal(before.map((limit) => limit + 2 * MANY * (2 * MANY - 1)));
    expect(limits()).to.deep.equal(before);
  });

  it("is left alone for a run whose guests fit in", () => {
    const before = limits();
    const neighbours = keepNeighbours("test-neighbours-1", 9);
    const during = limits();
    neighbours.close();
    expect(during).to.deep.equal(before);
  });

  it("is taken away when a run is cleaned up that has died, once", () => {
    const before = limits();
    const neighbours = keepNeighbours("test-neighbours-1", MANY);
    createRecord({
      id: "test-neighbours-dead",
      // No process has begun at the boot itself but the first.
      owner: { pid: 2 ** 22 - 1, startTicks: 0 },
      runDirectory: undefined,
      clock: undefined,
      tdf: undefined,
      cgroups: [],
      neighbourLimits: PATHS.map((path, i) => ({
        ...{ path, by: MANY * (MANY - 1), isRaised: true },
        found: before[i] ?? 0,
      })),
    });
    cleanDeadRuns();
    cleanDeadRuns();
    const after = limits();
    neighbours.close();
    expect(recordedIds()).to.not.include("test-neighbours-dead");
    expect(after).to.deep.equal(before);
  });
});

function limits(): number[] {
  return PATHS.map((path) => Number(readFileSync(path, "utf8")));
}
