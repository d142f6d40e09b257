import { expect } from "chai";
import type { DiskCounts } from "../../src/host/disks/backend.js";
import type { LinkCounters } from "../../src/host/links/backend.js";
import type { Plan } from "../../src/plan/plan.js";
import { judgeFidelity } from "../../src/run/fidelity.js";
import { isUntrustworthy } from "../../src/run/finding.js";
import type { Instruments } from "../../src/run/instruments.js";
import { ratio } from "../../src/scale/ratio.js";

/** Two guests, 1 ms from a switch each: what may be late is 5 % of 2 ms, 100 µs. */
const PLAN = {
  tdf: ratio(10n, 1n),
  experiment: { phases: { measureNs: 1e9 } },
  // Of a machine with half as many, that are twice as fast.
  guests: [{ cpu: { cores: ratio(105n, 1n) }, group: { machine: { cores: ratio(105n, 2n) } } }],
  network: {
    pipes: [0, 1].map((port) => ({ from: { port }, to: { switch: 0 }, parameters: { latencyNs: 1e6 } })),
  },
} as unknown as Plan;

const BUSY_NS = 10e9;

function instruments(
  seconds: number,
  seen: {
    lateNs?: number;
    packets?: number;
    unasked?: number;
    busy?: number;
    fill?: number;
    stolen?: number;
    waitNs?: number;
    clock?: number;
    cores?: number;
    /** Steps per second. */
    coreSpeed?: number;
  },
): Instruments {
  const { lateNs = 1000, packets = 0, unasked = 0, busy = 0, fill = 0, stolen = 0 } = seen;
  const { waitNs = 1000, clock = 1, cores = 0.25, coreSpeed = 1e9 } = seen;
  const links = {
    pipes: [],
    ports: [{ sentPackets: 0, sentBytes: 0, receivedPackets: packets, receivedBytes: 0, unasked }],
    emulation: {
      latenessRealNs: { bins: [[lateNs, packets]], count: packets, sum: lateNs * packets, max: lateNs },
      cpuRealNs: seconds * cores * 1e9,
      realTimePriority: true,
    },
  } satisfies LinkCounters;
  const cpuTotalNs = seconds * BUSY_NS;
  return {
    realNs: BigInt(seconds) * 1_000_000_000n,
    links,
    pulse: {
      waitRealNs: { bins: [[waitNs, seconds]], count: seconds, sum: waitNs * seconds, max: waitNs },
      monotonicNs: seconds * clock * 1e9,
      rawNs: seconds * 1e9,
      cores: [{ processor: 0, probes: seconds * 200, speedSum: seconds * 200 * coreSpeed, cold: [] }],
    },
    host: {
      cpuTotalNs,
      cpuBusyNs: busy * cpuTotalNs,
      fillNs: fill * cpuTotalNs,
      cpuStolenNs: stolen * cpuTotalNs,
      load: 0,
      memoryAvailableBytes: 0,
      ownCpuNs: 0,
    },
  };
}

const BEGIN = instruments(0, {});

interface Seen {
  requests: number;
  serviceNs: number;
  lateNs: number;
  /** Late are all replies; else one in a hundred, as far as their sum goes. */
  all?: boolean;
  failedBefore?: number;
}

/** A plan with disks of these names, and what its instruments read before and after. */
function withDisks(seen: Record<string, Seen>): [Plan, Instruments, Instruments] {
  const guests = Object.keys(seen).map((name) => {
    const [guest, mount] = name.split(":");
    return { name: guest, group: { machine: { cores: ratio(1n, 1n), disks: [{ mount }] } } };
  });
  const histogram = (...bins: [number, number][]) => ({
    bins: bins.filter(([, count]) => count > 0).sort(([a], [b]) => a - b),
    count: bins.reduce((sum, [, count]) => sum + count, 0),
    sum: 0,
    max: Math.max(...bins.map(([bound]) => bound)),
  });
  const read = (after: 0 | 1) => {
    const disks = Object.values(seen).map(
      ({ requests, serviceNs, lateNs, all = false, failedBefore = 0 }) => ({
        ...NO_COUNTS,
        reads: after * requests,
        serviceVirtualNs: after * requests * serviceNs,
        errors: failedBefore,
        latenessRealNs: histogram([lateNs, after * requests]),
        lateRealNs: after * requests * lateNs * (all ? 1 : 0.01),
      }),
    );
    const all = Object.values(seen).map(({ lateNs, requests }): [number, number] => [
      lateNs,
      after * requests,
    ]);
    const latenessRealNs = histogram(...all);
    const counters = { disks, latenessRealNs, responseVirtualNs: histogram(), pathRealNs: 0, cpuRealNs: 0 };
    return { ...instruments(10 * after, { packets: after }), disks: counters };
  };
  return [{ ...PLAN, guests } as unknown as Plan, read(0), read(1)];
}

