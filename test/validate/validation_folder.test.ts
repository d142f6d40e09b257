import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parseTdfs } from "../../src/cli/validate.js";
import { discardUnbegun } from "../../src/validate/validation_folder.js";
import { Folder } from "../metrics/folder.js";

describe("discardUnbegun", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
    mkdirSync(join(folder.path, "new", "runs"), { recursive: true });
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });
  const path = () => join(folder.path, "new");

  it("removes what has neither a record nor a run", () => {
    discardUnbegun(path());
    expect(existsSync(path())).to.equal(false);
  });

  it("keeps what a run has left, and what it cannot read, and never throws", () => {
    mkdirSync(join(path(), "runs", "tdf1-1"));
    discardUnbegun(path());
    expect(existsSync(join(path(), "runs", "tdf1-1"))).to.equal(true);
    folder.write("new/validation.json", "{");
    discardUnbegun(path());
    expect(existsSync(path())).to.equal(true);
    discardUnbegun(join(folder.path, "nowhere"));
  });
});

describe("--tdf of a validation", () => {
  it("has a folder's name for each", () => {
    expect(parseTdfs("1/3, 1")).to.deep.equal(["1/3", "1"]);
    expect(() => parseTdfs("1/3,0.333333")).to.throw(
      "--tdf: expected TDFs that differ in their first six digits",
    );
    expect(() => parseTdfs("1,2/2")).to.throw("--tdf: expected at least two different TDFs");
  });
});
