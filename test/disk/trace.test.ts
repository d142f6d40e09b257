import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { demerit } from "../../src/disk/demerit.js";
import { readTrace, type Trace } from "../../src/disk/trace.js";
import { DieCastError } from "../../src/errors.js";

function traceIn(text: string | Buffer): Trace {
  const directory = mkdtempSync(join(tmpdir(), "diecast-trace-"));
  try {
    const file = join(directory, "trace");
    writeFileSync(file, text);
    return readTrace(file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe("traces of disk requests", () => {
  const csv =
    "id,arrival_ms,lbn,blocks,op,start_ms,completion_ms\n0,1.5,100,8,R,1.5,4\n1,2,200,16,W,4,5\n2,3,0,0,F,5,5.5\n";

  it("CSV, plain and gzipped", () => {
    for (const text of [csv, gzipSync(csv)]) {
      const trace = traceIn(text);
      expect(trace).to.deep.include({ format: "csv", closed: false });
      expect(trace.requests).to.deep.equal([
        { timeNs: 1_500_000n, lbn: 100, blocks: 8, kind: "read" },
        { timeNs: 2_000_000n, lbn: 200, blocks: 16, kind: "write" },
        { timeNs: 3_000_000n, lbn: 0, blocks: 0, kind: "flush" },
      ]);
      expect(trace.reference?.responseMs).to.deep.equal([2.5, 3, 2.5]);
      expect(trace.reference?.serviceMs).to.deep.equal([2.5, 1, 0.5]);
    }
  });

  it("CSV of a closed loop: gaps are behind the request they stand with", () => {
    const trace = traceIn("id,lbn,blocks,op,gap_after_ms,measured_ms\n0,8,8,R,5,1\n1,16,8,R,7,2\n");
    expect(trace.closed).to.equal(true);
    expect(trace.requests.map(({ timeNs }) => timeNs)).to.deep.equal([0n, 5_000_000n]);
    expect(trace.reference?.responseMs).to.deep.equal([1, 2]);
  });

  it("blkparse: issues are requests, completions the reference", () => {
    const trace = traceIn(
      [
        "  8,16   1        1     0.000000000  2251  Q   R 4096 + 8 [fio]",
        "  8,16   1        2     0.000100000  2251  D   R 4096 + 8 [fio]",
        "  8,16   0        1     0.000300000  2251  D  WS 8192 + 16 [fio]",
        "  8,16   1        3     0.005100000     0  C   R 4096 + 8 [0]",
        "  8,16   0        2     0.006300000     0  C  WS 8192 + 16 [0]",
        "  8,16   0        3     0.007000000  2251  D  FN [fio]",
        "  8,16   0        4     0.007500000     0  C  FN 0 [0]",
        "  8,16   0        5     0.008000000  2251  D WFS 64 + 8 [fio]",
        "  8,16   0        6     0.009000000     0  C WFS 64 + 8 [0]",
        "CPU0 (sdb):",
        " Reads Queued:           1,        4KiB",
      ].join("\n"),
    );
    expect(trace.requests).to.deep.equal([
      { timeNs: 0n, lbn: 4096, blocks: 8, kind: "read", fua: false },
      { timeNs: 200_000n, lbn: 8192, blocks: 16, kind: "write", fua: false },
      { timeNs: 6_900_000n, lbn: 0, blocks: 0, kind: "flush", fua: false },
      { timeNs: 7_900_000n, lbn: 64, blocks: 8, kind: "write", fua: true },
    ]);
    expect(trace.reference?.responseMs).to.deep.equal([5, 6, 0.5, 1]);
  });

  it("fio's iolog, version 2: closed, waits in µs", () => {
    const trace = traceIn(
      "fio version 2 iolog\n/dev/sdb add\n/dev/sdb open\n/dev/sdb read 4096 8192\n/dev/sdb wait 250\n/dev/sdb write 512 512\n/dev/sdb sync\n/dev/sdb close\n",
    );
    expect(trace).to.deep.include({ format: "fio iolog 2", closed: true });
    expect(trace.requests).to.deep.equal([
      { timeNs: 0n, lbn: 8, blocks: 16, kind: "read" },
      { timeNs: 250_000n, lbn: 1, blocks: 1, kind: "write" },
      { timeNs: 0n, lbn: 0, blocks: 0, kind: "flush" },
    ]);
  });

  it("fio's iolog, version 3: times in ms", () => {
    const trace = traceIn(
      "fio version 3 iolog\n0 /dev/sdb add\n0 /dev/sdb open\n3 /dev/sdb trim 0 4096\n7 /dev/sdb read 0 512\n",
    );
    expect(trace.closed).to.equal(false);
    expect(trace.requests.map(({ timeNs, kind }) => [timeNs, kind])).to.deep.equal([
      [3_000_000n, "discard"],
      [7_000_000n, "read"],
    ]);
  });

  const mistakes: [string, string, string][] = [
    [
      "an operation that is none",
      csv.replace(",W,", ",X,"),
      'line 3: expected R, W, F or D as op, found "X"',
    ],
    [
      "a number that is none",
      csv.replace("200", "twohundred"),
      'line 3: expected a number of at least 0 as lbn, found "twohundred"',
    ],
    [
      "a column that is missing",
      "arrival_ms,lbn,op\n0,1,R\n",
      "line 1: expected a column blocks, found arrival_ms,lbn,op",
    ],
    ["nothing that is a trace", "hello\n", "expected at least one request, found none"],
    [
      "an iolog of version 1",
      "fio version 1 iolog\n",
      'line 1: expected "fio version 2 iolog" or 3, found "fio version 1 iolog"',
    ],
    [
      "two devices",
      "8,0 0 1 0.1 1 D R 0 + 8 [x]\n8,16 0 1 0.2 1 D R 0 + 8 [x]\n",
      "line 2: expected one device, found 8,0 and 8,16",
    ],
  ];
  for (const [what, text, message] of mistakes) {
    it(`refuses ${what}`, () => {
      expect(() => traceIn(text))
        .to.throw(DieCastError)
        .with.property("message")
        .that.contains(message);
    });
  }
});

describe("the demerit figure", () => {
  it("is the root mean square of the distance between sorted values", () => {
    expect(demerit([3, 1, 2], [1, 2, 3])).to.equal(0);
    expect(demerit([1, 2], [2, 5])).to.be.closeTo(Math.sqrt((1 + 9) / 2), 1e-12);
  });

  it("compares distributions of different size by their quantiles", () => {
    const even = (count: number, shift: number) =>
      Array.from({ length: count }, (_, i) => shift + i / (count - 1));
    expect(demerit(even(100, 0), even(777, 0))).to.be.below(1e-9);
    expect(demerit(even(100, 0), even(777, 0.25))).to.be.closeTo(0.25, 1e-9);
  });
});
