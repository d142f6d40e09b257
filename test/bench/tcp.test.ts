import { expect } from "chai";
import { intoBatches } from "../../bench/tcp/batches.js";
import { cellKey, type Flow, flowsOf, packetsPerSecond, queuePackets } from "../../bench/tcp/cells.js";
import { bulkExperiment } from "../../bench/tcp/experiment.js";
import { between } from "../../bench/tcp/publish.js";
import { whyNotCarried } from "../../bench/tcp/results.js";
import { blurredDistance, distributionPoints, meanOf } from "../../bench/tcp/statistics.js";
import { drawFigure } from "../../bench/tcp/svg.js";
import { ksDistance } from "../../src/compare/statistics/kolmogorov_smirnov.js";
import { planExperiment } from "../../src/plan/planner.js";
import { parseTdf } from "../../src/scale/tdf.js";
import { experimentFromDocument } from "../../src/spec/load.js";

const GRID = {
  congestion: ["reno", "bbr"],
  bandwidthsMbit: [10, 1000],
  roundTripsMs: [10, 200],
  losses: [0, 0.01],
  seeds: 3,
};
const DURATION = { warmupS: 6, measureS: 8 };

describe("bench:tcp", () => {
  describe("blurredDistance", () => {
    const sample = (...values: number[]) => Float64Array.from(values).sort();

    it("is the Kolmogorov–Smirnov distance without a blur", () => {
      const [a, b] = [sample(1, 2, 2, 3, 7, 9), sample(2, 2, 4, 5, 9)];
      expect(blurredDistance(a, b, 0)).to.be.closeTo(ksDistance(a, b) as number, 1e-12);
      expect(blurredDistance(b, a, 0)).to.be.closeTo(ksDistance(a, b) as number, 1e-12);
    });

    it("forgives what moving one sample by the blur explains, and nothing more", () => {
      const [a, b] = [sample(10, 20, 30, 40), sample(12, 22, 32, 42)];
      expect(blurredDistance(a, b, 0)).to.equal(0.25);
      expect(blurredDistance(a, b, 2)).to.equal(0);
      expect(blurredDistance(a, sample(12, 22, 38, 48), 2)).to.equal(0.25);
    });

    it("knows nothing of an empty sample", () => {
      expect(blurredDistance(sample(), sample(1), 0)).to.equal(undefined);
    });
  });

  it("takes the mean's standard error from the scatter of the seeds", () => {
    expect(meanOf([4, 8])).to.deep.equal({ value: 6, standardError: 2, count: 2 });
    expect(meanOf([5]).standardError).to.equal(0);
  });

  it("draws a distribution function from its least to its greatest value", () => {
    expect(distributionPoints(Float64Array.of(1, 2, 3, 4, 5), 3)).to.deep.equal([
      [1, 0],
      [3, 0.5],
      [5, 1],
    ]);
  });

  it("repeats only flows whose rate losses decide", () => {
    const counts = new Map<string, number>();
    for (const { cell } of flowsOf(GRID)) counts.set(cellKey(cell), (counts.get(cellKey(cell)) ?? 0) + 1);
    expect(counts.get("reno-1000mbit-200ms-0.01")).to.equal(3);
    expect(counts.get("reno-10mbit-10ms-0")).to.equal(1);
    expect(counts.get("bbr-1000mbit-10ms-0.01")).to.equal(1);
  });

  it("puts every flow in one batch, within the budget wherever a flow is not too much by itself", () => {
    const flows = flowsOf(GRID);
    const budget = { packetsPerSecond: 30_000, bufferBytes: 1e9, flows: 600 };
    for (const tdf of [1, 10, 50]) {
      const batches = intoBatches(flows, tdf, budget);
      expect(batches.flat().map(({ slot }) => slot)).to.have.members(flows.map(({ slot }) => slot));
      for (const batch of batches.filter(({ length }) => length > 1)) {
        const packets = batch.reduce((sum, { cell }) => sum + packetsPerSecond(cell) / tdf, 0);
        expect(packets).to.be.at.most(budget.packetsPerSecond);
      }
    }
    expect(intoBatches(flows, 50, budget)).to.have.length.below(intoBatches(flows, 1, budget).length);
  });

  it("loses the same packets of a flow whichever others run beside it: its pipe has the same number", () => {
    const flows = flowsOf(GRID);
    const some = flows.filter((_, i) => i % 3 === 1);
    for (const flow of some) expect(bottleneckOf(some, flow)).to.deep.equal(bottleneckOf(flows, flow));
  });

  it("gives a path its round trip, its loss towards the receiver alone, and a queue of a bandwidth-delay product", () => {
    const flow = flowsOf(GRID).find(({ cell }) => cellKey(cell) === "bbr-1000mbit-200ms-0.01") as Flow;
    const { pipes, ports } = networkOf([flow]);
    const ofGuests = pipes.filter((pipe) => "port" in pipe.from || "port" in pipe.to);
    expect(ofGuests.reduce((sum, { parameters }) => sum + parameters.latencyNs, 0)).to.equal(200e6);
    const lossy = ofGuests.filter(
      ({ parameters }) => parameters.loss.kind === "independent" && parameters.loss.probability > 0,
    );
    expect(lossy).to.have.length(1);
    const [{ to, parameters } = { to: undefined, parameters: undefined }] = lossy;
    expect(to !== undefined && "port" in to && ports[to.port]?.guest).to.equal(`r${flow.slot}`);
    expect(parameters?.queue.packets).to.equal(queuePackets(flow.cell)).and.to.equal(16_255);
  });

  it("replaces what is between a page's marks, and nothing else", () => {
    const page = "a\n<!-- results -->\nold\n<!-- end of results -->\nb\n";
    const replaced = between(page, "results", "new");
    expect(replaced).to.equal("a\n<!-- results -->\n\nnew\n<!-- end of results -->\nb\n");
    expect(between(replaced, "results", "newer"))
      .to.include("newer")
      .and.not.include("new\n");
    expect(() => between("a\n", "results", "new")).to.throw('expected "<!-- results -->"');
  });

  it("takes a flow that the host slowed down for no result, and one that the link did for one", () => {
    const cell = { congestion: "reno", bandwidthMbit: 1000, roundTripMs: 10, loss: 0 };
    const result = {
      ...{ tdf: 1, backend: "core", cell, repetition: 0, sender: "", receiver: "", why: "", inOrderBps: 0 },
      ...{
        retransmittedShare: 0,
        medianRoundTripMs: 10,
        heldUpShare: 0,
        largestPacketBytes: 1500,
        latenessNs: 0,
      },
      ...{ goodputBps: 630e6, ranDryShare: 0, hostBusyShare: 0.9, verdict: "trustworthy", reasons: [] },
    };
    expect(whyNotCarried(result)).to.include("90 % busy");
    expect(whyNotCarried({ ...result, goodputBps: 941e6 })).to.equal(undefined);
    expect(whyNotCarried({ ...result, tdf: 10 })).to.equal(undefined);
    expect(whyNotCarried({ ...result, goodputBps: 941e6, ranDryShare: 0.1 })).to.include("kept waiting");
    const broken = { ...result, tdf: 10, verdict: "not trustworthy", reasons: ["late"] };
    expect(whyNotCarried(broken)).to.equal("late");
  });

  it("draws text that is not markup", () => {
    const axis = { label: "a < b & c" };
    const series = [
      {
        label: "one",
        colour: 0,
        points: [
          [0, 0],
          [1, 2],
        ] as const,
      },
    ];
    const svg = drawFigure("KS < 0.1", [{ title: "panel", series, x: axis, y: axis }]);
    expect(svg).to.include("KS &lt; 0.1").and.to.include("a &lt; b &amp; c");
    expect(svg).to.match(/<polyline points="52,182 318,26"/);
  });
});

function networkOf(flows: readonly Flow[]) {
  const { document } = bulkExperiment(flows, DURATION, { backend: "core" });
  const experiment = experimentFromDocument(document, { directory: ".", file: "experiment.yaml" });
  return planExperiment(experiment, { tdf: parseTdf("10", "tdf") }).network;
}

function bottleneckOf(flows: readonly Flow[], { slot }: Flow): number[] {
  const { pipes, ports } = networkOf(flows);
  return pipes.flatMap(({ to }, i) => ("port" in to && ports[to.port]?.guest === `r${slot}` ? [i] : []));
}
