import { join } from "node:path";
import { expect } from "chai";
import { parse } from "csv-parse/sync";
import { loadExperiment } from "../../src/spec/load.js";
import { Folder } from "../metrics/folder.js";
import { ROOT } from "../paths.js";
import { LiveRun } from "../run/experiment.js";

const AUCTION = join(ROOT, "experiments", "auction");

type Table = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What a page does to the databases: the table that gains a row. */
const GAINS: Readonly<Record<string, string>> = {
  "store-bid": "bids",
  "store-buy": "purchases",
  "store-comment": "comments",
  "store-user": "users",
  "store-item": "items",
};

describe("experiments/auction", () => {
  for (const { set, guests } of [
    { set: ["size=five"], guests: 5 },
    { set: ["size=forty", "sessions=800"], guests: 40 },
  ]) {
    it(`can be loaded with ${set.join(", ")}: ${guests} guests`, async () => {
      const { experiment } = await loadExperiment(AUCTION, { overrides: set });
      expect(experiment.guests.reduce((sum, { count }) => sum + count, 0)).to.equal(guests);
    });
  }

  it("has users of whose interactions 15 % write in the long run, by the table of transitions", async () => {
    const { TRANSITIONS, WRITES } = (await import(join(AUCTION, "users", "transitions.mjs"))) as {
      TRANSITIONS: Table;
      WRITES: ReadonlySet<string>;
    };
    for (const [page, next] of Object.entries(TRANSITIONS)) {
      expect(
        Object.values(next).reduce((sum, percent) => sum + percent, 0),
        page,
      ).to.equal(100);
    }
    const shares = inTheLongRun(TRANSITIONS);
    const writes = [...WRITES].reduce((sum, page) => sum + (shares.get(page) ?? 0), 0);
    expect(writes).to.be.within(0.14, 0.16);
    for (const [page, share] of shares) expect(share, page).to.be.greaterThan(0.001);
  });

  it("has a database for each region, and each region at one site", async () => {
    const partition = await import(join(AUCTION, "shared", "partition.mjs"));
    for (const count of [2, 8]) {
      const dealt = Array.from({ length: count }, (_, i) => partition.regionsOf(i, count) as number[]);
      expect(dealt.flat().sort((a, b) => a - b)).to.deep.equal([...Array(62).keys()]);
      for (const [i, regions] of dealt.entries()) {
        const site = partition.SITES[i % 2];
        for (const region of regions) expect(partition.regionsAt(site)).to.include(region);
      }
    }
    expect(partition.regionOf(partition.idIn(17, 5))).to.equal(17);
  });

  describe("run with five guests", function () {
    this.timeout(120_000);
    const folder = new Folder();
    let run: LiveRun;
    before(async () => {
      const events = [
        { at: "5s", guest: "users", signal: "SIGUSR1" },
        { at: "7.5s", guest: ["east-db", "west-db"], run: "./count" },
      ];
      const set = ["size=five", "sessions=40", "think=0.3", "web-cpu=1", "people=20", "items=40", "bids=5"];
      set.push("phases.warmup=1s", "phases.measure=8s", `events=${JSON.stringify(events)}`);
      const args = ["--tdf", "2", ...set.flatMap((one) => ["--set", one])];
      const out = join(folder.path, "run");
      run = new LiveRun(["run", AUCTION, "--out", out, ...args], out);
      await run.ended;
    });
    let failed: Mocha.Test | undefined;
    afterEach(function () {
      if (this.currentTest?.state === "failed") failed = this.currentTest;
    });
    after(() => folder.close(failed));

    it("completes without a failure of any guest or request", () => {
      expect(run.record.outcome, run.said).to.equal("completed");
      expect(run.output("users"), run.said).to.match(/^finished: \d+ responses, \d+ writes, 0 errors$/m);
      expect(run.text("guests", "users", "stderr.log")).to.equal("");
    });

    it("has users who browse, bid and sell, also across the wide-area link", () => {
      const rows = responsesOf(run);
      const pages = new Set(rows.map(({ page }) => page));
      // Those that nobody misses in a few dozen; how often each comes up is a sum, above.
      for (const page of ["home", "search-category", "item"]) expect(pages.has(page), page).to.equal(true);
      const writes = rows.filter(({ kind }) => kind === "write").length / rows.length;
      // A busy host leaves room for few; four standard deviations of so many draws.
      expect(rows.length).to.be.greaterThan(30);
      expect(writes).to.be.closeTo(0.15, 4 * Math.sqrt((0.15 * 0.85) / rows.length));
      expect(new Set(rows.map(({ web }) => web))).to.deep.equal(new Set(["east-web", "west-web"]));
      const crossed = parse<Record<string, string>>(run.text("metrics", "pipes.csv"), { columns: true })
        .filter(({ pipe }) => pipe?.startsWith("wide-area:"))
        .reduce((sum, row) => sum + Number(row["sent (packets)"]), 0);
      expect(crossed).to.be.greaterThan(100);
    });

    it("waits for the network at least as long as it takes", () => {
      // From users to a site and back.
      for (const { ms, page } of responsesOf(run)) expect(Number(ms), page).to.be.within(63, 60_000);
    });

    it("leaves in the databases what the users were told is stored", () => {
      const counts = ["east-db", "west-db"].map((guest) => countsOf(run.output(guest)));
      const rows = responsesOf(run);
      const [gained, told] = [new Map<string, number>(), new Map<string, number>()];
      for (const [page, table] of Object.entries(GAINS)) {
        told.set(table, rows.filter((row) => row.page === page).length);
        gained.set(
          table,
          counts.reduce((sum, of) => sum + gainOf(of.get(table) ?? []), 0),
        );
      }
      expect(gained).to.deep.equal(told);
      expect(told.get("bids")).to.be.greaterThan(0);
    });
  });
});

/** How often each page comes up, by power iteration. */
function inTheLongRun(transitions: Table): Map<string, number> {
  const pages = Object.keys(transitions);
  let shares = new Map(pages.map((page) => [page, 1 / pages.length]));
  for (let step = 0; step < 2000; step++) {
    const next = new Map(pages.map((page) => [page, 0]));
    for (const [page, choices] of Object.entries(transitions)) {
      for (const [choice, percent] of Object.entries(choices)) {
        const to = choice === "end" ? "home" : choice;
        next.set(to, (next.get(to) ?? Number.NaN) + ((shares.get(page) ?? 0) * percent) / 100);
      }
    }
    shares = next;
  }
  return shares;
}

function responsesOf(run: LiveRun): { at_ms: string; ms: string; page: string; kind: string; web: string }[] {
  return parse(run.text("guests", "users", "files", "responses.csv"), { columns: true });
}

/** For each table the numbers of rows that a database's guest has printed. */
function countsOf(output: string): Map<string, number[]> {
  const counts = new Map<string, number[]>();
  for (const [, table = "", count] of output.matchAll(/^(\w+): (\d+)$/gm)) {
    counts.set(table, [...(counts.get(table) ?? []), Number(count)]);
  }
  return counts;
}

/** Before the run, and at its end. */
function gainOf(counts: readonly number[]): number {
  expect(counts).to.have.lengthOf(2);
  return (counts[1] ?? Number.NaN) - (counts[0] ?? Number.NaN);
}
