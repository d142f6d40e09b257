import { expect } from "chai";
import { inheritedArguments, parseInherited } from "../../src/cli/inherited.js";

describe("DIECAST_INHERITED", () => {
  it("becomes options of diecast-launch and a list of descriptors", () => {
    const inherited = parseInherited("ignored=1001 blocked=2 nofile=1024 fds=3,63 closed=1");
    expect(inherited.descriptors).to.deep.equal([3, 63]);
    expect(inherited.closed).to.deep.equal([1]);
    expect(inheritedArguments(inherited).join(" ")).to.equal(
      "--ignored-signals 1001 --blocked-signals 2 --nofile 1024",
    );
  });

  it("may be missing: then nothing counts as ignored", () => {
    const inherited = parseInherited(undefined);
    expect(inherited.descriptors).to.deep.equal([]);
    expect(inheritedArguments(inherited)).to.deep.equal(["--ignored-signals", "0"]);
  });
});
