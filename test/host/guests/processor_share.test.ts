import { expect } from "chai";
import type { GuestGroups } from "../../../src/host/cgroup/run_groups.js";
import { ProcessorShare } from "../../../src/host/guests/processor_share.js";
import { type CpuBandwidth, cpuBandwidth, parseCores } from "../../../src/scale/cpu.js";
import { parseTdf } from "../../../src/scale/tdf.js";

describe("a guest's share of processors", () => {
  let written: CpuBandwidth[];
  let cpuRealNs: number;

  function shareOf(cores: string | undefined, tdf: string): ProcessorShare {
    written = [];
    cpuRealNs = 0;
    const groups = {
      limitProcessors: (bandwidth: CpuBandwidth) => written.push(bandwidth),
      usage: () => ({ cpuRealNs }),
    };
    const parsed = cores === undefined ? undefined : parseCores(cores, "cpu");
    const [plannedTdf, option] = [parseTdf(tdf, "tdf"), "cpu"];
    const plan = parsed && { cores: parsed, bandwidth: cpuBandwidth(parsed, plannedTdf, option) };
    return new ProcessorShare(groups as unknown as GuestGroups, plan, plannedTdf);
  }

  const last = () => {
    const { quotaUs, periodUs } = written.at(-1) as CpuBandwidth;
    return { bandwidth: written.at(-1), quotaUs: Number(quotaUs), share: Number(quotaUs) / Number(periodUs) };
  };

  it("keeps its speed when its turns change, and its turns when its speed does", () => {
    const share = shareOf("0.2", "10");
    expect(share.follow(1.5, 1.5)).to.be.closeTo(1.5, 1e-5);
    expect(last().share).to.be.closeTo(0.03, 1e-4);
    expect(last().quotaUs).to.be.below(2000);
    share.takeTurns("long");
    expect(last().share).to.be.closeTo(0.03, 1e-4);
    expect(last().quotaUs).to.equal(4000);
    share.follow(0.8, 0.8);
    expect(last().share).to.be.closeTo(0.016, 1e-4);
    expect(last().quotaUs).to.equal(4000);
    share.takeTurns("short");
    expect(last().quotaUs).to.be.below(2000);
    expect(written).to.have.length(4);
  });

  it("counts what is used by what its share was meant to be then, whatever its turns", () => {
    const share = shareOf("0.2", "10");
    cpuRealNs = 100;
    share.follow(2, 2);
    cpuRealNs = 300;
    share.takeTurns("long");
    expect(share.usage().cpuNominalNs).to.be.closeTo(200, 1e-3);
    cpuRealNs = 500;
    expect(share.usage().cpuNominalNs).to.be.closeTo(300, 1e-3);
  });

  it("is not written again as it is", () => {
    // A whole core has turns of 8 ms anyhow.
    const share = shareOf("1", "10");
    share.takeTurns("long");
    share.takeTurns("short");
    share.follow(1, 1);
    // Nor as it was planned.
    expect(written).to.deep.equal([]);
    share.follow(1.5, 1.5);
    share.follow(1.5, 1.2);
    expect(written).to.have.length(1);
    expect(share.bandwidth).to.deep.equal(last().bandwidth);
    const none = shareOf(undefined, "10");
    none.takeTurns("long");
    expect(none.follow(2, 2)).to.equal(2);
    expect(written).to.deep.equal([]);
  });
});
