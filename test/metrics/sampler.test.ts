import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { ClockReading, VirtualNs } from "../../src/clock/clock.js";
import type { GuestUsage } from "../../src/host/guests/guest.js";
import type { LinkCounters } from "../../src/host/links/backend.js";
import { readHost } from "../../src/metrics/host_usage.js";
import { Sampler, type SamplerReport } from "../../src/metrics/sampler.js";
import type { Sources } from "../../src/metrics/snapshot.js";
import { Folder } from "./folder.js";

const SECOND = 1_000_000_000n;
const TDF = 10n;

/** A model whose time goes on only when somebody waits, and whose guests use 0.2 perceived cores and 8 kbit/s. */
class Model {
  virtualNs = 0n;
  /** How late a wait ends: by its number, from 1. */
  readonly lateNs = new Map<number, bigint>();
  readonly gone = new Set<string>();
  networkBroken = false;
  #waits = 0;
  readonly #lastWait: number;

  constructor(waits: number) {
    this.#lastWait = waits;
  }

  now(): ClockReading {
    return { realNs: this.virtualNs * TDF, virtualNs: this.virtualNs, virtualWallNs: this.virtualNs };
  }

  sources(guests: readonly string[]): Sources {
    return {
      clock: this,
      guests: guests.map((name) => ({ name, group: "client", usage: () => this.#usage(name) })),
      network: { pipes: ["a>b"], ports: guests, counters: async () => this.#counters(guests.length) },
      host: () => readHost(),
      cores: async () => {
        const seconds = Number(this.virtualNs) / 1e9;
        return {
          cores: [{ processor: 0, probes: 200 * seconds, speedSum: 200 * seconds * 1.5e9, cold: [] }],
        };
      },
    };
  }

  /** Goes on to the target; after the last wait, rests until it is told to end. */
  async sleepUntil(target: VirtualNs, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#waits++;
    if (this.#waits > this.#lastWait) {
      this.rested();
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    }
    this.virtualNs = target + (this.lateNs.get(this.#waits) ?? 0n);
  }

  rested: () => void = () => {};
  readonly rests = new Promise<void>((resolve) => {
    this.rested = resolve;
  });

  #usage(name: string): GuestUsage {
    if (this.gone.has(name)) throw new Error(`${name} is gone`);
    const seconds = Number(this.virtualNs) / 1e9;
    return {
      cpuRealNs: seconds * 0.2e9,
      cpuNominalNs: seconds * 0.2e9,
      throttledRealNs: 0,
      throttledPeriods: seconds * 10,
      periods: seconds * 100,
      memoryBytes: 1000 + seconds,
      memoryPeakBytes: name.endsWith("1") ? 5000 : 4000,
      outOfMemoryKills: 0,
      processes: 3,
      refusedForks: 0,
    };
  }

  #counters(ports: number): LinkCounters {
    if (this.networkBroken) throw new Error("no network");
    const seconds = Number(this.virtualNs) / 1e9;
    const bytes = { sentPackets: seconds, sentBytes: seconds * 1000, receivedPackets: 0, receivedBytes: 0 };
    return {
      pipes: [
        {
          packets: seconds * 2,
          wireBytes: seconds * 125,
          queuePackets: 3,
          queueBytes: 4,
          marked: 0,
          drops: { queue: seconds, red: 0, loss: 0, down: 0 },
          duplicated: 0,
          corrupted: 0,
          reordered: 0,
        },
      ],
      ports: Array.from({ length: ports }, () => ({ ...bytes, unasked: 0 })),
      emulation: {
        latenessRealNs: { bins: [[2000, 10 * seconds]], count: 10 * seconds, sum: 0, max: 2000 },
        cpuRealNs: seconds * 1e9,
        realTimePriority: true,
      },
    };
  }
}

describe("Sampler", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  function samplerOf(model: Model, guests: readonly string[]) {
    return new Sampler({
      sources: model.sources(guests),
      directory: folder.path,
      intervalNs: 1e9,
      sleepUntil: (target, signal) => model.sleepUntil(target, signal),
    });
  }

  async function run(model: Model, guests: readonly string[] = ["client-1"]): Promise<SamplerReport> {
    const sampler = samplerOf(model, guests);
    await sampler.start(0n);
    await model.rests;
    return sampler.stop();
  }

  /** A file's rows as objects. */
  function rows(name: string): Record<string, string>[] {
    const [header = "", ...lines] = readFileSync(join(folder.path, name), "utf8").trim().split("\n");
    return lines.map((line) => {
      const cells = line.split(",");
      return Object.fromEntries(header.split(",").map((title, i) => [title, cells[i] ?? ""]));
    });
  }

  it("writes what was used in each interval, as perceived", async () => {
    const report = await run(new Model(2));
    expect(report).to.deep.equal({ samples: 2, late: 0, missed: 0, worstVirtualNs: 0, failure: undefined });
    const [first, second, ...more] = rows("guests.csv");
    expect(more).to.deep.equal([]);
    expect(first).to.include({
      "at (s)": "1",
      guest: "client-1",
      "cpu (cores)": "0.2",
      "held back (share)": "0.1",
    });
    expect(second).to.include({
      "at (s)": "2",
      "memory (B)": "1002",
      processes: "3",
      "sent (bit/s)": "8000",
    });
    expect(rows("host.csv").map((row) => row["core speed (steps/real s)"])).to.deep.equal([
      "1500000000",
      "1500000000",
    ]);
    expect(rows("pipes.csv")[1]).to.include({
      "at (s)": "2",
      pipe: "a>b",
      "sent (bit/s)": "1000",
      "sent (packets)": "2",
      "queue (packets)": "3",
      "dropped by queue (packets)": "1",
    });
    expect(rows("host.csv")[1]).to.include({
      "at (s)": "2",
      "real (s)": "20",
      "emulation (real cores)": "0.1",
      "carried (packets/real s)": "0.2",
      "lateness p99 (real us)": "2",
    });
  });

  it("counts time from the origin it is given", async () => {
    const model = new Model(1);
    model.virtualNs = 7n * SECOND;
    const sampler = samplerOf(model, ["client-1"]);
    await sampler.start(7n * SECOND);
    await model.rests;
    await sampler.stop();
    expect(rows("guests.csv").map((row) => row["at (s)"])).to.deep.equal(["1"]);
  });

  it("keeps to the grid after a late sample, leaves out what it missed, and says so", async () => {
    const model = new Model(4);
    model.lateNs.set(2, SECOND / 2n);
    model.lateNs.set(3, (SECOND * 21n) / 10n);
    const report = await run(model);
    expect(rows("guests.csv").map((row) => row["at (s)"])).to.deep.equal(["1", "2.5", "5.1", "6"]);
    expect(report).to.deep.include({ samples: 4, late: 2, missed: 2, worstVirtualNs: 2.1e9 });
    // A late interval is longer, not busier.
    expect(rows("guests.csv").map((row) => row["cpu (cores)"])).to.deep.equal(["0.2", "0.2", "0.2", "0.2"]);
  });

  it("survives a guest that vanishes, and one that comes back", async () => {
    const model = new Model(3);
    model.gone.add("client-2");
    const sampler = samplerOf(model, ["client-1", "client-2"]);
    await sampler.start(0n);
    await model.rests;
    await sampler.stop();
    expect(rows("guests.csv").map((row) => row.guest)).to.deep.equal(["client-1", "client-1", "client-1"]);
  });

  it("goes on without the network's numbers when there are none", async () => {
    const model = new Model(2);
    model.networkBroken = true;
    expect(await run(model)).to.deep.include({ samples: 2, failure: undefined });
    expect(rows("guests.csv")[0]).to.include({ "cpu (cores)": "0.2", "sent (bit/s)": "" });
    expect(rows("pipes.csv")).to.deep.equal([]);
  });

  it("sums up the measuring phase by group, with what a guest used before it vanished", async () => {
    const model = new Model(0);
    const sampler = samplerOf(model, ["client-1", "client-2"]);
    await sampler.start(0n);
    model.virtualNs = 10n * SECOND;
    await sampler.beginMeasuring();
    model.gone.add("client-2");
    model.virtualNs = 20n * SECOND;
    const use = await sampler.endMeasuring();
    await sampler.stop();
    expect(use).to.deep.include({ virtualSeconds: 10, realSeconds: 100 });
    expect(use?.groups.client).to.deep.include({
      guests: 2,
      cpuCores: 0.1,
      sentBps: 4000,
      memoryPeakBytes: 5000,
    });
    expect(use?.host).to.deep.include({
      emulationCores: 0.1,
      packetsPerSecond: 0.2,
      lateness: { p50RealNs: 2000, p99RealNs: 2000, maxRealNs: 2000 },
    });
  });

  it("has no sum without a beginning", async () => {
    const sampler = samplerOf(new Model(0), []);
    expect(await sampler.endMeasuring()).to.equal(undefined);
    await sampler.stop();
  });

  it("can be stopped at any time, and again", async () => {
    const sampler = samplerOf(new Model(0), ["client-1"]);
    await sampler.stop();
    expect(await sampler.stop()).to.deep.include({ samples: 0, failure: undefined });
  });

  it("reports that its files cannot be written, and harms nobody", async () => {
    const model = new Model(3);
    const sampler = new Sampler({
      sources: model.sources(["client-1"]),
      directory: join(folder.path, "nowhere"),
      intervalNs: 1e9,
      sleepUntil: (target, signal) => model.sleepUntil(target, signal),
    });
    await sampler.start(0n);
    const report = await sampler.stop();
    expect(report.failure?.message).to.contain("guests.csv");
  });

  it("costs little: 200 guests and 400 pipes each second take less than 5 % of a core", async () => {
    const names = Array.from({ length: 200 }, (_, i) => `client-${i + 1}`);
    const model = new Model(40);
    const sources = model.sources(names);
    const pipes = names.flatMap((name) => [`${name}>s`, `s>${name}`]);
    const network = sources.network as NonNullable<Sources["network"]>;
    const counters = async () => {
      const one = await network.counters();
      return { ...one, pipes: pipes.map(() => one.pipes[0] as LinkCounters["pipes"][number]) };
    };
    const sampler = new Sampler({
      sources: { ...sources, network: { ...network, pipes, counters } },
      directory: folder.path,
      intervalNs: 1e9,
      sleepUntil: (target, signal) => model.sleepUntil(target, signal),
    });
    const before = process.cpuUsage();
    await sampler.start(0n);
    await model.rests;
    const { user, system } = process.cpuUsage(before);
    await sampler.stop();
    expect(rows("guests.csv")).to.have.length(40 * 200);
    expect((user + system) / 40 / 1e6, "processor seconds per sample").to.be.lessThan(0.05);
  });
});
