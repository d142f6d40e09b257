import { expect } from "chai";
import type { ExperimentEvent, Link } from "../../src/spec/experiment.js";
import { experiment } from "./experiments.js";

function linksOf(links: readonly object[], more: Record<string, unknown> = {}): readonly Link[] {
  const machines = { slow: { nic: { bandwidth: "10Mbit/s" } }, fast: { nic: { bandwidth: "1Gbit/s" } } };
  const guests = { a: { machine: "slow", count: 2 }, b: { machine: "fast" } };
  return experiment({ machines, guests, network: { switches: ["s"], links }, ...more }).network.links;
}

const BOTH = [
  { from: "a", to: "s" },
  { from: "b", to: "s" },
];

describe("links", () => {
  it("are one for each guest of a group, named for it", () => {
    expect(linksOf(BOTH).map(({ name, group }) => [name, group])).to.deep.equal([
      ["a-1-s", "a-s"],
      ["a-2-s", "a-s"],
      ["b-s", "b-s"],
    ]);
    const named = linksOf([
      { from: "s", to: "a", name: "up" },
      { from: "b", to: "s" },
    ]);
    expect(named.map(({ name, group }) => [name, group])[1]).to.deep.equal(["up-a-2", "up"]);
  });

  it("are as fast as the slower of their ends and what they say", () => {
    const bandwidths = linksOf([
      { from: "a", to: "b" },
      { from: "b", to: "s", bandwidth: "2Gbit/s" },
      { name: "x", from: "b", to: "s", bandwidth: "5Mbit/s" },
    ]).map(({ forward }) => forward.bandwidthBps);
    expect(bandwidths).to.deep.equal([10e6, 10e6, 1e9, 5e6]);
  });

  it("have another direction where they say so", () => {
    const [link] = linksOf([
      { from: "a", to: "s", latency: "1ms", loss: "1%", reverse: { loss: 0 } },
      BOTH[1] as object,
    ]);
    expect(link?.forward).to.deep.include({
      latencyNs: 1e6,
      loss: { kind: "independent", probability: 0.01 },
    });
    expect(link?.reverse).to.deep.include({ latencyNs: 1e6, loss: { kind: "independent", probability: 0 } });
  });

  it("have a queue of the bandwidth-delay product of a round trip, at least 100 packets", () => {
    const packets = (link: object) =>
      linksOf([{ from: "b", to: "s", ...link }, BOTH[0] as object])[0]?.forward.queue.packets;
    expect(packets({ latency: "1ms" })).to.equal(Math.ceil((1e9 * 0.002) / 8 / 1538));
    expect(packets({ latency: "1us" })).to.equal(100);
    expect(packets({ queue: 7 })).to.equal(7);
    expect(packets({ queue: "64KiB" })).to.equal(undefined);
  });

  it("have RED thresholds by the queue unless they say others", () => {
    const red = (link: object) =>
      linksOf([{ from: "b", to: "s", queue: 60, ...link }, BOTH[0] as object])[0]?.forward.queue.red;
    expect(red({})).to.equal(undefined);
    expect(red({ red: true })).to.deep.equal({ least: 10, most: 30, probability: 0.1, weight: 0.002 });
    expect(red({ red: { least: 5, most: 20 } })).to.deep.include({ least: 5, most: 20 });
  });

  it("lose packets in bursts", () => {
    const [link] = linksOf([{ from: "b", to: "s", loss: { toBad: "1%", toGood: 0.3 } }, BOTH[0] as object]);
    expect(link?.forward.loss).to.deep.equal({
      kind: "gilbert-elliott",
      toBad: 0.01,
      toGood: 0.3,
      lossInGood: 0,
      lossInBad: 1,
    });
  });
});

describe("events of links", () => {
  const eventsOf = (...events: object[]) => {
    const guests = { a: { count: 2 }, b: {} };
    const machines = { default: { nic: { bandwidth: "100Mbit/s" } } };
    return experiment({ machines, guests, network: { switches: ["s"], links: BOTH }, events })
      .events as readonly Extract<ExperimentEvent, { kind: "link" }>[];
  };

  it("are for all links of a group, or for one, in the directions that are asked for", () => {
    const both = eventsOf({ at: "1s", link: ["a-s", "b-s"], set: { up: false } });
    expect(both.map(({ links, directions, set }) => [links, directions, set])).to.deep.equal([
      [["a-1-s", "a-2-s", "b-s"], ["forward"], { up: false }],
      [["a-1-s", "a-2-s", "b-s"], ["reverse"], { up: false }],
    ]);
    const one = eventsOf({ at: "1s", link: "a-2-s", direction: "reverse", set: { latency: "5ms" } });
    expect(one).to.deep.equal([
      { kind: "link", atNs: 1e9, links: ["a-2-s"], directions: ["reverse"], set: { latencyNs: 5e6 } },
    ]);
  });

  it("are sorted by time, and a later one begins from what an earlier one has left", () => {
    const queues = eventsOf(
      { at: "2s", link: "b-s", direction: "forward", set: { red: true } },
      { at: "1s", link: "b-s", direction: "forward", set: { queue: 60 } },
    ).map(({ set }) => [set.queue?.packets, set.queue?.red?.most]);
    expect(queues).to.deep.equal([
      [60, undefined],
      [60, 30],
    ]);
  });

  it("cannot make a link faster than its interfaces", () => {
    const [event] = eventsOf({ at: "1s", link: "b-s", direction: "forward", set: { bandwidth: "1Gbit/s" } });
    expect(event?.set).to.deep.equal({ bandwidthBps: 100e6 });
  });
});
