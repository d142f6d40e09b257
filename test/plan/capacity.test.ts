import { expect } from "chai";
import { assertFits, capacityOf, type HostCapacity, leastTdf } from "../../src/plan/capacity.js";
import { describePlan } from "../../src/plan/describe.js";
import { formatPlan } from "../../src/plan/format.js";
import { planExperiment } from "../../src/plan/planner.js";
import { formatRatio } from "../../src/scale/ratio.js";
import { parseTdf } from "../../src/scale/tdf.js";
import { experiment, load, QUICKSTART } from "../spec/experiments.js";

const HOST: HostCapacity = {
  cores: 2,
  memoryBytes: 6 * 2 ** 30,
  openFiles: 20_000,
  packetsPerSecond: 120_000,
};

function judge(more: Record<string, unknown>, tdf: string, host = HOST) {
  const plan = planExperiment(experiment(more), { tdf: parseTdf(tdf, "tdf") });
  return { plan, capacity: capacityOf(plan, host) };
}

const CORES = { machines: { m: { cpu: 4 } }, guests: { a: { machine: "m", count: 4 } } };

/** Two guests that can send each other 1 Gbit/s. */
const FAST = {
  guests: { a: {}, b: {} },
  network: { links: [{ from: "a", to: "b", bandwidth: "1Gbit/s" }] },
};

describe("capacityOf", () => {
  it("finds what is too much, and the least TDF that fits", () => {
    const { plan, capacity } = judge(CORES, "2");
    expect(
      capacity.items.filter(({ fits }) => !fits).map(({ resource, demand }) => [resource, demand]),
    ).to.deep.equal([["cpu", 8]]);
    expect(() => assertFits(plan, capacity)).to.throw(
      "this host has too little for the experiment at TDF 2: cpu (wanted 8 cores, there is 1.9 cores)",
    );
    expect(capacity.leastTdf && formatRatio(capacity.leastTdf)).to.equal("17/2");
  });

  it("holds at the least TDF, and not a step below", () => {
    for (const one of [CORES, FAST]) {
      const least = leastTdf(experiment(one), HOST);
      const step = parseTdf(Number(least.num) / Number(least.den) - 0.1, "tdf");
      expect(capacityOf(planExperiment(experiment(one), { tdf: least }), HOST).fits).to.equal(true);
      expect(capacityOf(planExperiment(experiment(one), { tdf: step }), HOST).fits).to.equal(false);
    }
  });

  it("bounds the packet rate by links, and by the processors of senders and receivers", () => {
    const rate = (more: Record<string, unknown>) =>
      Math.round(
        judge(more, "1").capacity.items.find(({ resource }) => resource === "packet rate")?.demand ?? 0,
      );
    expect(rate(FAST)).to.equal(Math.round((2 * 1e9) / 8 / 1538));
    expect(rate({ ...FAST, machines: { default: { cpu: 0.1 } } })).to.equal(60_000);
    // One slow end bounds what goes to it and what comes from it.
    const slow = { ...FAST.network.links[0], bandwidth: "8Mbit/s" };
    expect(rate({ ...FAST, network: { links: [slow] } })).to.equal(Math.round(2e6 / 1538));
    // Nobody sends more than all the others can take.
    const star = [
      { from: "a", to: "s", bandwidth: "1Gbit/s" },
      { from: "b", to: "s", bandwidth: "8Mbit/s" },
    ];
    const network = { switches: ["s"], links: star };
    expect(rate({ guests: { a: {}, b: { count: 2 } }, network })).to.equal(Math.round(4e6 / 1538));
  });

  it("counts the memory that DieCast itself takes, in all and for each guest", () => {
    const memory = (count: number) =>
      judge({ guests: { a: { count } } }, "1").capacity.items.find(({ resource }) => resource === "memory");
    expect(memory(1)?.demand).to.equal(129 * 2 ** 20);
    expect(memory(100)?.demand).to.equal(228 * 2 ** 20);
  });

  it("says what it cannot judge", () => {
    const { capacity } = judge(
      { guests: { a: {}, b: {} }, network: { links: [{ from: "a", to: "b" }] } },
      "1",
    );
    expect(capacity.fits).to.equal(true);
    expect(capacity.notes).to.have.length(3);
  });
});

