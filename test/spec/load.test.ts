import { expect } from "chai";
import { experimentFromDocument, loadExperiment } from "../../src/spec/load.js";
import { load, problemsOf, QUICKSTART } from "./experiments.js";

describe("loadExperiment", () => {
  it("reads an experiment with every default filled in", async () => {
    const { experiment } = await load(QUICKSTART);
    expect(experiment.guests.map(({ instances }) => instances.length)).to.deep.equal([1, 8]);
    expect(experiment.guests[1]?.instances[2]).to.equal("client-3");
    expect(experiment.guests[0]).to.deep.include({
      workingDirectory: "/experiment",
      user: "root",
      ready: { kind: "tcp", port: 8080, timeoutNs: 30e9 },
      restart: { when: "never", delayNs: 1e9, most: 10 },
      stop: { signal: "SIGTERM", graceNs: 2e9 },
    });
    expect(experiment.phases).to.deep.equal({ readyNs: 60e9, warmupNs: 5e9, measureNs: 20e9 });
    expect(experiment.events).to.deep.equal([
      {
        kind: "link",
        atNs: 12e9,
        links: ["core-edge"],
        directions: ["forward"],
        set: { loss: { kind: "independent", probability: 0.05 } },
      },
      {
        kind: "link",
        atNs: 12e9,
        links: ["core-edge"],
        directions: ["reverse"],
        set: { loss: { kind: "independent", probability: 0.05 } },
      },
      { kind: "guest", atNs: 15e9, guests: ["client-3"], action: { kind: "kill" } },
    ]);
    expect(experiment.metrics.map(({ kind }) => kind)).to.deep.equal(["pattern", "csv"]);
  });

  it("gives the document, from which the same experiment can be made again", async () => {
    const { experiment, document } = await load(QUICKSTART, ["guests.client.count=4"]);
    const copy: unknown = JSON.parse(JSON.stringify(document));
    const again = experimentFromDocument(copy, { directory: experiment.directory, file: "experiment.json" });
    expect(again).to.deep.equal(experiment);
    expect(again.guests[1]?.count).to.equal(4);
  });

  it("reads JSON, aliases and merged keys", async () => {
    expect(
      await problemsOf('{"name":"x","guests":{"a":{"run":"true"}},"phases":{"measure":"1s"}}'),
    ).to.deep.equal([]);
    const merged =
      "name: x\nguests:\n  a: &a { run: 'true', count: 2 }\n  b: { <<: *a, count: 3 }\nphases: { measure: 1s }\n";
    expect((await load(merged)).experiment.guests.map(({ count }) => count)).to.deep.equal([2, 3]);
  });

  const bad: [what: string, text: string | Uint8Array, problem: string][] = [
    ["an empty file", "# nothing\n", "experiment.yaml:1:1: expected an experiment, found an empty file"],
    [
      "a key given twice",
      "name: a\nname: b\n",
      "experiment.yaml:2:1: this key is there already; each may be given once",
    ],
    ["a tab", "\tname: a\n", "experiment.yaml:1:1: expected spaces as indentation, found a tab"],
    [
      "a second document",
      "name: a\n---\nname: b\n",
      "experiment.yaml:2:1: expected one document, found a second one",
    ],
    ["an unknown tag", "name: !x a\n", "experiment.yaml:1:7: Unresolved tag: !x"],
    [
      "other bytes than UTF-8",
      Uint8Array.of(0xff, 0xfe),
      "experiment.yaml: expected text in UTF-8, found other bytes",
    ],
    ["a huge file", new Uint8Array(5 * 2 ** 20), "experiment.yaml: expected at most 4 MiB, found more"],
  ];
  for (const [what, text, problem] of bad) {
    it(`refuses ${what}`, async () => {
      expect(await problemsOf(text)).to.deep.equal([problem]);
    });
  }

  it("refuses aliases of aliases that would take all memory", async () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(", ")}]`,
    );
    const [problem] = await problemsOf(["l0: &l0 [1, 2]", ...levels].join("\n"));
    expect(problem).to.match(/^experiment\.yaml:1:1: aliases: Excessive alias count/);
  });

  it("refuses a missing file, and a folder without an experiment", async () => {
    for (const path of ["/nonexistent/x.yaml", "/proc/self"]) {
      const error = await loadExperiment(path).catch((thrown: unknown) => thrown);
      expect(error).to.have.property("code", "invalid-experiment");
    }
  });

  it("refuses files that are not there or outside", async () => {
    const text = QUICKSTART.replace("name: quickstart", "name: quickstart\nfiles: [data, ../x]");
    const found = await problemsOf(text);
    expect(found[0]).to.match(
      /^experiment\.yaml:2:9: files\[0\]: expected a file or folder, found nothing at /,
    );
    expect(found[1]).to.equal(
      'experiment.yaml:2:15: files[1]: expected a path inside the experiment\'s folder, found "../x"',
    );
  });
});

describe("--set", () => {
  it("sets fields, makes maps on the way, and finds links by name", async () => {
    const { experiment } = await load(QUICKSTART, [
      "guests.web.env.LEVEL=debug",
      "network.links.core-edge.latency=5ms",
      "network.links.0.loss=2%",
      "guests.web.run=[node, other.mjs]",
    ]);
    expect(experiment.guests[0]).to.deep.include({
      environment: { LEVEL: "debug" },
      run: ["node", "other.mjs"],
    });
    expect(experiment.network.links.at(-1)?.forward.latencyNs).to.equal(5e6);
    expect(experiment.network.links[0]?.forward.loss).to.deep.equal({
      kind: "independent",
      probability: 0.02,
    });
  });

  const bad: [text: string, problem: string][] = [
    ["guests.clinet.count=4", '--set guests.clinet.count=4: guests has no "clinet"; did you mean "client"?'],
    ["guests.web.contu=4", '--set guests.web.contu=4: guests.web.contu: unknown key; did you mean "count"?'],
    [
      "guests.web.count=none",
      '--set guests.web.count=none: guests.web.count: expected a number of guests from 1 to 10000, found "none"',
    ],
    ["network.links.9.loss=0", "--set network.links.9.loss=0: network.links has 3 items, counted from 0"],
    [
      "network.links.core-edg.loss=0",
      '--set network.links.core-edg.loss=0: network.links has no "core-edg"; did you mean "core-edge"?',
    ],
    ["name.x=1", "--set name.x=1: name holds no fields"],
    ["guests.web.run=[", "--set guests.web.run=[: the value cannot be read: Flow sequence must end with a ]"],
    ["count", '--set: expected PATH=VALUE such as guests.web.count=4, got "count"'],
    ["a..b=1", '--set: expected PATH=VALUE such as guests.web.count=4, got "a..b=1"'],
  ];
  for (const [text, problem] of bad) {
    it(`refuses ${text}`, async () => {
      expect(await problemsOf(QUICKSTART, [text])).to.deep.equal([problem]);
    });
  }
});
