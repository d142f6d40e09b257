import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { loadDiskModel } from "../../src/disk/load.js";
import type { DiskModel } from "../../src/disk/model.js";
import { type DiskScheduler, replayTrace } from "../../src/disk/replay.js";
import { mean } from "../../src/disk/report.js";
import { PROGRAMS } from "../guests/build.js";
import { ROOT } from "../paths.js";
import { modelOf, randomNumbers, traceOf, type Wish } from "./drive.js";

const SATA = loadDiskModel("hdd-7200-sata-4tb");
const SAS = loadDiskModel("hdd-15k-sas-600gb");
const BLOCK_BYTES = 512;

/** With other fields at the top of the file. */
function changed(model: DiskModel, change: object): DiskModel {
  return modelOf({ ...model.parameters, ...change });
}

function replay(model: DiskModel, wishes: readonly Wish[], closed = false, scheduler?: DiskScheduler) {
  return replayTrace(model, traceOf(wishes, closed), scheduler).map((times) => ({
    ...times,
    tookMs: times.completionMs - times.arrivalMs,
  }));
}

const stream = (count: number, blocks: number): Wish[] =>
  Array.from({ length: count }, (_, i) => ({ timeUs: 0, lbn: i * blocks, blocks, kind: "write" }));

function randomWrites(seed: number, count: number): Wish[] {
  const next = randomNumbers(seed);
  const units = Math.floor((SATA.capacityBlocks ?? 0) / 8);
  return Array.from({ length: count }, () => ({
    timeUs: 0,
    lbn: Math.floor(next() * units) * 8,
    kind: "write",
  }));
}

/** Requests from one to another in MB/s, both counted by completion. */
function rate(times: readonly { completionMs: number }[], from: number, to: number, blocks: number): number {
  const ms = (times[to]?.completionMs ?? 0) - (times[from]?.completionMs ?? 0);
  return ((to - from) * blocks * BLOCK_BYTES) / 1000 / ms;
}

describe("a mechanical disk's write buffer: sums that can be done by hand", () => {
  it("one write: command and bus", () => {
    const [write] = replay(SATA, [{ timeUs: 0, lbn: 1_000_000, kind: "write" }]);
    expect(write?.tookMs).to.be.closeTo(0.05 + 8 * 0.000853, 1e-6);
  });

  it("a flush after one write: seek, settling, rotation and eight sectors", () => {
    const next = randomNumbers(5);
    const flushed = (timeUs: number, lbn: number): Wish[] => [
      { timeUs, lbn, kind: "write" },
      { timeUs: timeUs + 100, lbn: 0, blocks: 0, kind: "flush" },
    ];
    // From the outermost cylinder each time.
    const wishes = Array.from({ length: 200 }, (_, i) => [
      ...flushed(i * 1e6, 0),
      ...flushed(i * 1e6 + 5e5 + next() * 1e4, 200_000_000 + Math.floor(next() * 29_000_000) * 8),
    ]);
    const tookMs = replay(SATA, wishes.flat())
      .filter((_, i) => i % 4 === 3)
      .map((flush) => flush.tookMs);
    // Cylinders 7,145 to 15,717: seeks of 2.75 to 3.65 ms and 0.1 ms to settle; the head began 0.04 ms before.
    expect(Math.min(...tookMs)).to.be.within(2.75, 3.8);
    expect(Math.max(...tookMs)).to.be.below(3.8 + 60_000 / 7200 + 0.1);
    expect(mean(tookMs)).to.be.closeTo(3.25 + 30_000 / 7200, 0.6);
  });

  it("a flush of nothing: the command alone", () => {
    const [flush] = replay(SATA, [{ timeUs: 0, lbn: 0, blocks: 0, kind: "flush" }]);
    expect(flush?.tookMs).to.be.closeTo(0.05, 1e-6);
  });

  it("a flush with the cache off: the command alone, whatever waits for the medium", () => {
    const next = randomNumbers(7);
    const writes = Array.from(
      { length: 20 },
      (): Wish => ({ timeUs: 0, lbn: Math.floor(next() * 140_000_000) * 8, kind: "write" }),
    );
    const times = replay(SAS, [...writes, { timeUs: 10_000, lbn: 0, blocks: 0, kind: "flush" }]);
    expect(times.at(-1)?.tookMs).to.be.below(0.5);
    expect(times.at(-2)?.completionMs).to.be.above(10.5);
  });

  it("a flush ends with the last block that it waits for, not with the write that wrote it", () => {
    const again = 900_000_000;
    const [, , flush, long] = replay(SATA, [
      // Keeps the arm away until all have come.
      { timeUs: 0, lbn: 7_000_000_000, kind: "write" },
      { timeUs: 0, lbn: again, kind: "write" },
      { timeUs: 200, lbn: 0, blocks: 0, kind: "flush" },
      { timeUs: 300, lbn: again, blocks: 8192, kind: "write", fua: true },
    ]);
    // It is several tracks long, and the flush waits for the first blocks of it.
    expect(flush?.completionMs).to.be.below((long?.completionMs ?? 0) - 8);
  });

  it("a read of what is dirty does not touch the medium", () => {
    const [, read] = replay(SATA, [
      { timeUs: 0, lbn: 800_000_000, kind: "write" },
      { timeUs: 100, lbn: 800_000_000 },
    ]);
    expect(read?.tookMs).to.be.closeTo(0.04 + 8 * 0.000853, 1e-6);
    expect(read?.outcome).to.equal("hit");
  });

  it("force unit access and a cache that is off wait for the medium", () => {
    const fua: Wish = { timeUs: 0, lbn: 800_000_000, kind: "write", fua: true };
    expect(replay(SATA, [fua])[0]?.tookMs).to.be.above(4);
    expect(replay(SAS, [{ ...fua, fua: false }])[0]?.tookMs).to.be.above(1);
  });

  it("a block that is written again while it is dirty is written to the medium once", () => {
    const flushed = (again: number) => {
      const writes = Array.from(
        { length: 1 + again },
        (): Wish => ({ timeUs: 0, lbn: 900_000_000, kind: "write" }),
      );
      // A write elsewhere keeps the arm away meanwhile.
      const away: Wish = { timeUs: 0, lbn: 7_000_000_000, kind: "write" };
      const flush: Wish = { timeUs: 3000, lbn: 0, blocks: 0, kind: "flush" };
      return replay(SATA, [away, ...writes, flush]).at(-1)?.completionMs ?? 0;
    };
    expect(flushed(20)).to.equal(flushed(0));
  });
});

