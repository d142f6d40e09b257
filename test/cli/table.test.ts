import { expect } from "chai";
import { formatTable } from "../../src/cli/table.js";

describe("formatTable", () => {
  it("aligns columns and leaves no blanks at the end of a line", () => {
    expect(
      formatTable([
        ["a", "ok", "x"],
        ["long name", "missing", ""],
      ]),
    ).to.equal("a          ok       x\nlong name  missing\n");
  });
});
