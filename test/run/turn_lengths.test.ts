import { readFileSync } from "node:fs";
import { expect } from "chai";
import { findHierarchy } from "../../src/host/cgroup/hierarchy.js";
import { TurnLengths } from "../../src/run/turn_lengths.js";
import type { TurnLength } from "../../src/scale/cpu.js";
import { processes, until } from "../launch/tree.js";
import { Experiment } from "./experiment.js";

const SHARE = 0.1;

/** One that uses so much of its share of a processor. */
class Using {
  readonly taken: TurnLength[] = [];
  looks = 0;
  #cpuNominalNs = 0;
  #thenNs = performance.now() * 1e6;

  constructor(public use: number) {}

  takeTurns(length: TurnLength): void {
    this.taken.push(length);
  }

  usage() {
    const nowNs = performance.now() * 1e6;
    this.#cpuNominalNs += (nowNs - this.#thenNs) * SHARE * this.use;
    this.#thenNs = nowNs;
    this.looks++;
    const rest = { throttledRealNs: 0, memoryBytes: 0, memoryPeakBytes: 0, outOfMemoryKills: 0 };
    const counts = { periods: 0, throttledPeriods: 0, processes: 1, refusedForks: 0 };
    return { cpuRealNs: 0, cpuNominalNs: this.#cpuNominalNs, ...rest, ...counts };
  }
}

describe("TurnLengths", function () {
  this.timeout(30_000);
  const failed = (error: Error) => expect.fail(error.message);

  it("are long for who uses more than half of its share, until it uses less than 35 %", async () => {
    const [calm, busy, changing] = [new Using(0.4), new Using(0.9), new Using(1)];
    const all = [calm, busy, changing];
    const turns = new TurnLengths({
      tdf: 0.1,
      guests: all.map((guest) => ({ guest, share: SHARE })),
      failed,
    });
    try {
      await until(() => changing.taken.length > 0, "long turns", 10_000);
      // As much as before does not end them.
      changing.use = 0.4;
      const { looks } = changing;
      await until(() => changing.looks >= looks + 6, "six looks", 10_000);
      expect(changing.taken).to.deep.equal(["long"]);
      changing.use = 0.1;
      await until(() => changing.taken.length > 1, "short turns", 10_000);
    } finally {
      await turns.close();
    }
    expect(changing.taken).to.deep.equal(["long", "short"]);
    expect(busy.taken).to.deep.equal(["long"]);
    expect(calm.taken).to.deep.equal([]);
  });

  it("look at guests for as long in their own time at every TDF", async () => {
    const guest = new Using(1);
    const begin = performance.now();
    const turns = new TurnLengths({ tdf: 3, guests: [{ guest, share: SHARE }], failed });
    try {
      await until(() => guest.looks > 1, "the first look", 10_000);
      // Timers count whole milliseconds.
      expect(performance.now() - begin).to.be.at.least(1499);
    } finally {
      await turns.close();
    }
  });

  it("say once that they cannot be changed", async () => {
    const told: string[] = [];
    const guest = Object.assign(new Using(1), {
      takeTurns: () => {
        throw new Error("no such group");
      },
    });
    const turns = new TurnLengths({
      tdf: 1,
      guests: [{ guest, share: SHARE }],
      failed: ({ message }) => told.push(message),
    });
    await until(() => told.length > 0, "its failure", 10_000);
    await turns.close();
    expect(told).to.deep.equal(["no such group"]);
  });
});

describe("diecast run", function () {
  this.timeout(60_000);
  let experiment: Experiment | undefined;
  afterEach(function () {
    return experiment?.clear(this.currentTest?.state === "failed");
  });

  /** "quota period", µs, of the group that processes of a guest of ours are in; empty: it has none. */
  function limitOf(guest: string): string {
    const hierarchy = findHierarchy("cpu");
    const of = hierarchy?.version === 2 ? "0::" : "\\d+:(?:\\w+,)*cpu(?:,\\w+)*:";
    const pattern = new RegExp(`^${of}(.*/guest-${guest})$`, "m");
    const read = (path: string) => readFileSync(path, "utf8").trim();
    for (const { pid } of processes()) {
      try {
        const group = pattern.exec(read(`/proc/${pid}/cgroup`))?.[1];
        if (group === undefined) continue;
        const directory = `${hierarchy?.mountPoint}${group}`;
        return hierarchy?.version === 2
          ? read(`${directory}/cpu.max`)
          : `${read(`${directory}/cpu.cfs_quota_us`)} ${read(`${directory}/cpu.cfs_period_us`)}`;
      } catch {
        // It has just ended.
      }
    }
    return "";
  }

  it("has a busy guest take longer turns than one at rest, with as large a share", async () => {
    experiment = new Experiment({
      machines: { small: { cpu: 0.2, memory: "64MiB" } },
      phases: { warmup: 0, measure: "4s" },
      guests: {
        busy: { machine: "small", run: ["sh", "-c", "while :; do :; done"] },
        calm: { machine: "small", run: "sleep 100" },
      },
    });
    const run = experiment.start("--tdf", "1");
    await until(() => limitOf("busy") === "4000 20000", "long turns", 30_000);
    expect(limitOf("calm")).to.equal("1000 5000");
    await run.ended;
    expect(run.record.outcome, run.said).to.equal("completed");
  });
});
