import { expect } from "chai";
import type { PipeParameters } from "../../src/spec/experiment.js";
import { PERFECT, pair } from "../host/links/network.js";
import { packet, simulate } from "./model.js";

const FULL = 1514;
const WIRE_BITS = (FULL + 24) * 8;
const MBIT = 1e6;

function queue(changes: Partial<PipeParameters["queue"]>): PipeParameters["queue"] {
  return { ...PERFECT.queue, ...changes };
}

/** Packets from port 0 to port 1, one every `everyNs`. */
function stream(count: number, everyNs: number, options = {}): string[] {
  return Array.from({ length: count }, (_, i) => packet(i * everyNs, options));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** How far a count of `n` trials may lie from its mean in 99.9 % of all runs. */
function margin(n: number, probability: number): number {
  return 3.3 * Math.sqrt(n * probability * (1 - probability));
}

describe("a pipe", () => {
  it("takes the time to send a frame with preamble, checksum and gap, and then its latency", async () => {
    const { arrivals, pipes } = await simulate(
      pair({ ...PERFECT, bandwidthBps: 10 * MBIT, latencyNs: 5e6 }),
      [packet(0), packet(100e6, { length: 42 })],
    );
    expect(arrivals.map(({ ns }) => ns)).to.deep.equal([
      (WIRE_BITS / 10) * 1000 + 5e6,
      // Ethernet fills short frames up to 60 bytes.
      100e6 + ((84 * 8) / 10) * 1000 + 5e6,
    ]);
    expect(pipes[0]?.wireBytes).to.equal(FULL + 24 + 84);
  });

  it("sends one frame after the other without losing parts of nanoseconds", async () => {
    const { arrivals } = await simulate(
      pair({ ...PERFECT, bandwidthBps: 7 * MBIT, queue: queue({ packets: 10_000 }) }),
      stream(7000, 0),
    );
    expect(arrivals.at(-1)?.ns).to.be.closeTo((7000 * WIRE_BITS * 1000) / 7, 2);
  });

  it("has no queue without a bandwidth", async () => {
    const { arrivals } = await simulate(
      pair({ ...PERFECT, latencyNs: 1e6, queue: queue({ packets: 0 }) }),
      stream(100, 0),
    );
    expect(arrivals.map(({ ns }) => ns)).to.deep.equal(Array(100).fill(1e6));
  });

  it("drops what its queue cannot hold beside the packet being sent, in packets or in bytes", async () => {
    for (const limit of [{ packets: 5 }, { packets: undefined, bytes: 5 * FULL + 1 }]) {
      const { arrivals, pipes } = await simulate(
        pair({ ...PERFECT, bandwidthBps: MBIT, queue: queue(limit) }),
        stream(20, 0),
      );
      expect(arrivals.length).to.equal(6);
      expect(pipes[0]?.queue).to.equal(14);
    }
  });

  it("tells how long its queue is", async () => {
    const { pipes } = await simulate(pair({ ...PERFECT, bandwidthBps: MBIT }), stream(20, 0));
    expect(pipes[0]).to.include({ queuePackets: 19, queueBytes: 19 * FULL });
  });

  it("loses packets independently, the same ones for the same seed, having taken their time on the wire", async () => {
    const network = pair({
      ...PERFECT,
      bandwidthBps: 100 * MBIT,
      loss: { kind: "independent", probability: 0.03 },
    });
    const lines = stream(100_000, 130_000);
    const [first, again, other] = await Promise.all(
      [1, 1, 2].map((seed) => simulate(network, lines, { seed })),
    );
    const ids = (outcome = first) => outcome?.arrivals.map(({ id }) => id).join();
    expect(first?.pipes[0]?.loss).to.be.closeTo(3000, margin(100_000, 0.03));
    expect(ids()).to.equal(ids(again));
    expect(ids()).to.not.equal(ids(other));
    expect(first?.pipes[0]?.packets).to.equal(100_000);
  }).timeout(60_000);

  it("loses the same packets whatever its jitter", async () => {
    const loss = { kind: "independent", probability: 0.1 } as const;
    const [plain, jittery] = await Promise.all(
      [0, 1e6].map((jitterNs) =>
        simulate(pair({ ...PERFECT, loss, latencyNs: 5e6, jitterNs }), stream(1000, 1e6)),
      ),
    );
    expect(jittery?.arrivals.map(({ id }) => id)).to.deep.equal(plain?.arrivals.map(({ id }) => id));
  });

  it("loses packets in bursts as Gilbert and Elliott have it", async () => {
    const loss = { kind: "gilbert-elliott", toBad: 0.01, toGood: 0.2, lossInGood: 0, lossInBad: 1 } as const;
    const count = 100_000;
    const { arrivals } = await simulate(pair({ ...PERFECT, loss }), stream(count, 1000));
    const lost = count - arrivals.length;
    let bursts = 0;
    for (const [i, { id }] of arrivals.entries()) if (id !== (arrivals[i - 1]?.id ?? -1) + 1) bursts += 1;
    // The share of time in the bad state, and the mean stay there.
    expect(lost / count).to.be.closeTo(0.01 / 0.21, 0.006);
    expect(lost / bursts).to.be.closeTo(5, 0.6);
  });

  for (const distribution of ["uniform", "normal", "pareto", "exponential"] as const) {
    it(`has ${distribution} jitter around its latency`, async () => {
      const parameters = {
        ...PERFECT,
        latencyNs: 100e6,
        jitterNs: 5e6,
        jitterDistribution: distribution,
      } as const;
      const { arrivals } = await simulate(pair({ ...parameters, jitterReorders: true }), stream(20_000, 1e6));
      const delays = arrivals.map(({ id, ns }) => ns - id * 1e6);
      const average = mean(delays);
      const deviation = Math.sqrt(mean(delays.map((delay) => (delay - average) ** 2)));
      expect(average).to.be.closeTo(100e6, 0.3e6);
      const expected = distribution === "uniform" ? 5e6 / Math.sqrt(3) : 5e6;
      // The Pareto distribution's fourth moment is infinite: its sample's deviation wanders.
      expect(deviation).to.be.closeTo(expected, distribution === "pareto" ? 2e6 : 0.2e6);
      if (distribution === "uniform") expect(Math.max(...delays)).to.be.at.most(105e6);
    });
  }

  it("keeps packets in order under jitter unless they may overtake", async () => {
    const jittery = { ...PERFECT, latencyNs: 10e6, jitterNs: 5e6 };
    const [kept, free] = await Promise.all(
      [false, true].map((jitterReorders) =>
        simulate(pair({ ...jittery, jitterReorders }), stream(1000, 1e6)),
      ),
    );
    const inOrder = (ids: readonly number[] = []) => ids.every((id, i) => id === i);
    expect(inOrder(kept?.arrivals.map(({ id }) => id))).to.equal(true);
    expect(inOrder(free?.arrivals.map(({ id }) => id))).to.equal(false);
    expect(kept?.pipes[0]?.reordered).to.equal(0);
    expect(free?.pipes[0]?.reordered).to.be.above(100);
  });

  it("lets chosen packets skip the latency, sends some twice and damages some", async () => {
    const count = 20_000;
    const { arrivals, pipes } = await simulate(
      pair({ ...PERFECT, latencyNs: 1e6, reorder: 0.1, duplicate: 0.05, corrupt: 0.02 }),
      stream(count, 10_000),
    );
    const early = arrivals.filter(({ id, ns }) => ns === id * 10_000).length;
    expect(early).to.be.closeTo(count * 1.05 * 0.1, 2 * margin(count, 0.1));
    expect(arrivals.length - count)
      .to.equal(pipes[0]?.duplicated)
      .and.closeTo(1000, margin(count, 0.05));
    const damaged = arrivals.filter(({ intact }) => !intact).length;
    expect(damaged).to.equal(pipes[0]?.corrupted).and.closeTo(400, margin(count, 0.02));
  });

  it("drops early as RED does, and marks instead what understands ECN", async () => {
    const red = { least: 5, most: 15, probability: 0.1, weight: 0.02 };
    // Twice what the wire carries.
    const lines = (ecn: number) => stream(3000, (WIRE_BITS / 20) * 1000, { ecn });
    const network = (ecn: boolean) =>
      pair({
        ...PERFECT,
        bandwidthBps: 10 * MBIT,
        queue: queue({ packets: 100, discipline: "red", red, ecn }),
      });
    const [dropping, marking, deaf] = await Promise.all([
      simulate(network(false), lines(1)),
      simulate(network(true), lines(2)),
      simulate(network(true), lines(0)),
    ]);
    expect(dropping.pipes[0]?.red).to.be.within(1300, 1600);
    expect(dropping.pipes[0]?.marked).to.equal(0);
    expect(marking.pipes[0]?.marked).to.be.above(20);
    expect(marking.arrivals.filter(({ ecn }) => ecn === 3).length).to.equal(marking.pipes[0]?.marked);
    expect(marking.arrivals.every(({ intact }) => intact)).to.equal(true);
    expect(deaf.pipes[0]?.marked).to.equal(0);
  });

  it("changes for the packets that come after; those in it keep their course", async () => {
    const { arrivals, pipes } = await simulate(pair({ ...PERFECT, latencyNs: 10e6 }), [
      packet(0),
      "change 1000000 0 latency=50000000",
      packet(2e6),
      "change 3000000 0 up=0",
      packet(4e6),
    ]);
    expect(arrivals.map(({ ns }) => ns)).to.deep.equal([10e6, 52e6]);
    expect(pipes[0]?.down).to.equal(1);
  });
});
