import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { extractMetric, type MeasuringPhase, type OutputWindow } from "../../src/metrics/extraction.js";
import type { Metric } from "../../src/spec/experiment.js";
import { Folder } from "./folder.js";

type PatternMetric = Extract<Metric, { kind: "pattern" }>;
type CsvMetric = Extract<Metric, { kind: "csv" }>;

const THROUGHPUT: PatternMetric = {
  kind: "pattern",
  name: "throughput",
  groups: ["client"],
  unit: "1/s",
  stream: "stdout",
  pattern: "requests/s: (\\S+)",
  perGuest: "mean",
  combine: "sum",
};
const LATENCY: CsvMetric = {
  kind: "csv",
  name: "latency",
  groups: ["client"],
  unit: "ms",
  file: "latencies.csv",
  column: "ms",
  time: undefined,
};
const ALWAYS: MeasuringPhase = { beginWallNs: 0n, endWallNs: 2n ** 62n };

describe("extractMetric", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  /** A window on text that a guest wrote: from the first `[` in it to the first `]`, which are not part of it. */
  function window(guest: string, marked: string): OutputWindow {
    const text = marked.replace("[", "").replace("]", "");
    const begin = Math.max(0, marked.indexOf("["));
    const end = marked.includes("]") ? marked.indexOf("]") - (marked.includes("[") ? 1 : 0) : text.length;
    return { guest, group: "client", file: folder.write(guest, text), begin, end };
  }

  async function pattern(windows: OutputWindow[], metric: Partial<PatternMetric> = {}) {
    const summary = await extractMetric({ ...THROUGHPUT, ...metric }, windows, ALWAYS, values());
    if (summary.kind !== "pattern") throw new Error("expected a pattern's summary");
    return summary;
  }

  async function csv(windows: OutputWindow[], metric: Partial<CsvMetric> = {}, measure = ALWAYS) {
    const summary = await extractMetric({ ...LATENCY, ...metric }, windows, measure, values());
    if (summary.kind !== "csv") throw new Error("expected a column's summary");
    return summary;
  }

  const values = () => join(folder.path, "values.csv");

  describe("a pattern", () => {
    it("combines each guest's values and then the guests'", async () => {
      const summary = await pattern([
        window("client-1", "requests/s: 1\n[noise\nrequests/s: 2\nrequests/s: 4.5\n]requests/s: 100\n"),
        window("client-2", "requests/s: 10\n"),
      ]);
      expect(summary).to.deep.equal({
        kind: "pattern",
        name: "throughput",
        guest: "client",
        unit: "1/s",
        perGuest: "mean",
        combine: "sum",
        count: 3,
        value: 13.25,
        guests: [
          { guest: "client-1", count: 2, value: 3.25 },
          { guest: "client-2", count: 1, value: 10 },
        ],
        warnings: [],
      });
    });

    it("writes every value with its guest under a header with the unit", async () => {
      await pattern([window("client-1", "requests/s: 2\nrequests/s: 0.30\n")]);
      expect(readFileSync(values(), "utf8")).to.equal("guest,value (1/s)\nclient-1,2\nclient-1,0.3\n");
    });

    it("reports a guest without a match as missing, not as 0", async () => {
      const summary = await pattern([window("client-1", "hello\n"), window("client-2", "requests/s: 3\n")]);
      expect(summary.guests[0]).to.deep.equal({ guest: "client-1", count: 0, value: null });
      expect(summary.value).to.equal(3);
      expect(summary.warnings).to.deep.equal(["throughput: client-1: no line of stdout matches"]);
    });

    it("is missing as a whole where nobody has a match", async () => {
      expect((await pattern([window("client-1", "")])).value).to.equal(null);
      expect((await pattern([])).value).to.equal(null);
    });

    it("counts nothing as 0 matches", async () => {
      const summary = await pattern([window("client-1", "fine\n")], { perGuest: "count" });
      expect({ value: summary.value, warnings: summary.warnings }).to.deep.equal({ value: 0, warnings: [] });
    });

    it("leaves out matches that hold no number, and says so", async () => {
      const summary = await pattern([
        window("client-1", "requests/s: NaN\nrequests/s: 1.2.3\nrequests/s: Infinity\nrequests/s: 1e1\n"),
      ]);
      expect(summary).to.deep.include({ count: 1, value: 10 });
      expect(summary.warnings).to.deep.equal([
        'throughput: client-1: 3 matching lines without a number, such as "requests/s: NaN"',
      ]);
    });

    it("says which guest's output is missing", async () => {
      const nowhere = { ...window("client-1", ""), file: join(folder.path, "nowhere") };
      const summary = await pattern([nowhere]);
      expect(summary.warnings).to.deep.equal(["throughput: client-1: its output is missing"]);
    });

    it("takes what a file holds that was emptied while measuring", async () => {
      const summary = await pattern([{ ...window("client-1", "requests/s: 5\n"), begin: 400 }]);
      expect(summary.value).to.equal(5);
      expect(summary.warnings[0]).to.contain("was emptied while measuring");
    });

    it("does not look at what is no plain file", async () => {
      mkdirSync(join(folder.path, "odd"));
      const summary = await pattern([{ ...window("client-1", ""), file: join(folder.path, "odd"), end: 10 }]);
      expect(summary.value).to.equal(null);
    });
  });

  describe("a column", () => {
    it("takes the rows that end within the window, under the header before it", async () => {
      const summary = await csv([
        window("client-1", "at_ms,ms\n1,100\n2,[10\n3,20\n]4,200\n"),
        window("client-2", "ms,at_ms\n60,1\n"),
      ]);
      expect(summary.distribution).to.deep.include({ count: 3, mean: 30, min: 10, p50: 20, max: 60 });
      expect(summary.guests.map(({ guest, distribution }) => [guest, distribution?.mean])).to.deep.equal([
        ["client-1", 15],
        ["client-2", 60],
      ]);
      expect(summary.warnings).to.deep.equal([]);
      expect(readFileSync(values(), "utf8")).to.equal(
        "guest,value (ms)\nclient-1,10\nclient-1,20\nclient-2,60\n",
      );
    });

    it("does not take the header for a row where the window begins before it", async () => {
      const summary = await csv([window("client-1", "[ms\n1\n2\n]")]);
      expect(summary).to.deep.include({ count: 2, warnings: [] });
    });

    it("reads quotes, a byte order mark and CRLF, and the header of a program that began again", async () => {
      const text = '\uFEFF"at, ms","ms"\r\n"1,5","7"\r\n\uFEFF"at, ms","ms"\r\n\r\n"say ""x""", 8 \r\n';
      const summary = await csv([{ ...window("client-1", text), end: Buffer.byteLength(text) }]);
      expect(summary).to.deep.include({ count: 2, warnings: [] });
      expect(summary.distribution?.mean).to.equal(7.5);
    });

    it("leaves out odd rows, and says how many", async () => {
      const summary = await csv([window("client-1", "a,ms\n1,\n2,x\n3\n4,NaN\n5,12\n6,13,more\n")]);
      expect(summary.count).to.equal(2);
      expect(summary.warnings).to.deep.equal([
        'latency: client-1: latencies.csv: 4 rows left out for want of a number, such as ""',
      ]);
    });

    it("loses only the line in which a quote stays open", async () => {
      const summary = await csv([window("client-1", 'a,ms\n1,10\n"torn,11\n2,12\n3,13\n')]);
      expect(summary.count).to.equal(3);
      expect(summary.warnings).to.deep.equal([
        "latency: client-1: latencies.csv: 1 line with an open quote left out",
      ]);
    });

    it("says what columns there are where the asked one is not", async () => {
      const summary = await csv([window("client-1", "at_ms,millis\n1,2\n")]);
      expect(summary.distribution).to.equal(null);
      expect(summary.warnings).to.deep.equal([
        'latency: client-1: latencies.csv: expected a column "ms", found "at_ms", "millis"',
      ]);
    });

    it("is missing, not 0, where there is no file, no header or no row", async () => {
      const nowhere = { ...window("client-1", ""), file: join(folder.path, "nowhere") };
      const summary = await csv([nowhere, window("client-2", "ms"), window("client-3", "ms\n1\n[]2\n")]);
      expect(summary.distribution).to.equal(null);
      expect(summary.warnings).to.deep.equal([
        "latency: client-1: latencies.csv is missing",
        "latency: client-2: latencies.csv: has no complete line",
        "latency: client-3: latencies.csv has no row of the measuring phase",
      ]);
    });

    it("goes by the rows' own time where there is one, whenever they were written", async () => {
      const time = { column: "at_ms", unit: "ms" } as const;
      const measure = { beginWallNs: 1_700_000_000_000_000_000n, endWallNs: 1_700_000_001_000_000_000n };
      const rows = [
        "1699999999999.9,1",
        "1700000000000.0,2",
        "1700000000999.9,4",
        "1700000001000.0,8",
        "soon,16",
      ];
      const summary = await csv([window("client-1", `at_ms,ms\n[]${rows.join("\n")}\n`)], { time }, measure);
      expect(summary.distribution).to.deep.include({ count: 2, mean: 3 });
      expect(summary.warnings).to.have.length(1);
      expect(readFileSync(values(), "utf8").split("\n").slice(0, 2)).to.deep.equal([
        "guest,value (ms),at (s)",
        "client-1,2,0",
      ]);
    });
  });

  it("fails where it cannot write the values", async () => {
    const failure = await extractMetric(THROUGHPUT, [], ALWAYS, join(folder.path, "no", "where.csv")).catch(
      (error: unknown) => error,
    );
    expect(failure).to.have.property("code", "failed");
    expect(failure).to.have.property("message").that.contains("where.csv");
  });
});
