import { expect } from "chai";
import { parseLine, type Run } from "./guests/run.js";
import { faultsOf } from "./guests/verdict.js";
import { bounds, describeExpectation, judge } from "./tolerance.js";

// The instruments by which all timing tests judge.

const MS = 1e6;

describe("the tolerance of durations", () => {
  const expectation = { what: "sleep", expectedNs: 20 * MS, measuredNs: 20 * MS, tdf: 10, setup: "TDF 10" };

  it("accepts no wait that ends early, by however little", () => {
    expect(judge(expectation)).to.equal("good");
    expect(judge({ ...expectation, measuredNs: 20 * MS - 1 })).to.equal("early");
    expect(judge({ ...expectation, measuredNs: Number.NaN })).to.equal("early");
    expect(judge({ ...expectation, measuredNs: 20 * MS - 1, grainNs: 1 })).to.equal("good");
  });

  it("divides the host's delays by TDF", () => {
    expect(bounds(expectation).mostNs).to.equal(25.5 * MS);
    expect(bounds({ ...expectation, tdf: 1 }).mostNs).to.equal(39 * MS);
    expect(judge({ ...expectation, measuredNs: 26 * MS })).to.equal("late");
    expect(bounds({ ...expectation, tickNs: 10 * MS })).to.deep.equal({
      leastNs: 19 * MS,
      mostNs: 26.5 * MS,
    });
  });

  it("tells expected, measured, bounds and set-up", () => {
    expect(describeExpectation({ ...expectation, measuredNs: 200 * MS })).to.equal(
      "sleep: expected 20.000 ms, measured 200.000 ms, accepted 20.000 ms to 25.500 ms (TDF 10)",
    );
  });
});

describe("the verdict on a guest's report", () => {
  const report = (lines: string[], endMs: number, tdf = 10): Run => ({
    command: "guest",
    tdf,
    lines: [
      parseLine("begin virtual_ns=1000000", 0),
      ...lines.map((line) => parseLine(line, 1)),
      parseLine("end virtual_ns=101000000", endMs),
    ],
    stdout: "",
    stderr: "",
    code: 0,
    signal: null,
    timedOut: false,
    realMs: endMs,
    directory: "",
  });
  const texts = (run: Run, native?: Run) => faultsOf(run, native).map((fault) => fault.text);

  it("is good when all is as it should be", () => {
    const line = "sleep perceived_ns=20100000 expected_ns=20000000 ret=0";
    const native = "sleep perceived_ns=20000100 expected_ns=20000000 ret=0";
    expect(texts(report([line], 1000), report([native], 100, 1))).to.deep.equal([]);
  });

  it("finds a guest that runs at the host's pace", () => {
    expect(texts(report([], 100))).to.have.length(1);
    expect(texts(report([], 100))[0]).to.match(
      /^real time from the first line to the last: expected 1000\.000 ms/,
    );
  });

  it("finds what differs from the native run, is missing, or is there only when dilated", () => {
    const native = report(["a ret=0 errno=0", "b ret=1"], 100, 1);
    expect(texts(report(["a ret=-1 errno=4", "c ret=1"], 1000), native)).to.deep.equal([
      "a: dilated ret=-1 errno=4, natively ret=0 errno=0",
      "b: missing; natively ret=1",
      "c: only when dilated: ret=1",
    ]);
  });

  it("finds what the guest itself calls wrong, and how it ended", () => {
    const run = {
      ...report(["never_back ok=0 # 3 steps back"], 1000),
      code: null,
      signal: "SIGSYS" as const,
    };
    expect(texts(run)).to.deep.equal(["ended with code null, signal SIGSYS", "never_back: 3 steps back"]);
  });

  it("tells lateness, which the host may be to blame for, from all else", () => {
    const late = "sleep perceived_ns=90000000 expected_ns=20000000";
    const early = "sleep perceived_ns=19999999 expected_ns=20000000";
    expect(faultsOf(report([late], 1000)).map((fault) => fault.lateness)).to.deep.equal([true]);
    expect(faultsOf(report([early], 1000)).map((fault) => fault.lateness)).to.deep.equal([false]);
  });
});
