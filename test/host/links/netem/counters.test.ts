import { expect } from "chai";
import { DieCastError } from "../../../../src/errors.js";
import { pipeCounters, portsByDevice, stagesByDevice } from "../../../../src/host/links/netem/counters.js";

const COMMON = { kind: "netem", dev: "p0", overlimits: 0, requeues: 0 };
const SENDING = {
  ...COMMON,
  handle: "1:",
  root: true,
  bytes: 90_000,
  packets: 90,
  drops: 15,
  backlog: 5000,
  qlen: 7,
};
const TRAVELLING = {
  ...COMMON,
  handle: "2:",
  parent: "1:1",
  bytes: 90_000,
  packets: 90,
  drops: 10,
  backlog: 2000,
  qlen: 2,
};

function stages() {
  const found = stagesByDevice([{ kind: "noqueue", dev: "p0", handle: "0:" }, SENDING, TRAVELLING]).get("p0");
  if (found === undefined) throw new Error("not found");
  return found;
}

describe("counters of links by netem", () => {
  it("tells the queue's drops from losses on the way", () => {
    const counters = pipeCounters(stages(), { total: 0, down: 0 }, true);
    expect(counters.drops).to.deep.equal({ queue: 5, red: 0, loss: 10, down: 0 });
    expect(counters).to.include({ packets: 102, queuePackets: 5, queueBytes: 3000 });
    // 90 delivered, 2 under way, 10 lost as large as the others.
    expect(counters.wireBytes).to.equal(90_000 + 2000 + 10_000 + 24 * 102);
  });

  it("tells what was lost while the cable was out", () => {
    expect(pipeCounters(stages(), { total: 4, down: 0 }, false).drops).to.include({ loss: 4, down: 6 });
    expect(pipeCounters(stages(), { total: 6, down: 6 }, true).drops).to.include({ loss: 4, down: 6 });
    expect(pipeCounters(stages(), { total: 6, down: 6 }, true).packets).to.equal(96);
  });

  it("knows a device only with both stages", () => {
    expect(stagesByDevice([SENDING]).size).to.equal(0);
  });

  it("has what a guest sends from what the other end receives", () => {
    const stats64 = {
      rx: { bytes: 700, packets: 7, dropped: 1 },
      tx: { bytes: 900, packets: 9, dropped: 2 },
    };
    expect(portsByDevice([{ ifname: "p3", stats64 }]).get("p3")).to.deep.equal({
      sentPackets: 7,
      sentBytes: 700,
      receivedPackets: 9,
      receivedBytes: 900,
      unasked: 3,
    });
  });

  it("refuses answers of another kind", () => {
    expect(() => stagesByDevice({})).to.throw(DieCastError, "tc");
    expect(() => portsByDevice("no")).to.throw(DieCastError, "ip");
  });
});
