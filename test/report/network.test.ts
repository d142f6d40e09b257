import { join } from "node:path";
import { expect } from "chai";
import type { ReportData } from "../../src/report/data.js";
import { network } from "../../src/report/page/network.js";
import { readReportData } from "../../src/report/read/report_data.js";
import type { PipeInFile, PlanFile } from "../../src/report/read/run_files.js";
import { topologyOf } from "../../src/report/topology.js";
import { Folder } from "../metrics/folder.js";
import { recordWholeRun } from "./runs.js";

describe("the page's network", () => {
  let folder: Folder;
  let data: ReportData;
  beforeEach(async () => {
    folder = new Folder();
    data = await readReportData([recordWholeRun(join(folder.path, "a"))]);
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  const pageOf = (plan: PlanFile) => network({ ...data, topology: { ...topologyOf(plan), of: null } }).text;

  it("can be scrolled by the keyboard, on screens and phones", () => {
    for (const size of ["wide", "narrow"]) {
      expect(network(data).text).to.contain(
        `<div class="${size} scroll" role="region" tabindex="0" aria-label="Picture of the network">`,
      );
    }
  });

  it("names the guests where nothing is linked, sampled or not", () => {
    data = { ...data, resources: { groups: [], leftOut: [] } };
    const guests = ["a", "b"].map((name) => ({ name, group: name }));
    const page = pageOf({ guests, network: { switches: [], ports: [], pipes: [] } });
    expect(page).to.contain("The guests (a, b) have no links.");
  });

  it("says whose it is where others have another", () => {
    expect(network(data).text).not.to.contain("This is the network of");
    const page = network({ ...data, topology: { ...data.topology, of: "sessions = 10" } }).text;
    expect(page).to.contain("This is the network of sessions = 10.");
  });

  it("is a table for 1000 guests on 500 switches, and that at once", function () {
    this.timeout(10_000);
    const page = pageOf(largePlan(1000, 500));
    expect(page).not.to.contain("<svg");
    expect(page).to.contain("1000 guests, 500 switches, 1499 links");
    expect(page).to.contain("too much for a picture");
    expect(page.match(/<tr>/g)?.length).to.be.above(500);
    expect(page.length).to.be.below(500_000);
  });

  it("has only so many rows", () => {
    const page = pageOf(largePlan(10, 3000));
    expect(page.match(/<tr>/g)).to.have.length(2001);
    expect(page).to.contain("Links, the first 2000 of 3009.");
  });
});

/** Switches in a row, guests of one group spread over them. */
function largePlan(guests: number, switches: number): PlanFile {
  const pipes: PipeInFile[] = [];
  const join = (link: string, from: PipeInFile["from"], to: PipeInFile["to"]) => {
    const loss = { kind: "independent", probability: 0 } as const;
    const parameters = { latencyNs: 1e6, jitterNs: 0, loss, up: true };
    pipes.push({ link, direction: "forward", from, to, parameters });
    pipes.push({ link, direction: "reverse", from: to, to: from, parameters });
  };
  for (let i = 0; i < guests; i++) join(`g${i}`, { port: i }, { switch: i % switches });
  for (let i = 1; i < switches; i++) join(`s${i}`, { switch: i - 1 }, { switch: i });
  const names = Array.from({ length: guests }, (_, i) => `peer-${i + 1}`);
  return {
    guests: names.map((name) => ({ name, group: "peer" })),
    network: {
      switches: Array.from({ length: switches }, (_, i) => `s${i}`),
      ports: names.map((guest) => ({ guest })),
      pipes,
    },
  };
}
