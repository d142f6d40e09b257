import { expect } from "chai";
import { loadDiskModel } from "../../src/disk/load.js";
import { DISK_SCHEDULERS, type DiskScheduler, replayTrace } from "../../src/disk/replay.js";
import { mean } from "../../src/disk/report.js";
import { DieCastError } from "../../src/errors.js";
import { modelOf, randomNumbers, traceOf, type Wish } from "./drive.js";

const DRIVE = loadDiskModel("seagate-st32171w");

/** The requests in the order in which the drive took them. */
function order(wishes: readonly Wish[], scheduler: DiskScheduler): number[] {
  const starts = replayTrace(DRIVE, traceOf(wishes), scheduler).map(({ startMs }) => startMs);
  return starts.map((_, i) => i).sort((a, b) => (starts[a] ?? 0) - (starts[b] ?? 0));
}

describe("the queue of a disk", () => {
  // The first is taken at once; the others wait for it.
  const wishes = [2_000_000, 100_000, 2_500_000, 1_900_000, 4_000_000].map(
    (lbn, i): Wish => ({ timeUs: i, lbn }),
  );

  it("fcfs: in order of arrival", () => {
    expect(order(wishes, "fcfs")).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it("c-look: upwards, then from the smallest", () => {
    expect(order(wishes, "c-look")).to.deep.equal([0, 2, 4, 1, 3]);
  });

  it("sstf: the nearest block", () => {
    expect(order(wishes, "sstf")).to.deep.equal([0, 3, 2, 4, 1]);
  });

  it("a flush overtakes what waits", () => {
    const starts = replayTrace(
      DRIVE,
      traceOf([...wishes, { timeUs: 10, lbn: 0, blocks: 0, kind: "flush" }]),
      "c-look",
    );
    const flush = starts.at(-1)?.startMs ?? 0;
    expect(starts.filter(({ startMs }) => startMs < flush)).to.have.length(1);
  });

  it("the more a scheduler knows, the more a deep queue gets done", () => {
    const next = randomNumbers(4);
    const many = Array.from(
      { length: 2000 },
      (_, i): Wish => ({ timeUs: i, lbn: Math.floor(next() * 500_000) * 8 }),
    );
    const drive = modelOf({ ...(DRIVE.parameters as object), queue: { maxOutstandingAtDrive: 64 } });
    const took = (scheduler: DiskScheduler) =>
      Math.max(...replayTrace(drive, traceOf(many), scheduler).map(({ completionMs }) => completionMs));
    expect(took("sptf")).to.be.below(took("fcfs") * 0.6);
    expect(took("sstf")).to.be.below(took("fcfs") * 0.8);
    for (const scheduler of DISK_SCHEDULERS) expect(took(scheduler)).to.equal(took(scheduler));
  });
});

describe("a mechanical disk", () => {
  it("a flush waits for the write-back, force unit access for its own", () => {
    const [write, flush, own] = replayTrace(
      DRIVE,
      traceOf([
        { timeUs: 0, lbn: 3_000_000, kind: "write" },
        { timeUs: 2500, lbn: 0, blocks: 0, kind: "flush" },
        { timeUs: 200_000, lbn: 1_000_000, kind: "write", fua: true },
      ]),
    );
    expect(write?.completionMs).to.be.below(2.5);
    expect(flush?.completionMs).to.be.closeTo(write?.media?.doneMs ?? 0, 1e-6);
    expect(own?.completionMs).to.be.closeTo(own?.media?.doneMs ?? 0, 1e-6);
    expect((own?.completionMs ?? 0) - 200).to.be.above(5);
  });

  it("keeps its phase: after a year the platter is where it should be", () => {
    // A year has a whole number of minutes, a minute a whole number of revolutions.
    const yearUs = 365 * 24 * 3600 * 1e6;
    const [early] = replayTrace(DRIVE, traceOf([{ timeUs: 0, lbn: 1_000_000 }]));
    const [late] = replayTrace(DRIVE, traceOf([{ timeUs: yearUs, lbn: 1_000_000 }]));
    const took = (times: typeof early) => (times?.media?.seekMs ?? 0) + (times?.media?.latencyMs ?? 0);
    expect(took(late)).to.be.closeTo(took(early), 1e-5);
  });

  it("a drive that begins anywhere reads a whole track in one revolution, others wait for its beginning", () => {
    const drive = loadDiskModel("hdd-15k-sas-600gb");
    const { parameters } = drive;
    if (parameters.kind !== "mechanical") throw new Error("a mechanical drive was expected");
    const track = parameters.zones[0]?.sectorsPerTrack ?? 0;
    const patient = modelOf({ ...parameters, cache: { ...parameters.cache, beginsAnywhere: false } });
    const next = randomNumbers(8);
    const wishes = Array.from(
      { length: 200 },
      (_, i): Wish => ({ timeUs: i * 1e5 + next() * 4000, lbn: 7 * i * track, blocks: track }),
    );
    const turning = (model: typeof drive) =>
      replayTrace(model, traceOf(wishes)).map(
        ({ media }) => (media?.latencyMs ?? 0) + (media?.transferMs ?? 0),
      );
    const revolutionMs = 60_000 / parameters.rotationSpeedRpm;
    expect(Math.max(...turning(drive))).to.be.below(revolutionMs * 1.001);
    expect(mean(turning(patient))).to.be.closeTo(revolutionMs * 1.5, revolutionMs * 0.1);
  });

  it("is refused blocks that it does not have", () => {
    expect(() => replayTrace(DRIVE, traceOf([{ timeUs: 0, lbn: 4_217_669, blocks: 2 }]))).to.throw(
      DieCastError,
      "request 0 of the trace: expected blocks on a disk of 4217670, found 4217669 + 2",
    );
  });
});

describe("disks without mechanics", () => {
  it("fixed: a constant time, and a bandwidth for all together", () => {
    const model = modelOf({ kind: "fixed", latencyUs: 100, bytesPerSecond: 4_096_000 });
    const times = replayTrace(
      model,
      traceOf([
        { timeUs: 0, lbn: 0 },
        { timeUs: 0, lbn: 8 },
        { timeUs: 5000, lbn: 0, kind: "write" },
      ]),
    );
    expect(times.map(({ completionMs }) => completionMs)).to.deep.equal([1.1, 2.1, 6.1]);
    // Once it has the wire: waiting for that is none of its own time.
    expect(times.map(({ startMs }) => startMs)).to.deep.equal([0, 1, 5]);
  });

  it("none: no time at all", () => {
    const times = replayTrace(loadDiskModel("none"), traceOf([{ timeUs: 7, lbn: 123_456_789_000 }]));
    expect(times.map(({ completionMs }) => completionMs)).to.deep.equal([0.007]);
  });
});