const NO_COUNTS: DiskCounts = {
  reads: 0,
  readBytes: 0,
  writes: 0,
  writtenBytes: 0,
  flushes: 0,
  discards: 0,
  discardedBytes: 0,
  serviceVirtualNs: 0,
  responseVirtualNs: 0,
  queueVirtualNs: 0,
  busyVirtualNs: 0,
  underWay: 0,
  bypassed: 0,
  errors: 0,
  ioLate: 0,
  lateRealNs: 0,
};

describe("the verdict on a run", () => {
  it("is trustworthy where everything was on time", () => {
    const fidelity = judgeFidelity(
      PLAN,
      BEGIN,
      instruments(10, { lateNs: 100_000, packets: 1000, busy: 0.5 }),
    );
    expect(fidelity.verdict).to.equal("trustworthy");
    expect(fidelity.latenessVirtualNs?.p99).to.equal(10_000);
    expect(fidelity.latenessBinsVirtualNs).to.deep.equal([[10_000, 1000]]);
    expect(fidelity.latenessLimitVirtualNs).to.equal(100_000);
    expect(fidelity.leastTdf).to.equal(null);
    expect(fidelity.emulationCores).to.equal(0.25);
  });

  it("tells how fast the host's cores were, and judges nothing by it", () => {
    const [slow, fast] = [1e9, 2e9].map((coreSpeed) =>
      judgeFidelity(PLAN, BEGIN, instruments(10, { packets: 1000, coreSpeed })),
    );
    expect([slow?.coreStepsPerSecond, fast?.coreStepsPerSecond]).to.deep.equal([1e9, 2e9]);
    expect(slow?.verdict).to.equal(fast?.verdict);
    const { pulse: _, ...unfelt } = instruments(10, {});
    expect(judgeFidelity(PLAN, BEGIN, unfelt)).to.deep.include({
      coreStepsPerSecond: null,
      verdict: "doubtful",
      reasons: ["how long guests waited for processors was not measured"],
    });
  });

  it("is not trustworthy where two instruments agree that the host was too slow", () => {
    // Allowed are 100 µs, at TDF 10 a real ms, and a wait of 3 ms, 30 ms.
    const judged = (lateNs: number, waitNs: number) =>
      judgeFidelity(PLAN, BEGIN, instruments(10, { packets: 1000, lateNs, waitNs }));
    for (const [lateNs, waitNs, verdict] of [
      [3e6, 1000, "doubtful"],
      [1000, 90e6, "doubtful"],
      [3e6, 40e6, "doubtful"],
      [3e6, 90e6, "not trustworthy"],
    ] as const) {
      expect(judged(lateNs, waitNs).verdict, `${lateNs} ${waitNs}`).to.equal(verdict);
    }
  });

  it("takes what one instrument says twice for once", () => {
    const finding = { reason: "", excess: 3, tdfFactor: 3 };
    const [mean, least] = [
      { ...finding, instrument: "cores" },
      { ...finding, instrument: "cores" },
    ] as const;
    expect(isUntrustworthy([mean, least])).to.equal(false);
    expect(isUntrustworthy([mean, least, { ...finding, instrument: "waits" }])).to.equal(true);
    expect(isUntrustworthy([mean, { ...finding, instrument: "waits", tdfFactor: undefined }])).to.equal(
      false,
    );
  });

  it("says what guests had of steady cores, and doubts a run where it was not what was asked for", () => {
    const experiment = { ...PLAN.experiment, phases: { ...PLAN.experiment.phases, measureNs: 20e9 } };
    const plan = { ...PLAN, experiment };
    // A window takes five seconds at TDF 10.
    const judged = (delivered: number, seen = 40, least = delivered, warm = 1) => {
      const steadyCores = (windows: number) => ({
        stepsPerSecond: 1.8e9,
        windowMs: 5000,
        windows,
        windowsNs: windows * 5e9,
        deliveredNs: [least, 2 * delivered - least].map((share) => windows * 5e9 * share),
        warmNs: [1, warm].map((part) => windows * 5e9 * part),
        warmAtLimitNs: [warm, warm].map((part) => windows * 5e9 * part),
        pages: [undefined, windows > 5 ? 1300 : undefined],
      });
      return judgeFidelity(
        plan,
        { ...BEGIN, steadyCores: steadyCores(5) },
        { ...instruments(200, { packets: 1000 }), steadyCores: steadyCores(5 + seen) },
      );
    };
    expect(judged(0.98)).to.deep.include({
      verdict: "trustworthy",
      steadyCores: {
        ...{ stepsPerSecond: 1.8e9, delivered: 0.98, least: 0.98, warm: 1, warmAtLimit: 1 },
        ...{ footprints: 1, guests: 2, windows: 40, windowMs: 5000 },
      },
    });
    const slow = judged(0.94);
    expect(slow.verdict).to.equal("doubtful");
    expect(slow.reasons).to.deep.equal([
      "guests' cores did 94.0 % of the 1.80e+9 steps/s asked for: the host's were too slow for it",
    ]);
    expect(slow.leastTdf).to.be.greaterThan(10);
    const cold = judged(0.98, 40, 0.98, 0.8).steadyCores;
    expect([cold?.warm, cold?.warmAtLimit]).to.deep.equal([0.9, 0.8]);
    const untold = judged(0.98, 40, 0.98, Number.NaN).steadyCores;
    expect([untold?.warm, untold?.warmAtLimit]).to.deep.equal([null, null]);
    expect(judged(0.94, 40, 0.94, 0.8).reasons).to.deep.equal([
      "guests' cores did 94.0 % of the 1.80e+9 steps/s asked for: the host's were too slow, and their caches too cold, for it",
    ]);
    expect(judged(0.5).verdict).to.equal("not trustworthy");
    expect(judged(1.06)).to.deep.include({ verdict: "doubtful", leastTdf: null });
    expect(judged(1, 40, 0.9).reasons).to.deep.equal([
      "a guest's cores did 90.0 % of the 1.80e+9 steps/s asked for: the host's were too slow for it",
    ]);
    expect(judged(1, 8)).to.deep.include({
      verdict: "doubtful",
      reasons: [
        "guests' cores followed 1.80e+9 steps/s for 20.0 % of the time only: the speed of the host's could not be told",
      ],
    });
    expect(judged(1, 0).verdict).to.equal("not trustworthy");
    // Of few windows, what is left of the last one counts for more.
    expect(judged(0.9, 2).reasons).to.deep.equal(judged(1, 2).reasons);
    expect(judgeFidelity(PLAN, BEGIN, instruments(10, { packets: 1000 }))).to.not.have.property(
      "steadyCores",
    );
  });

  it("says that nobody knows how late packets were where the kernel carries them", () => {
    const byKernel = (seconds: number) => {
      const { links, ...rest } = instruments(seconds, { packets: 100 });
      return { ...rest, links: { ...links, emulation: undefined } };
    };
    const fidelity = judgeFidelity(PLAN, byKernel(0), byKernel(10));
    expect(fidelity).to.include({
      verdict: "trustworthy",
      latenessVirtualNs: null,
      latenessBinsVirtualNs: null,
      emulationCores: null,
    });
  });

  it("allows what a local network has where the model has no latency", () => {
    const pipes = PLAN.network.pipes.map((pipe) => ({ ...pipe, parameters: { latencyNs: 0 } }));
    const plan = { ...PLAN, network: { ...PLAN.network, pipes } } as unknown as Plan;
    const fidelity = judgeFidelity(plan, BEGIN, instruments(10, { packets: 1 }));
    expect(fidelity.latenessLimitVirtualNs).to.equal(5000);
  });

  const causes: [string, Parameters<typeof instruments>[1], string, RegExp, number | null][] = [
    ["late packets", { lateNs: 2e6, packets: 1000 }, "doubtful", /200 µs late \(virtual\)/, 20],
    ["very late packets", { lateNs: 10e6, packets: 1000 }, "not trustworthy", /1000 µs late/, 100],
    [
      "losses that nobody asked for",
      { packets: 1000, unasked: 2 },
      "not trustworthy",
      /2 of 1000 packets were lost/,
      null,
    ],
    ["a single loss", { packets: 1000, unasked: 1 }, "doubtful", /1 of 1000 packets were lost/, null],
    [
      "very late packets, of which there were few",
      { lateNs: 10e6, packets: 99 },
      "doubtful",
      /^the latest of 99 packets was 1000 µs late/,
      100,
    ],
    ["a host robbed of its time", { packets: 1, stolen: 0.05 }, "doubtful", /kept waiting for 5\.0 %/, null],
    [
      "a host robbed of much of its time, half of which was idle",
      { packets: 1, stolen: 0.1, busy: 0.4, fill: 0.4 },
      "doubtful",
      /kept waiting for 5\.0 %/,
      null,
    ],
    ["waits for a processor", { packets: 1, waitNs: 60e6 }, "doubtful", /guest waited more than 6000 µs/, 20],
    [
      "long waits for one",
      { packets: 1, waitNs: 150e6 },
      "not trustworthy",
      /guest waited more than 15000 µs/,
      50,
    ],
    [
      "a change of the host's clock",
      { packets: 1, clock: 0.99 },
      "not trustworthy",
      /it went 1\.00 % too slow/,
      null,
    ],
    [
      "an emulation that has no time left",
      { packets: 1, cores: 0.99 },
      "not trustworthy",
      /emulation of links was at work for 99\.0 %/,
      10.5,
    ],
    ["a host without rest", { packets: 1, busy: 1 }, "not trustworthy", /100\.0 % busy$/, 11.1],
    [
      "a host whose rest was stolen",
      { packets: 1, busy: 0.96, stolen: 0.04 },
      "not trustworthy",
      /96\.0 % busy, and 4\.0 % of their time was stolen/,
      11.6,
    ],
  ];
  for (const [what, seen, verdict, reason, leastTdf] of causes) {
    it(`is ${verdict} after ${what}`, () => {
      const fidelity = judgeFidelity(PLAN, BEGIN, instruments(10, seen));
      expect(fidelity.verdict).to.equal(verdict);
      expect(fidelity.reasons[0]).to.match(reason);
      expect(fidelity.leastTdf).to.equal(leastTdf);
    });
  }

  describe("where guests have disks", () => {
    /** A slow one that is on time, and a fast one. */
    const FAST_AND_SLOW = withDisks({
      "slow:/data": { requests: 10_000, serviceNs: 10e6, lateNs: 100e3 },
      "fast:/data": { requests: 1000, serviceNs: 100e3, lateNs: 5000e3 },
    });

    it("is doubtful where all replies are late by more than a twentieth of what the drive takes", () => {
      const late = { requests: 1000, serviceNs: 1e6, lateNs: 600e3, all: true };
      const { verdict, reasons, leastTdf } = judgeFidelity(...withDisks({ "a:/data": late }));
      expect(verdict).to.equal("doubtful");
      expect(reasons).to.deep.equal([
        "replies of a:/data were on the mean 60 µs late (virtual), where 50 µs are allowed",
      ]);
      expect(leastTdf).to.equal(12);
    });

    it("finds a fast drive's lateness beside slow ones", () => {
      const { verdict, reasons, leastTdf, disks } = judgeFidelity(...FAST_AND_SLOW);
      expect(verdict).to.equal("not trustworthy");
      expect(reasons).to.deep.equal([
        "1 of 100 replies of fast:/data was more than 500 µs late (virtual), where 25 µs are allowed",
      ]);
      expect(leastTdf).to.equal(200);
      expect(disks?.worst).to.include({ disk: "fast:/data", requests: 1000, latenessLimitVirtualNs: 25e3 });
      // Together they look well.
      expect(disks?.latenessVirtualNs.p99).to.be.below(disks?.latenessLimitVirtualNs as number);
    });

    it("takes them together where each has but a few requests", () => {
      const few = { requests: 60, serviceNs: 1e6, lateNs: 100e3 };
      const { verdict, disks } = judgeFidelity(...withDisks({ "a:/data": few, "b:/data": few }));
      expect(verdict).to.equal("trustworthy");
      expect(disks).to.include({ worst: null, requests: 120, latenessLimitVirtualNs: 250e3 });
    });

    describe("of which they read again what the host had taken from their memory", () => {
      /** 1,000 reads of 1 ms in a virtual second. */
      const [plan, begin, end] = withDisks({
        "a:/data": { requests: 1000, serviceNs: 1e6, lateNs: 0 },
        "b:/data": { requests: 1000, serviceNs: 1e6, lateNs: 0 },
      });
      const judge = (filePages: number, limitHits = 0, among = 40) =>
        judgeFidelity(
          plan,
          { ...begin, refaults: new Map(["a", "b"].map((name) => [name, { filePages: 7, limitHits: 0 }])) },
          {
            ...end,
            refaults: new Map([
              ["a", { filePages: 7 + among, limitHits: 0 }],
              ["b", { filePages: 7 + filePages, limitHits }],
            ]),
          },
        );

      it("is doubtful where their disks were at work for that for more than a twentieth of the time", () => {
        const { verdict, reasons, rereads, leastTdf } = judge(60);
        expect(rereads).to.deep.equal({ guest: "b", filePages: 60, diskShare: 0.06 });
        expect(verdict).to.equal("doubtful");
        expect(reasons).to.deep.equal([
          "the host had taken from b's memory what it read again (60 pages): its disks were at work up to 6.0 % of the time for that",
        ]);
        // At a higher one they would have had less of it for as long.
        expect(leastTdf).to.equal(null);
        expect(judge(49)).to.deep.include({
          verdict: "trustworthy",
          rereads: { guest: "b", filePages: 49, diskShare: 0.049 },
        });
      });

      it("counts no more than there were reads, and does not condemn", () => {
        const { verdict, rereads } = judge(1e6);
        expect(rereads?.diskShare).to.equal(1);
        expect(verdict).to.equal("doubtful");
      });

      it("leaves out who had no room for more", () => {
        expect(judge(1e6, 1).rereads?.guest).to.equal("a");
        expect(judge(1e6, 1, 0)).to.not.have.property("rereads");
      });
    });

    it("is not trustworthy once the host has failed a request, be it long before measuring", () => {
      const { verdict, reasons } = judgeFidelity(
        ...withDisks({ "a:/data": { requests: 1, serviceNs: 1e6, lateNs: 1e3, failedBefore: 2 } }),
      );
      expect(verdict).to.equal("not trustworthy");
      expect(reasons).to.deep.equal(["the host failed 2 requests to guests' disks"]);
    });
  });

  it("is not trustworthy after a phase that took much longer than asked for", () => {
    const fidelity = judgeFidelity(PLAN, BEGIN, instruments(15, { packets: 1 }));
    expect(fidelity.verdict).to.equal("not trustworthy");
    expect(fidelity.reasons[0]).to.match(/went on for 0\.50 s \(virtual\) longer/);
    expect(fidelity.leastTdf).to.equal(null);
  });

  it("goes by one latency where a link joins two guests, by two where a switch is between", () => {
    const direct = { from: { port: 0 }, to: { port: 1 }, parameters: { latencyNs: 1e6 } };
    const plan = { ...PLAN, network: { ...PLAN.network, pipes: [direct] } } as unknown as Plan;
    expect(judgeFidelity(plan, BEGIN, instruments(10, {})).latenessLimitVirtualNs).to.equal(50_000);
    expect(judgeFidelity(PLAN, BEGIN, instruments(10, {})).latenessLimitVirtualNs).to.equal(100_000);
  });

  it("only doubts by the processor time of the disks' emulation, which has threads that nobody waits for", () => {
    const [plan, begin, end] = withDisks({ "a:/data": { requests: 1000, serviceNs: 1e6, lateNs: 0 } });
    const disks = { ...(end.disks as NonNullable<typeof end.disks>), cpuRealNs: 1.2 * 10e9 };
    const fidelity = judgeFidelity(plan, begin, { ...end, disks });
    expect(fidelity.verdict).to.equal("doubtful");
    expect(fidelity.reasons[0]).to.match(/emulation of disks was at work for 120\.0 %/);
  });

  it("only doubts by the latest of few replies of disks", () => {
    const judge = (requests: number) =>
      judgeFidelity(...withDisks({ "a:/data": { requests, serviceNs: 1e6, lateNs: 15e6 } }));
    expect(judge(99)).to.deep.include({
      verdict: "doubtful",
      reasons: ["the latest of 99 replies of disks was 1500 µs late (virtual), where 250 µs are allowed"],
    });
    expect(judge(100).verdict).to.equal("not trustworthy");
  });

  it("takes a guest that never had a processor for one that waited all the time", () => {
    const end = instruments(10, {});
    const nothing = { bins: [], count: 0, sum: 0, max: 0 };
    const fidelity = judgeFidelity(PLAN, BEGIN, {
      ...end,
      pulse: { ...end.pulse, waitRealNs: nothing } as never,
    });
    expect(fidelity.verdict).to.equal("not trustworthy");
    expect(fidelity.waitVirtualNs?.p99).to.equal(1e9);
  });

  it("tells no TDF that would have done where guests may use all that there is", () => {
    const guests = [{ cpu: undefined }];
    const plan = { ...PLAN, guests } as unknown as Plan;
    expect(judgeFidelity(plan, BEGIN, instruments(10, { packets: 1, busy: 1 })).leastTdf).to.equal(null);
  });
});
