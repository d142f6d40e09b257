import { expect } from "chai";
import {
  deviceLines,
  forwardingLines,
  joinLines,
  pipeLines,
} from "../../../../src/host/links/netem/batches.js";
import { wire } from "../../../../src/host/links/netem/wiring.js";
import type { PlannedNetwork } from "../../../../src/plan/plan.js";
import { parseTdf } from "../../../../src/scale/tdf.js";
import { PERFECT, pair, row, star } from "../network.js";

const PATHS = { guest: (name: string) => `/guest/${name}`, node: (number: number) => `/node/${number}` };
const TDF = parseTdf(1, "tdf");

/** Three switches in a ring, a guest at each. */
function ring(): PlannedNetwork {
  const { pipes, ports, switches } = row(3, PERFECT, PERFECT);
  const closing = pipes.length;
  const common = { link: "closing", parameters: PERFECT };
  return {
    switches,
    ports,
    pipes: [
      ...pipes,
      {
        ...common,
        name: "c",
        direction: "forward",
        from: { switch: 2 },
        to: { switch: 0 },
        opposite: closing + 1,
      },
      {
        ...common,
        name: "d",
        direction: "reverse",
        from: { switch: 0 },
        to: { switch: 2 },
        opposite: closing,
      },
    ],
    tables: switches.map(() => []),
  };
}

describe("a network wired by veth pairs and bridges", () => {
  it("has what a guest sends emulated where the guest cannot reach it", () => {
    const { nodes, places } = wire(star(2, PERFECT));
    expect(nodes).to.have.length(1);
    expect(places.map(({ device }) => device)).to.deep.equal(["i0", "p0", "i1", "p1"]);
  });

  it("has a node in the middle of a link between two guests", () => {
    const network = pair(PERFECT);
    const wiring = wire(network);
    expect(wiring.nodes).to.have.length(1);
    expect(wiring.places).to.deep.equal([
      { node: 0, device: "p1" },
      { node: 0, device: "p0" },
    ]);
    expect(pipeLines(network, wiring, 0, TDF).filter((line) => line.includes("ingress"))).to.deep.equal([]);
  });

  it("makes each pair of devices once, with the other end where it belongs", () => {
    const network = row(3, PERFECT, PERFECT);
    const wiring = wire(network);
    const made = wiring.nodes.flatMap((_, node) => deviceLines(network, wiring, node, PATHS));
    const pairs = made.filter((line) => line.includes(" type veth "));
    expect(pairs).to.have.length(4);
    expect(pairs[0]).to.match(/^link add name p0 .* peer name eth0 .* netns \/guest\/g0$/);
    expect(pairs.filter((line) => line.includes("name t"))).to.deep.equal([
      "link add name t4 mtu 65521 type veth peer name t5 mtu 65521 netns /node/1",
      "link add name t6 mtu 65521 type veth peer name t7 mtu 65521 netns /node/2",
    ]);
  });

  it("keeps packets single on their way into and out of guests", () => {
    const network = star(1, PERFECT);
    const [, line] = deviceLines(network, wire(network), 0, PATHS);
    expect(line?.match(/gso_max_segs 1/g)).to.have.length(2);
  });

  it("forwards by the plan's tables alone", () => {
    const network = row(2, PERFECT, PERFECT);
    const wiring = wire(network);
    expect(forwardingLines(network, wiring, 0)).to.deep.equal([
      "fdb replace 02:dc:00:00:00:01 dev p0 master static",
      "fdb replace 02:dc:00:00:00:02 dev t4 master static",
    ]);
    const slaves = joinLines(network, wiring, 0).filter((line) => line.includes("bridge_slave"));
    expect(slaves).to.have.length(2);
    for (const line of slaves) expect(line).to.contain("learning off flood off");
  });

  it("lets broadcasts go round no ring", () => {
    const trunks = wire(ring()).nodes.flatMap(({ trunks }) => trunks);
    const silent = trunks.filter(({ carriesBroadcasts }) => !carriesBroadcasts);
    expect(trunks).to.have.length(6);
    expect(silent).to.have.length(2);
    // Both ends of the same link.
    expect(silent[0]?.peer.device).to.equal(silent[1]?.device);
  });
});
