import { expect } from "chai";
import { firstLine, linesWithin } from "../../src/metrics/lines.js";
import { Folder } from "./folder.js";

describe("linesWithin", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  async function read(text: string | Uint8Array, begin = 0, end = text.length) {
    const faults = { overlong: 0, unended: false };
    const lines: string[] = [];
    for await (const some of linesWithin(folder.write("x", text), begin, end, faults)) lines.push(...some);
    return { lines, ...faults };
  }

  it("yields the lines of a whole file without their ends", async () => {
    expect(await read("one\ntwo\r\n\nfour\n")).to.deep.equal({
      lines: ["one", "two", "", "four"],
      overlong: 0,
      unended: false,
    });
  });

  it("puts each line into just one of two windows, the one in which it ends, wherever they touch", async () => {
    const text = "ab\ncde\n\nf\n";
    for (let border = 0; border <= text.length; border++) {
      const before = await read(text, 0, border);
      const after = await read(text, border, text.length);
      expect([...before.lines, ...after.lines], `border at ${border}`).to.deep.equal(["ab", "cde", "", "f"]);
      const ended = text.slice(0, border).split("\n").length - 1;
      expect(before.lines, `border at ${border}`).to.have.length(ended);
    }
  });

  it("does not count a line that has not ended", async () => {
    expect(await read("12\n3")).to.deep.equal({ lines: ["12"], overlong: 0, unended: true });
  });

  it("keeps characters whole that lie on a border of what is read at once", async () => {
    const line = `${"x".repeat(64 * 1024 - 1)}é`;
    expect((await read(Buffer.from(`${line}\nnext\n`))).lines).to.deep.equal([line, "next"]);
  });

  it("finds the beginning of a line far back", async () => {
    const line = "y".repeat(300_000);
    expect((await read(`a\n${line}\nb\n`, 250_000)).lines).to.deep.equal([line, "b"]);
  });

  it("leaves out a line of more than 1 MiB and goes on behind it", async () => {
    const text = `a\n${"z".repeat(3 * 2 ** 20)}\nb\n`;
    expect(await read(text)).to.deep.equal({ lines: ["a", "b"], overlong: 1, unended: false });
    expect(await read(text, 2 * 2 ** 20)).to.deep.equal({ lines: ["b"], overlong: 1, unended: false });
  });

  it("stops at the end of a file that is shorter than was said", async () => {
    expect((await read("a\nb\n", 0, 1000)).lines).to.deep.equal(["a", "b"]);
  });
});

describe("firstLine", () => {
  it("is undefined while there is none that is complete", async () => {
    const folder = new Folder();
    expect(await firstLine(folder.write("x", "at,ms"))).to.equal(undefined);
    expect(await firstLine(folder.write("x", "at,ms\n1,2\n"))).to.equal("at,ms");
    folder.close(undefined);
  });
});
