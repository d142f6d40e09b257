import { expect } from "chai";
import { failure, parseEvent } from "../../src/clock/control.js";
import { LineReader } from "../../src/clock/control_line.js";

describe("control messages", () => {
  it("are cut out of the stream wherever it is split", () => {
    const reader = new LineReader();
    expect(reader.push('{"ev')).to.deep.equal([]);
    expect(reader.push('ent":1}\n{"event":2}\n{')).to.deep.equal(['{"event":1}', '{"event":2}']);
    expect(reader.push("}\n")).to.deep.equal(["{}"]);
  });

  it("that are none are errors", () => {
    expect(() => parseEvent("hello")).to.throw('diecast-launch sent what is not JSON: "hello"');
    expect(() => parseEvent("7")).to.throw("diecast-launch sent an unknown message: 7");
  });

  it("about a command that cannot run have a code of their own", () => {
    expect(failure(127, "x: not found").code).to.equal("command-not-found");
    expect(failure(126, "x: is a directory").code).to.equal("command-not-runnable");
    expect(failure(125, "no").code).to.equal("failed");
  });
});
