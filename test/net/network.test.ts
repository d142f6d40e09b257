import { expect } from "chai";
import { PERFECT, pair, row, star } from "../host/links/network.js";
import { packet, simulate } from "./model.js";

describe("an emulated network", () => {
  it("forwards hop by hop, each pipe at its own pace", async () => {
    const trunk = { ...PERFECT, latencyNs: 3e6, bandwidthBps: 1e6 };
    const { arrivals } = await simulate(row(4, { ...PERFECT, latencyNs: 1e6 }, trunk), [
      packet(0),
      packet(0, { from: 1, to: 0 }),
    ]);
    const due = 2 * 1e6 + 3 * (3e6 + (1514 + 24) * 8 * 1000);
    expect(arrivals.map(({ id, port, ns }) => [id, port, ns])).to.deep.equal([
      [0, 1, due],
      [1, 0, due],
    ]);
  });

  it("gives a frame to its addressee alone, and a broadcast to all others once", async () => {
    const one = await simulate(star(5, PERFECT), [packet(0, { from: 2, to: 4 })]);
    expect(one.arrivals.map(({ port }) => port)).to.deep.equal([4]);
    const all = await simulate(star(5, PERFECT), [packet(0, { from: 2, to: "*" })]);
    expect(all.arrivals.map(({ port }) => port).sort()).to.deep.equal([0, 1, 3, 4]);
  });

  it("floods along a tree where switches form a ring", async () => {
    const ring = row(4, PERFECT, PERFECT);
    const first = ring.pipes.length;
    const closing = { name: "ring", link: "ring", parameters: PERFECT };
    // Joins the last switch to the first; the tables do not use it.
    const pipes = [
      ...ring.pipes,
      {
        ...closing,
        direction: "forward",
        from: { switch: 3 },
        to: { switch: 0 },
        opposite: first + 1,
      } as const,
      { ...closing, direction: "reverse", from: { switch: 0 }, to: { switch: 3 }, opposite: first } as const,
    ];
    const { arrivals, pipes: counters } = await simulate({ ...ring, pipes }, [packet(0, { to: "*" })]);
    expect(arrivals.map(({ port }) => port)).to.deep.equal([1]);
    expect(counters[first]?.packets).to.equal(0);
    expect(counters[first + 1]?.packets).to.equal(0);
  });

  it("holds a bounded memory of packets, of which one port cannot take all", async () => {
    const memoryBytes = 2 ** 20;
    const slow = star(4, { ...PERFECT, latencyNs: 1e9 });
    const flood = Array.from({ length: 1000 }, () => packet(0, { from: 0, to: 1 }));
    const { arrivals, abandoned } = await simulate(slow, [...flood, packet(1, { from: 2, to: 3 })], {
      memoryBytes,
    });
    expect(abandoned).to.equal(1000 - 256);
    expect(arrivals.some(({ port }) => port === 3)).to.equal(true);
  });

  it("gives packets of one moment in the order they were sent", async () => {
    const { arrivals } = await simulate(
      pair({ ...PERFECT, latencyNs: 1e6 }),
      Array.from({ length: 500 }, () => packet(0)),
    );
    expect(arrivals.map(({ id }) => id)).to.deep.equal(Array.from({ length: 500 }, (_, i) => i));
  });
});
