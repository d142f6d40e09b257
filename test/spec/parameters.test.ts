import { expect } from "chai";
import { load, problemsOf, problemsWith, QUICKSTART } from "./experiments.js";

const PARAMETERS = `
parameters:
  clients: guests.client.count
  cpu: [machines.server.cpu, machines.client.cpu]
  size:
    small: { guests.client.count: 5, phases.measure: 15s }
    large: { guests.client.count: 64 }
`;
const WITH = QUICKSTART + PARAMETERS;

describe("parameters of an experiment", () => {
  it("leave it as it is while none is set", async () => {
    const [plain, parametrized] = [await load(QUICKSTART), await load(WITH)];
    expect({ ...parametrized.experiment, directory: "" }).to.deep.equal({
      ...plain.experiment,
      directory: "",
    });
  });

  it("set one field, or several at once", async () => {
    const { experiment } = await load(WITH, ["clients=3", "cpu=3/4"]);
    expect(experiment.guests.map(({ count }) => count)).to.deep.equal([1, 3]);
    for (const { machine } of experiment.guests) expect(machine.cores).to.deep.equal({ num: 3n, den: 4n });
  });

  it("set what a choice has", async () => {
    const { experiment } = await load(WITH, ["size=small"]);
    expect(experiment.guests[1]?.count).to.equal(5);
    expect(experiment.phases.measureNs).to.equal(15e9);
    expect((await load(WITH, ["size=large"])).experiment.phases.measureNs).to.equal(20e9);
  });

  it("count in the order of the options", async () => {
    expect((await load(WITH, ["size=large", "clients=3"])).experiment.guests[1]?.count).to.equal(3);
    expect((await load(WITH, ["clients=4", "size=large"])).experiment.guests[1]?.count).to.equal(64);
  });

  it("are in the record as fields that are set, so that it is the same experiment without them", async () => {
    const { document } = await load(WITH, ["size=small"]);
    expect(document).to.have.nested.property("guests.client.count", 5);
    expect(document).to.have.nested.property("phases.measure", "15s");
  });

  const bad: [set: string, problem: string][] = [
    ["size=huge", '--set size=huge: size has no "huge"; there is small, large'],
    ["size=smal", '--set size=smal: size has no "smal"; did you mean "small"?'],
    [
      "clients=none",
      '--set clients=none: guests.client.count: expected a number of guests from 1 to 10000, found "none"',
    ],
  ];
  for (const [set, problem] of bad) {
    it(`refuse --set ${set}`, async () => {
      expect(await problemsOf(WITH, [set])).to.deep.equal([problem]);
    });
  }

  const wrong: [what: string, parameters: unknown, problem: string | RegExp][] = [
    [
      "no field",
      { a: [] },
      /^parameters\.a: expected the path of a field, a list of them, or a map of choices/,
    ],
    ["a number", { a: 5 }, /^parameters\.a: expected the path of a field.*found 5$/],
    [
      "the name of a key",
      { seed: "sample" },
      'parameters.seed: expected a name that is no key of the file, found "seed"',
    ],
    [
      "a guest that is not there",
      { c: { x: { "guests.web.count": 2 } } },
      'parameters.c.x.guests.web.count: guests has no "web"; there is a',
    ],
    [
      "one in a list",
      { a: ["guests.a.count", "guests.web.count"] },
      'parameters.a[1]: guests has no "web"; there is a',
    ],
    [
      "no path",
      { a: "guests..count" },
      'parameters.a: expected a path such as guests.web.count, found "guests..count"',
    ],
  ];
  for (const [what, parameters, problem] of wrong) {
    it(`may not name ${what}`, () => {
      const [found = ""] = problemsWith({ parameters });
      if (typeof problem === "string") expect(found).to.equal(problem);
      else expect(found).to.match(problem);
    });
  }
});

describe("--set", () => {
  it("changes one of several places that share an alias", async () => {
    const text =
      "name: x\nguests:\n  a: &a { run: 'true', env: { A: 1 } }\n  b: *a\nphases: { measure: 1s }\n";
    const { experiment } = await load(text, ["guests.b.env.A=2", "guests.a.count=3"]);
    expect(experiment.guests.map(({ count, environment }) => [count, environment.A])).to.deep.equal([
      [3, "1"],
      [1, "2"],
    ]);
  });
});
