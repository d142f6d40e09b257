import { expect } from "chai";
import { DieCastError } from "../../../src/errors.js";
import { chooseLinks } from "../../../src/host/links/choose.js";
import { planExperiment } from "../../../src/plan/planner.js";
import { parseTdf } from "../../../src/scale/tdf.js";
import { experiment } from "../../spec/experiments.js";

const THERE = () => undefined;
const MISSING = () => ({ problem: "Specified qdisc kind is unknown.", remedy: "modprobe sch_netem" });

function planOf(backend: string, link: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
  const network = { backend, links: [{ from: "a", to: "b", bandwidth: "1Mbit/s", ...link }] };
  return planExperiment(experiment({ guests: { a: {}, b: {} }, network, ...more }), {
    tdf: parseTdf(10, "tdf"),
  });
}

describe("chooseLinks", () => {
  it("auto takes netem where the kernel has it", () => {
    expect(chooseLinks(planOf("auto"), THERE)).to.deep.equal({
      backend: "netem",
      reason: "this kernel has it",
    });
  });

  it("auto takes the core where it has not, and says why", () => {
    expect(chooseLinks(planOf("auto"), MISSING)).to.deep.equal({
      backend: "core",
      reason: "this kernel's netem: Specified qdisc kind is unknown.",
    });
  });

  it("auto takes the core for links that netem cannot be, and says which", () => {
    const { backend, reason } = chooseLinks(planOf("auto", { corrupt: "1%" }), THERE);
    expect(backend).to.equal("core");
    expect(reason).to.match(/^link a-b: corrupt: /);
  });

  it("looks at what events make of links", () => {
    const events = [{ at: "1s", link: "a-b", set: { duplicate: "1%" } }];
    const { backend, reason } = chooseLinks(planOf("auto", {}, { events }), THERE);
    expect(backend).to.equal("core");
    expect(reason).to.match(/^link a-b: duplicate: /);
  });

  it("core takes the core, and nothing is tried", () => {
    const choice = chooseLinks(planOf("core"), () => {
      throw new Error("tried");
    });
    expect(choice.backend).to.equal("core");
  });

  it("netem is refused with the reason and what to do", () => {
    expect(() => chooseLinks(planOf("netem"), MISSING))
      .to.throw(DieCastError, "Specified qdisc kind is unknown")
      .with.property("remedy", "modprobe sch_netem");
    expect(() => chooseLinks(planOf("netem", { queue: "64KiB" }), THERE))
      .to.throw(DieCastError, "link a-b: queue: netem counts packets")
      .with.property("remedy", "use core, or auto");
  });
});
