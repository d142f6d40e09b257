import { expect } from "chai";
import { DieCastError } from "../../../src/errors.js";
import { upperBound } from "../../../src/host/counter_words.js";
import { countersBytes, decodeCounters } from "../../../src/host/links/counters.js";
import { parameterWords, parseNetEvent, setupLines } from "../../../src/host/links/protocol.js";
import { guestNames, PERFECT, star } from "./network.js";

describe("the link core's protocol", () => {
  it("writes a network as lines", () => {
    const network = star(3, {
      ...PERFECT,
      bandwidthBps: 1e6,
      loss: { kind: "independent", probability: 0.5 },
    });
    const options = { network, guests: guestNames(3), seed: 7, sysctls: { "core/somaxconn": "100" } };
    const lines = [...setupLines(options, 1000)];
    expect(lines.slice(0, 6)).to.deep.equal([
      "seed 7",
      "memory 1000",
      "sysctl core/somaxconn 100",
      "guest g0",
      "guest g1",
      "guest g2",
    ]);
    expect(lines).to.include("port 1 eth0 02:dc:00:00:00:02 10.0.0.2/8 fd00::2/64 1500");
    expect(lines).to.include("route 0 3 1");
    expect(lines.find((line) => line.startsWith("pipe"))).to.match(
      /^pipe p0 s0 1 bandwidth=1000000 .*loss=0,1,0.5,1 .*packets=1000 ecn=0 up=1$/,
    );
    expect(lines.at(-1)).to.equal("start");
  });

  it("writes runs of ports as ranges", () => {
    const network = star(8, PERFECT);
    const tables = [[{ pipe: 1, ports: [7, 0, 1, 2, 5, 6] }]];
    const lines = [
      ...setupLines({ network: { ...network, tables }, guests: guestNames(8), seed: 1, sysctls: {} }, 1000),
    ];
    expect(lines).to.include("route 0 1 0-2,5-7");
  });

  it("leaves out what has no limit and writes RED only where it is used", () => {
    const red = { least: 5, most: 15, probability: 0.1, weight: 0.002 };
    const queue = { packets: undefined, bytes: 3000.7, discipline: "red", red, ecn: true } as const;
    expect(parameterWords({ ...PERFECT, queue }))
      .to.contain("bytes=3000 red=5,15,0.1,0.002 ecn=1")
      .and.not.contain("bandwidth");
    expect(parameterWords({ ...PERFECT, queue: { ...queue, discipline: "drop-tail" } })).to.not.contain(
      "red",
    );
  });

  it("refuses names that would break a line", () => {
    const options = { network: star(1, PERFECT), guests: ["a\nstart"], seed: 1, sysctls: {} };
    expect(() => [...setupLines(options, 1000)]).to.throw(DieCastError, "not one line");
  });

  it("refuses messages of another kind", () => {
    expect(parseNetEvent('{"event":"done","id":3}')).to.deep.equal({ event: "done", id: 3 });
    for (const line of [
      "x",
      "null",
      '{"event":"other"}',
      '{"event":"done"}',
      '{"event":"ready","namespaces":["1"]}',
    ]) {
      expect(() => parseNetEvent(line), line).to.throw(DieCastError, "diecast-net sent");
    }
  });

  it("refuses counters of another layout", () => {
    expect(() => decodeCounters(Buffer.alloc(countersBytes(2, 2)), 2, 2, true)).to.throw(
      DieCastError,
      "another layout",
    );
  });

  it("knows the bins of the histogram", () => {
    // As in native/net/histogram.h: 8 bins to each power of two.
    expect([0, 7, 8, 15, 16, 23, 24].map(upperBound)).to.deep.equal([0, 7, 8, 15, 17, 31, 35]);
  });
});