describe("a mechanical disk's write buffer: shapes", () => {
  it("a stream of 1 MiB: the bus until the buffer is full, then the medium", () => {
    const times = replay(SATA, stream(1000, 2048), true);
    expect(rate(times, 0, 40, 2048)).to.be.above(500);
    expect(rate(times, 300, 999, 2048)).to.be.within(190, 215);
  });

  it("a stream of 64 KiB: the same", () => {
    const times = replay(SATA, stream(8000, 128), true);
    expect(rate(times, 0, 500, 128)).to.be.above(350);
    expect(rate(times, 4000, 7999, 128)).to.be.within(190, 215);
  });

  it("a stream of 4 KiB, one at a time: command and bus, which the medium keeps up with", () => {
    const times = replay(SATA, stream(60_000, 8), true);
    expect(rate(times, 0, 59_999, 8)).to.be.closeTo(4.096 / (0.05 + 8 * 0.000853), 1);
  });

  it("random 4 KiB: quick until the buffer is full, then as the medium, well sorted", () => {
    const count = 4000;
    const times = replay(SATA, randomWrites(3, count));
    const perSecond = (from: number, to: number) => (rate(times, from, to, 8) * 1e6) / 4096;
    expect(perSecond(0, 900)).to.be.above(10_000);
    const steady = perSecond(2000, count - 1);
    // In order of arrival, a third of the stroke and half a revolution each.
    const fcfs = 1000 / (8.5 + 0.1 + 30_000 / 7200);
    expect(steady).to.be.within(2.5 * fcfs, 8 * fcfs);
  });

  it("reads go on while the buffer is full, and writes while reads do", () => {
    const next = randomNumbers(9);
    const reads = Array.from(
      { length: 1500 },
      (): Wish => ({ timeUs: 0, lbn: Math.floor(next() * 900_000_000) * 8 }),
    );
    const mixed = replay(SATA, [...randomWrites(4, 3000), ...reads]);
    const lastMs = (from: number, to: number) =>
      Math.max(...mixed.slice(from, to).map(({ completionMs }) => completionMs));
    // In turn: the 1,500 reads take about as long as the 2,000 writes that there is no room for.
    expect(lastMs(0, 3000) / lastMs(3000, 4500)).to.be.within(0.5, 2);
  });

  it("with the cache off a queue of 1 MiB writes that follow each other streams, one at a time misses its turn", () => {
    const queued = replay(SAS, stream(400, 2048));
    expect(rate(queued, 100, 399, 2048)).to.be.within(225, 250);
    expect(rate(replay(SAS, stream(100, 2048), true), 0, 99, 2048)).to.be.below(180);
  });

  it("with the cache off a queue of writes is sorted", () => {
    const next = randomNumbers(2);
    const wishes = Array.from(
      { length: 1000 },
      (): Wish => ({ timeUs: 0, lbn: Math.floor(next() * 140_000_000) * 8, kind: "write" }),
    );
    const lastMs = (scheduler: DiskScheduler) =>
      Math.max(...replay(SAS, wishes, false, scheduler).map(({ completionMs }) => completionMs));
    expect(lastMs("sptf")).to.be.below(0.6 * lastMs("fcfs"));
  });
});

describe("a mechanical disk's write buffer under attack (test/disk/write_buffer.cpp)", function () {
  this.timeout(120_000);
  const program = `${PROGRAMS}disk-write-buffer`;

  before(() => {
    mkdirSync(PROGRAMS, { recursive: true });
    const flags = ["-std=c++20", "-O1", "-Wall", "-Wextra", "-Werror", `-I${ROOT}native`];
    const library = `${ROOT}build/native/disk/libdisk.a`;
    execFileSync("c++", [...flags, "-o", program, `${ROOT}test/disk/write_buffer.cpp`, library]);
  });

  const drives: [string, () => DiskModel][] = [
    ["hdd-7200-sata-4tb", () => SATA],
    ["hdd-15k-sas-600gb", () => SAS],
    ["a buffer smaller than requests", () => changed(SATA, { writeBuffer: { sectors: 1000, runs: 40 } })],
    ["a buffer of one sector", () => changed(SATA, { writeBuffer: { sectors: 1, runs: 1 } })],
    ["a small buffer, cache off", () => changed(SAS, { writeBuffer: { sectors: 500, runs: 3 } })],
  ];
  for (const [name, load] of drives) {
    for (const spread of [4096, 0]) {
      it(`${name}, requests over ${spread === 0 ? "the whole disk" : `${spread} blocks`}`, () => {
        const file = `${PROGRAMS}disk-write-buffer.txt`;
        writeFileSync(file, load().description);
        for (const seed of [1, 2]) {
          const { status, stdout } = spawnSync(program, [file, `${seed}`, "1500", `${spread}`], {
            encoding: "utf8",
          });
          expect({ seed, status, stdout }).to.deep.equal({ seed, status: 0, stdout: "" });
        }
      });
    }
  }
});