describe("leastTdf", () => {
  it("is at least 1", () => {
    expect(formatRatio(leastTdf(experiment(), HOST))).to.equal("1");
  });

  it("is a whole number above ten", () => {
    expect(
      formatRatio(leastTdf(experiment({ ...CORES, guests: { a: { machine: "m", count: 9 } } }), HOST)),
    ).to.equal("19");
  });

  it("counts cores of the reference host", () => {
    expect(formatRatio(leastTdf(experiment(CORES), { ...HOST, cpuFactor: 0.5 }))).to.equal("43/10");
  });

  it("is none where the host lacks what is not scaled", () => {
    const much = experiment({ machines: { m: { memory: "7GiB" } }, guests: { a: { machine: "m" } } });
    expect(() => leastTdf(much, HOST)).to.throw(
      /^this host has too little for the experiment at any TDF: memory \(wanted 7\.13 GiB, there is 6\.00 GiB\)$/,
    );
    expect(() => leastTdf(experiment({ guests: { a: { count: 5000 } } }), HOST)).to.throw(
      /open files \(wanted 40064/,
    );
  });

  it("is none where it is more than the smallest share of a processor allows", () => {
    const mixed = {
      machines: { ...CORES.machines, s: { cpu: 0.002 } },
      guests: { ...CORES.guests, b: { machine: "s" } },
    };
    expect(() => leastTdf(experiment(mixed), HOST)).to.throw(/at any TDF: cpu/);
  });
});

describe("formatPlan", () => {
  it("shows perceived and real values side by side, and the host", async () => {
    const { experiment: quickstart } = await load(QUICKSTART);
    const plan = planExperiment(quickstart, { tdf: parseTdf("10", "tdf") });
    const capacity = capacityOf(plan, HOST);
    const lines = formatPlan(plan, capacity).split("\n");
    expect(lines[0]).to.equal(
      "quickstart at TDF 10, seed 1: 9 guests; warm-up 5 s, measure 20 s: 4.167 min real and the guests' start",
    );
    const words = lines.map((line) => line.split(/ {2,}/));
    expect(words).to.deep.include([
      "client",
      "8",
      "client",
      "0.1",
      "0.01",
      "1 of 100 ms",
      "128 MiB",
      "10.0.0.2",
    ]);
    expect(words).to.deep.include([
      "client-edge",
      "8",
      "both",
      "10 Mbit/s",
      "1 Mbit/s",
      "10 ms",
      "100 ms",
      "1 ms",
      "10 ms",
      "0.1%",
      "100",
    ]);
    expect(words.find(([name]) => name === "cpu")?.[3]).to.equal("fits");
    expect(JSON.parse(JSON.stringify(describePlan(plan, capacity)))).to.have.nested.property(
      "links[2].bandwidthBps.real",
      5e6,
    );
  });

  it("shows the disks", () => {
    const machines = {
      s: {
        disk: [
          { model: "none", size: "2GiB" },
          { model: "seagate-st32171w", size: "1GiB", fs: "none" },
        ],
      },
    };
    const guests = { a: { machine: "s", count: 2 }, b: { machine: "s" } };
    const plan = planExperiment(experiment({ machines, guests }), { tdf: parseTdf("10", "tdf") });
    const words = formatPlan(plan)
      .split("\n")
      .map((line) => line.split(/ {2,}/));
    expect(words).to.deep.include(["/data", "3", "a, b", "none", "2 GiB", "ext4"]);
    expect(words).to.deep.include(["/dev/sdb", "3", "a, b", "seagate-st32171w", "1 GiB", "none"]);
  });
});
