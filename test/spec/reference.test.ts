import { readFileSync } from "node:fs";
import { expect } from "chai";
import { referenceMarkdown } from "../../src/spec/reference.js";
import { experimentFile, jsonSchema } from "../../src/spec/schema/file.js";
import { ROOT } from "../paths.js";
import { problemsOf } from "./experiments.js";

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

describe("docs/experiment.md", () => {
  const text = readFileSync(`${ROOT}docs/experiment.md`, "utf8");

  it("ends with the reference as the schema gives it (diecast schema --markdown)", () => {
    expect(text.slice(text.indexOf("## The file\n"))).to.equal(referenceMarkdown());
  });

  it("begins with an experiment that is one", async () => {
    const example = /```yaml\n(.*?)```/s.exec(text)?.[1] ?? "";
    expect(await problemsOf(example)).to.deep.equal([]);
  });
});

describe("jsonSchema", () => {
  it("describes every key that people choose", () => {
    const bare: string[] = [];
    const visit = (node: Node, path: string) => {
      for (const [key, value] of Object.entries(node.properties ?? {})) {
        if (value.description === undefined && !path.endsWith(".limits")) bare.push(`${path}.${key}`);
        visit(value, `${path}.${key}`);
      }
      if (typeof node.additionalProperties === "object") visit(node.additionalProperties, path);
      if (node.items !== undefined) visit(node.items, path);
      for (const one of node.anyOf ?? []) visit(one, path);
    };
    visit(jsonSchema() as Node, "");
    expect(bare).to.deep.equal([]);
  });

  it("has only what the file itself may have", () => {
    expect(Object.keys(jsonSchema().properties as object)).to.deep.equal(Object.keys(experimentFile.shape));
  });
});
