import { expect } from "chai";
import { netemRefusal, netemStages } from "../../../../src/host/links/netem/pipe.js";
import { parseTdf } from "../../../../src/scale/tdf.js";
import type { PipeParameters } from "../../../../src/spec/experiment.js";
import { PERFECT } from "../network.js";

const ONE = parseTdf(1, "tdf");
const TEN = parseTdf(10, "tdf");

function pipe(parameters: Partial<PipeParameters>): PipeParameters {
  return { ...PERFECT, ...parameters };
}

/** The words that follow one of netem's, up to `count`. */
function following(words: readonly string[], word: string, count = 1): string {
  const at = words.indexOf(word);
  return at < 0 ? "" : words.slice(at + 1, at + 1 + count).join(" ");
}

describe("a pipe by netem", () => {
  it("has bandwidth divided by the TDF, and latency times it", () => {
    const parameters = pipe({ bandwidthBps: 10e6, latencyNs: 20e6 });
    const { sending, travelling } = netemStages(parameters, TEN);
    expect(following(sending, "rate", 2)).to.equal("1000000bit 24");
    expect(following(travelling, "delay")).to.equal("200000.000us");
    expect(following(netemStages(parameters, ONE).sending, "rate")).to.equal("10000000bit");
  });

  it("holds in its queue what the model's holds, and the packet being sent", () => {
    const parameters = pipe({ bandwidthBps: 10e6, queue: { ...PERFECT.queue, packets: 50 } });
    expect(following(netemStages(parameters, TEN).sending, "limit")).to.equal("51");
  });

  it("never drops for want of room what travels: at any TDF as many as the wire holds of the smallest", () => {
    const parameters = pipe({ bandwidthBps: 1e9, latencyNs: 100e6 });
    const smallest = (1e9 * 0.1) / 8 / 66;
    for (const tdf of [ONE, TEN]) {
      const limit = Number(following(netemStages(parameters, tdf).travelling, "limit"));
      expect(limit).to.be.within(smallest, 1.01 * smallest + 1000);
    }
  });

  it("loses packets after they were sent, none, some or all", () => {
    const { sending, travelling } = netemStages(
      pipe({ loss: { kind: "independent", probability: 0.001 } }),
      TEN,
    );
    expect(sending).to.not.include("loss");
    expect(following(travelling, "loss", 2)).to.equal("random 0.100000000%");
    expect(following(netemStages(pipe({ up: false }), TEN).travelling, "loss")).to.equal("100%");
    const bursts = {
      kind: "gilbert-elliott",
      toBad: 0.01,
      toGood: 0.3,
      lossInGood: 0.5,
      lossInBad: 1,
    } as const;
    expect(following(netemStages(pipe({ loss: bursts }), TEN).travelling, "loss", 5)).to.equal(
      "gemodel 1.000000000% 30.000000000% 100.000000000% 50.000000000%",
    );
  });

  it("keeps packets in order by a rate that holds nothing back, unless they may overtake", () => {
    const jitter = { latencyNs: 10e6, jitterNs: 1e6, jitterDistribution: "normal" } as const;
    const orderly = netemStages(pipe(jitter), TEN).travelling;
    expect(following(orderly, "delay", 4)).to.equal("100000.000us 10000.000us distribution normal");
    expect(following(orderly, "rate")).to.equal("1000gbit");
    expect(
      following(netemStages(pipe({ ...jitter, jitterReorders: true }), TEN).travelling, "rate"),
    ).to.equal("0bit");
    expect(following(netemStages(pipe({ latencyNs: 10e6 }), TEN).travelling, "rate")).to.equal("0bit");
  });

  it("sets anew whatever an earlier change may have set", () => {
    const { sending, travelling } = netemStages(PERFECT, ONE);
    expect(following(sending, "rate")).to.equal("0bit");
    expect(travelling).to.include.members(["delay", "loss", "rate"]);
  });

  const refused: [string, Partial<PipeParameters>, RegExp][] = [
    ["a queue in bytes", { queue: { ...PERFECT.queue, packets: undefined, bytes: 65536 } }, /^queue: /],
    [
      "RED",
      {
        queue: {
          ...PERFECT.queue,
          discipline: "red",
          red: { least: 5, most: 15, probability: 0.1, weight: 0.002 },
        },
      },
      /^red: /,
    ],
    ["copies", { duplicate: 0.01 }, /^duplicate: /],
    ["damage", { corrupt: 0.01 }, /^corrupt: /],
    [
      "a jitter longer than 32 bits of ns",
      { latencyNs: 1e9, jitterNs: 0.3e9 },
      /^jitter: netem takes at most 214 ms/,
    ],
    ["a rate below one byte a second", { bandwidthBps: 70 }, /^bandwidth: /],
    ["a rate that whole bytes cannot give", { bandwidthBps: 12_345 }, /^bandwidth: /],
    ["more packets under way than it counts", { bandwidthBps: 1e12, latencyNs: 10e9 }, /^latency: /],
  ];
  for (const [what, parameters, reason] of refused) {
    it(`is refused for ${what}`, () => {
      expect(netemRefusal(pipe(parameters), TEN)).to.match(reason);
    });
  }

  it("is refused for nothing else", () => {
    expect(
      netemRefusal(pipe({ bandwidthBps: 1e6, latencyNs: 1e9, jitterNs: 0.2e9, reorder: 0.1 }), TEN),
    ).to.equal(undefined);
  });
});
