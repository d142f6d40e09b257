import { expect } from "chai";
import { UsageReader } from "../../src/host/cgroup/usage.js";
import type { PortCounters } from "../../src/host/links/backend.js";

import { parseMemoryAvailable } from "../../src/host/proc.js";
import { addPorts, guestRates } from "../../src/metrics/guest_usage.js";
import { histogramQuantile, histogramSince } from "../../src/metrics/histogram.js";
import {
  type HostReading,
  hostShares,
  parseAllowedCpus,
  parseCpuLines,
  readHost,
} from "../../src/metrics/host_usage.js";

const USAGE = { ...new UsageReader([]).read(), cpuNominalNs: 0 };
const PORT: PortCounters = { sentPackets: 0, sentBytes: 0, receivedPackets: 0, receivedBytes: 0, unasked: 0 };

describe("guestRates", () => {
  it("gives processor and network as the guest perceives them", () => {
    // TDF 10: 2 virtual seconds are 20 real ones, in which half a perceived core is 1 s of the real one.
    const rates = guestRates(
      { virtualNs: 1_000_000_000n, usage: USAGE, network: PORT },
      {
        virtualNs: 3_000_000_000n,
        usage: { ...USAGE, cpuRealNs: 2e9, cpuNominalNs: 1e9, periods: 100, throttledPeriods: 25 },
        network: { ...PORT, sentBytes: 2_500_000, sentPackets: 7, unasked: 1 },
      },
    );
    expect(rates).to.deep.include({
      cpuCores: 0.5,
      heldBackShare: 0.25,
      sentBps: 10e6,
      receivedBps: 0,
      sentPackets: 7,
      unaskedDrops: 1,
    });
  });

  it("knows no share of periods where there was none, and no rate while time stands still", () => {
    const reading = { virtualNs: 5n, usage: USAGE, network: undefined };
    expect(guestRates(reading, { ...reading, virtualNs: 6n })).to.include({
      heldBackShare: undefined,
      sentBps: undefined,
    });
    expect(guestRates(reading, reading)).to.equal(undefined);
  });

  it("counts anew where a counter began anew", () => {
    const before = { virtualNs: 0n, usage: { ...USAGE, cpuNominalNs: 9e9 }, network: undefined };
    const after = { virtualNs: 1_000_000_000n, usage: { ...USAGE, cpuNominalNs: 1e8 }, network: undefined };
    expect(guestRates(before, after)?.cpuCores).to.equal(0.1);
  });

  it("adds up a guest's interfaces", () => {
    const port = { sentPackets: 1, sentBytes: 2, receivedPackets: 3, receivedBytes: 4, unasked: 5 };
    expect(addPorts([port, port])).to.deep.equal({
      sentPackets: 2,
      sentBytes: 4,
      receivedPackets: 6,
      receivedBytes: 8,
      unasked: 10,
    });
  });
});

describe("histograms", () => {
  const before = { bins: [[10, 5]], count: 5, sum: 40, max: 9 } as const;
  const after = {
    bins: [
      [10, 95 + 5],
      [100, 4],
      [1000, 1],
    ],
    count: 105,
    sum: 2000,
    max: 700,
  } as const;

  it("tell what came in between", () => {
    const between = histogramSince(after, before);
    expect(between).to.deep.equal({
      bins: [
        [10, 95],
        [100, 4],
        [1000, 1],
      ],
      count: 100,
      sum: 1960,
      max: 700,
    });
    expect(histogramSince(after, after)).to.deep.equal({ bins: [], count: 0, sum: 0, max: 0 });
  });

  it("have quantiles to the width of a bin", () => {
    const between = histogramSince(after, before);
    expect([0, 0.5, 0.95, 0.951, 0.99, 1].map((share) => histogramQuantile(between, share))).to.deep.equal([
      10, 10, 10, 100, 100, 700,
    ]);
    expect(histogramQuantile({ bins: [], count: 0, sum: 0, max: 0 }, 0.5)).to.equal(undefined);
  });
});

const HOST: HostReading = {
  cpuBusyNs: 0,
  fillNs: 0,
  cpuStolenNs: 0,
  cpuTotalNs: 0,
  load: 0,
  memoryAvailableBytes: 0,
  ownCpuNs: 0,
};

describe("hostShares", () => {
  it("counts as stolen what was stolen from work, not from filling", () => {
    const end = { ...HOST, cpuTotalNs: 1000, cpuBusyNs: 200, cpuStolenNs: 100 };
    expect(hostShares(HOST, end)).to.deep.equal({ busy: 0.2, stolen: 0.1 });
    expect(hostShares(HOST, { ...end, fillNs: 600 })).to.deep.equal({ busy: 0.2, stolen: 0.025 });
  });

  it("knows none where no time passed, and none below zero", () => {
    expect(hostShares(HOST, HOST)).to.equal(undefined);
    const begin = { ...HOST, cpuBusyNs: 20 };
    expect(hostShares(begin, { ...HOST, cpuTotalNs: 1000 })).to.deep.equal({ busy: 0, stolen: 0 });
  });
});

describe("the host", () => {
  const STAT = [
    "cpu  400 40 200 3200 80 12 28 40 240 20",
    "cpu0 100 10 50 800 20 3 7 10 60 5",
    "cpu1 100 10 50 800 20 3 7 10 60 5",
    "cpu10 200 20 100 1600 40 6 14 20 120 10",
    "intr 7",
    "",
  ].join("\n");

  it("adds up the processors that may be used, stolen time apart, guests' time once", () => {
    const each = { cpuBusyNs: 170e7, cpuStolenNs: 10e7, cpuTotalNs: 1000e7 };
    expect(parseCpuLines(STAT, new Set([1]))).to.deep.equal(each);
    expect(parseCpuLines(STAT, new Set([0, 10, 11]))).to.deep.equal({
      cpuBusyNs: 3 * each.cpuBusyNs,
      cpuStolenNs: 3 * each.cpuStolenNs,
      cpuTotalNs: 3 * each.cpuTotalNs,
    });
    // None of them is there: numbers that mean something else.
    expect(parseCpuLines(STAT, new Set([5])).cpuTotalNs).to.equal(4 * each.cpuTotalNs);
  });

  it("reads which processors may be used", () => {
    const status = "Name:\tnode\nCpus_allowed:\t87\nCpus_allowed_list:\t0-2,7\n";
    expect([...parseAllowedCpus(status)]).to.deep.equal([0, 1, 2, 7]);
    expect([...parseAllowedCpus("Name:\tnode\n")]).to.deep.equal([]);
  });

  it("reads the memory that can be had", () => {
    expect(parseMemoryAvailable("MemTotal: 9 kB\nMemAvailable:   2048 kB\n")).to.equal(2 ** 21);
  });

  it("gives plausible numbers here", () => {
    const before = readHost();
    for (let i = 0; i < 2e6; i++) Math.sqrt(i);
    const after = readHost();
    expect(after.ownCpuNs).to.be.greaterThan(before.ownCpuNs);
    expect(after.cpuTotalNs).to.be.at.least(before.cpuTotalNs);
    expect(after.memoryAvailableBytes).to.be.greaterThan(2 ** 20);
    expect(after.load).to.be.at.least(0);
  });
});
