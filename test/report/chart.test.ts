import { join } from "node:path";
import { expect } from "chai";
import type { ReportData, ReportedMetric, ResourceGroup, ResourcePanel } from "../../src/report/data.js";
import { some, styleOf, valueDomain } from "../../src/report/draw/chart.js";
import { drawCourse } from "../../src/report/draw/metrics.js";
import { drawPanel } from "../../src/report/draw/resources.js";
import { drawVariation } from "../../src/report/draw/variation.js";
import { readReportData } from "../../src/report/read/report_data.js";
import { Folder } from "../metrics/folder.js";
import { recordWholeRun } from "./runs.js";

describe("the looks of series", () => {
  it("tell 36 apart without colour", () => {
    const looks = Array.from({ length: 36 }, (_, i) => {
      const { strokeDasharray, symbol } = styleOf(i);
      return `${strokeDasharray} ${symbol}`;
    });
    expect(new Set(looks).size).to.equal(36);
    expect(styleOf(6).stroke).to.equal("var(--series-0)");
  });
});

describe("some", () => {
  it("takes about as many points as asked for, and others for each series", () => {
    const points = Array.from({ length: 100 }, (_, i) => i);
    const taken = [0, 1, 2].map((series) => some(points, 3, series));
    for (const own of taken) expect(own).to.have.length.within(2, 4);
    expect(new Set(taken.flat()).size).to.equal(taken.flat().length);
    expect(some([7], 3, 5)).to.deep.equal([7]);
  });
});

describe("valueDomain", () => {
  it("begins at 0 or below, and is never empty", () => {
    expect(valueDomain([1, 100])).to.deep.equal([0, 108]);
    expect(valueDomain([-100, 100])).to.deep.equal([-108, 108]);
    expect(valueDomain([-100])).to.deep.equal([-108, 0]);
    expect(valueDomain([])).to.deep.equal([0, 1]);
  });
});

describe("charts", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  const read = (...runs: Parameters<typeof recordWholeRun>[1][]) =>
    readReportData(runs.map((run, i) => recordWholeRun(join(folder.path, `${i}`), run)));
  const panelOf = (data: ReportData): [ResourceGroup, ResourcePanel] => {
    const [group] = data.resources.groups;
    const [panel] = group?.panels ?? [];
    if (group === undefined || panel === undefined) throw new Error("there is no panel");
    return [group, panel];
  };

  it("draw negative values within their frame", async () => {
    const data = await read({});
    const course: ReportedMetric = {
      ...{ of: null, name: "drift", unit: "ms", kind: "pattern", binS: null },
      runs: [{ run: 0, values: 3, cdf: [], overTime: [-50, 10, -20].map((y, i) => [i + 1, y]) }],
    };
    const [wide = ""] = drawCourse(data, course, "drift").text.split('class="narrow"');
    const [, line = ""] = /<g aria-label="line"[^>]*><path[^>]* d="([^"]*)"/.exec(wide) ?? [];
    const ys = [...line.matchAll(/,([\d.-]+)/g)].map(([, y]) => Number(y));
    expect(ys).to.have.length(3);
    // The picture is 300 high, the axis below its frame 42.
    expect(Math.max(...ys)).to.be.below(300 - 42);
  });

  it("have room for all that was measured, however little of it is left of a line", async () => {
    const data = await read({
      record: { events: [7, 12, 99].map((s) => ({ what: "", atNs: 0, tookPlaceNs: s * 1e9 })) },
    });
    const [group, panel] = panelOf(data);
    const [line] = panel.runs;
    if (line === undefined) throw new Error("there is no line");
    const short = { ...panel, runs: [{ ...line, points: line.points.slice(0, 8) }] };
    const drawn = drawPanel(data, group, short, "").text;
    const [, x, width] =
      /<g aria-label="rect".*?<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/.exec(drawn) ?? [];
    // 270 wide, 8 of it to the right of the frame.
    expect(Number(x) + Number(width)).to.be.closeTo(270 - 8, 0.2);
    // That of second 99 lies beyond.
    const [, rules = ""] =
      /<g aria-label="rule" [^>]*stroke-dasharray="1 3"[^>]*>(.*?)<\/g>/.exec(drawn) ?? [];
    expect(rules.match(/<line/g)).to.have.length(2);
  });

  it("have symbols on lines of resources where there are several", async () => {
    const one = await read({});
    expect(drawPanel(one, ...panelOf(one), "").text).not.to.contain('aria-label="dot"');
    const two = await readReportData(
      ["1", "10"].map((tdf) => recordWholeRun(join(folder.path, `tdf${tdf}`), { tdf })),
    );
    const dots = drawPanel(two, ...panelOf(two), "").text.match(/<g aria-label="dot"[^>]*>.*?<\/g>/g) ?? [];
    expect(dots.map((marks) => marks.match(/<(path|circle)/g)?.length)).to.deep.equal([3, 3]);
  });
});

describe("a quantity against what varies", () => {
  const drawn = (values: string[]) => {
    const points = values.map((value) => ({ value, mean: 5, least: 4, most: 6 }));
    const chart = { metric: "latency", quantity: "mean", unit: "ms" };
    const lines = [0, 1].map((series) => ({ series, points }));
    return drawVariation({ name: "users", values, charts: [] }, { ...chart, lines }, "").text;
  };
  const ticksOf = (svg: string) => {
    const [, labels = ""] = /<g aria-label="x-axis tick label"[^>]*>(.*?)<\/g>/.exec(svg) ?? [];
    return [...labels.matchAll(/>([^<]+)<\/text>/g)].map(([, text]) => text);
  };

  it("names no two values in one place", () => {
    const [wide = "", narrow = ""] = drawn(["15", "30", "600", "1200"]).split('class="narrow"');
    expect(ticksOf(wide)).to.deep.equal(["30", "600", "1200"]);
    expect(ticksOf(narrow)).to.deep.equal(["30", "600", "1200"]);
    expect(ticksOf(drawn(["few", "many"]))).to.deep.equal(["few", "many"]);
  });

  it("shows lines that agree beside each other", () => {
    const dots = drawn(["10", "200"]).matchAll(/<g aria-label="dot"[^>]*transform="translate\(([-\d.]+),/g);
    // Plot adds half a pixel of its own.
    const [first = 0, second = 0] = [...dots].map(([, dx]) => Number(dx));
    expect(second - first).to.equal(5);
  });
});
