import { expect } from "chai";
import { planExperiment } from "../../src/plan/planner.js";
import type { PlanFile } from "../../src/report/read/run_files.js";
import { topologyOf } from "../../src/report/topology.js";
import { planRecord } from "../../src/run/record.js";
import { parseTdf } from "../../src/scale/tdf.js";
import { experiment } from "../spec/experiments.js";

/** What a report finds in plan.json. */
function planFile(more: Record<string, unknown>): PlanFile {
  const plan = planRecord(planExperiment(experiment(more), { tdf: parseTdf("10", "tdf") }));
  return JSON.parse(
    JSON.stringify(plan, (_key, value) => (typeof value === "bigint" ? Number(value) : value)),
  ) as PlanFile;
}

describe("topologyOf", () => {
  it("draws guests of a group as one, with their links' figures", () => {
    const { nodes, links } = topologyOf(
      planFile({
        machines: { small: { cpu: 0.1, nic: { bandwidth: "10Mbit/s" } } },
        guests: { web: {}, client: { machine: "small", count: 300 } },
        network: {
          switches: ["core", "edge"],
          links: [
            { from: "web", to: "core", latency: "1ms" },
            { from: "client", to: "edge", latency: "10ms", jitter: "1ms", loss: "1%", reverse: { loss: 0 } },
            { from: "core", to: "edge", bandwidth: "50Mbit/s" },
          ],
        },
      }),
    );
    expect(nodes).to.deep.equal([
      { kind: "switch", label: "core", count: 1, figures: "" },
      { kind: "switch", label: "edge", count: 1, figures: "" },
      { kind: "guests", label: "web", count: 1, figures: "" },
      { kind: "guests", label: "client", count: 300, figures: "0.1 cores" },
    ]);
    expect(links).to.deep.equal([
      { from: 2, to: 0, count: 1, forward: "1 ms", reverse: "1 ms" },
      {
        from: 3,
        to: 1,
        count: 300,
        forward: "10 ms ± 1 ms, 10 Mbit/s, loss 1 %",
        reverse: "10 ms ± 1 ms, 10 Mbit/s",
      },
      { from: 0, to: 1, count: 1, forward: "50 Mbit/s", reverse: "50 Mbit/s" },
    ]);
  });

  it("keeps guests of a group apart that hang on different switches", () => {
    const { nodes } = topologyOf(
      planFile({
        guests: { a: { count: 3 } },
        network: {
          switches: ["s", "t"],
          links: [
            { from: "a-1", to: "s" },
            { from: "a-2", to: "t" },
            { from: "a-3", to: "t" },
            { from: "s", to: "t" },
          ],
        },
      }),
    );
    expect(nodes.filter(({ kind }) => kind === "guests").map(({ count }) => count)).to.deep.equal([1, 2]);
  });

  it("stays an overview with 500 groups, all different", () => {
    const names = Array.from({ length: 500 }, (_, i) => `g${i}`);
    const { nodes, links, joinedBy } = topologyOf(
      planFile({
        guests: Object.fromEntries(names.map((name) => [name, {}])),
        network: {
          switches: ["s"],
          links: names.map((name, i) => ({ from: name, to: "s", latency: `${i + 1}ms` })),
        },
      }),
    );
    expect(joinedBy).to.equal("neighbours");
    expect(nodes).to.have.length(2);
    expect(nodes[1]).to.deep.include({ label: "g0, g1 and 498 more", count: 500 });
    expect(links).to.deep.equal([
      { from: 1, to: 0, count: 500, forward: "1 ms to 500 ms", reverse: "1 ms to 500 ms" },
    ]);
  });
});
