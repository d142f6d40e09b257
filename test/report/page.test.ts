import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { formatNumber } from "../../src/format_number.js";
import { type ReportData, writeReport } from "../../src/report/report.js";
import { launchBrowser, whyNoBrowser } from "./browser.js";
import { recordWholeRun } from "./runs.js";
import { recordValidation, recordVariedValidation } from "./validations.js";

const EVIL = `<script>document.title="evil"</script><img src=x onerror="document.title='evil'">`;

// In the page, where TypeScript's DOM types are not to be had: scripts are texts.
describe(`the report's page in Chromium${whyNoBrowser() === undefined ? "" : ` (skipped: ${whyNoBrowser()})`}`, function () {
  this.timeout(60_000);
  let folder: string;
  let browser: Browser;
  let page: Page;
  let data: ReportData;
  let complaints: string[];
  let requests: string[];

  before(async function () {
    if (whyNoBrowser() !== undefined) return this.skip();
    folder = mkdtempSync(join(tmpdir(), "diecast-test-"));
    recordWholeRun(join(folder, "a"));
    recordWholeRun(join(folder, "b"), { tdf: "10", addMs: 2 });
    data = await writeReport([join(folder, "a"), join(folder, "b")], join(folder, "both.html"));
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    complaints = [];
    requests = [];
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(urlOf("both.html"));
  });
  afterEach(async () => {
    await page?.close();
  });

  const urlOf = (name: string) => pathToFileURL(join(folder, name)).href;
  const evaluate = <T>(script: string) => page.evaluate(script) as Promise<T>;
  /** The cells of the table with this caption. */
  const tableOf = (caption: string) =>
    evaluate<string[][]>(`(() => {
      const table = [...document.querySelectorAll("table")].find((one) => one.caption.textContent === ${JSON.stringify(caption)});
      return [...table.querySelectorAll("tr")].map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
    })()`);

  it("draws what was varied, with the numbers of the JSON beside it", async () => {
    const { variation } = await writeReport(
      [recordVariedValidation(join(folder, "varied"))],
      join(folder, "v.html"),
    );
    await page.goto(urlOf("v.html"));
    const drawn = await evaluate<string[]>(
      `[...document.querySelectorAll("#variation figure svg")].filter((svg) => svg.checkVisibility())
        .map((svg) => [...svg.querySelectorAll("path")].map((mark) => mark.getAttribute("d")).join(""))`,
    );
    expect(drawn).to.have.length(1);
    expect(drawn[0]).to.have.length.above(20).and.not.contain("NaN");
    const [, ...rows] = await tableOf("latency, mean (ms) against sessions");
    const expected = variation?.values.flatMap((value) =>
      variation.charts[0]?.lines.map(
        ({ points }) => points.find((point) => point.value === value)?.mean ?? 0,
      ),
    );
    expect(rows.map(([, , mean]) => mean)).to.deep.equal(expected?.map((mean) => formatNumber(mean ?? 0)));
    expect(complaints).to.deep.equal([]);
  });

  it("draws its charts, asks for nothing and complains of nothing", async () => {
    const paths = await evaluate<string[]>(
      `[...document.querySelectorAll("figure svg")].filter((svg) => svg.checkVisibility())
        .map((svg) => [...svg.querySelectorAll("path, rect")].map((mark) => mark.getAttribute("d") ?? "rect").join(""))`,
    );
    // Two of each metric but one of the pattern, four resources of two groups, histograms of packets and of waits, the network.
    expect(paths).to.have.length(3 + 8 + 2 * 2 + 1);
    for (const path of paths) {
      expect(path).to.have.length.above(20);
      expect(path).not.to.contain("NaN");
    }
    expect(complaints).to.deep.equal([]);
    expect(requests).to.deep.equal([urlOf("both.html")]);
  });

  it("draws each line as wide as its chart, and the slower run to the right", async () => {
    const lines = await evaluate<{ left: number; width: number; chart: number }[]>(
      `[...document.querySelectorAll(".wide svg[aria-label^='Distribution of latency'] g[aria-label='line'] path")].map((line) => {
        const { left, width } = line.getBoundingClientRect();
        return { left, width, chart: line.ownerSVGElement.getBoundingClientRect().width };
      })`,
    );
    expect(lines).to.have.length(2);
    const [baseline, slower] = lines as [(typeof lines)[0], (typeof lines)[0]];
    expect(baseline.width).to.be.above(baseline.chart / 2);
    expect(slower.left).to.be.above(baseline.left + 1);
  });

  it("has the same numbers in its tables as in its data", async () => {
    const rates = await tableOf("latency: Completions per virtual second");
    const runs = data.metrics.find(({ name }) => name === "latency")?.runs ?? [];
    expect(rates.slice(1)).to.deep.equal(
      (runs[0]?.overTime ?? []).map(([at], i) => [
        formatNumber(at),
        ...runs.map(({ overTime }) => formatNumber(overTime[i]?.[1] ?? Number.NaN)),
      ]),
    );
    const errors = await tableOf("TDF 10 against TDF 1: within the tolerance");
    expect(errors[2]?.slice(0, 2)).to.deep.equal(["latency mean (ms)", "Within"]);
    const mean = data.comparisons[0]?.lines[1];
    expect(errors[2]?.[2]).to.equal(`+${((mean?.error ?? 0) * 100).toFixed(1)} %`);
    expect(errors[2]?.slice(-2)).to.deep.equal(
      [mean?.baseline, mean?.scaled].map((side) => formatNumber(side ?? 0)),
    );
    const cpu = await tableOf("Processor of client");
    expect(cpu[1]).to.deep.equal(["TDF 1", "1", "0.02", "0.01", "0.03"]);
    const links = await tableOf("Links");
    expect(links[2]).to.deep.equal([
      "client",
      "core",
      "2",
      "10 ms ± 1 ms, 10 Mbit/s",
      "10 ms ± 1 ms, 10 Mbit/s",
    ]);
  });

  it("says the verdict in words", async () => {
    const said = await evaluate<string[]>(
      `[...document.querySelectorAll(".verdict .word")].map((word) => word.innerText)`,
    );
    expect(said).to.deep.equal(["✓ Within the tolerance", "✓ Trustworthy"]);
    expect(await page.title()).to.equal("quickstart: within the tolerance – DieCast");
  });

  for (const scheme of ["light", "dark"] as const) {
    it(`can be read in the ${scheme} scheme`, async () => {
      await page.emulateMedia({ colorScheme: scheme });
      const contrasts = await evaluate<[string, number][]>(CONTRASTS);
      expect(contrasts.length).to.be.above(100);
      // WCAG 2.2, 1.4.3 for text and 1.4.11 for graphics.
      for (const [what, contrast] of contrasts)
        expect(contrast, what).to.be.at.least(what.startsWith("line") ? 3 : 4.5);
    });
  }

  it("fits a phone 360 pixels wide", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await evaluate("document.documentElement.scrollWidth")).to.equal(360);
    await evaluate(`document.querySelectorAll("details").forEach((one) => { one.open = true; })`);
    expect(await evaluate("document.documentElement.scrollWidth")).to.equal(360);
    const sizes = await evaluate<number[]>(
      `[...document.querySelectorAll("figure svg text")].filter((text) => text.checkVisibility() && text.textContent !== "")
        .map((text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)`,
    );
    expect(Math.min(...sizes)).to.be.above(8.5);
  });

  it("prints", async () => {
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.subarray(0, 5).toString()).to.equal("%PDF-");
    expect(pdf.toString("latin1").match(/\/Type \/Page\b/g)?.length).to.be.within(2, 8);
  });

  it("can be read with the keyboard alone: first a way past the contents, then every figure", async () => {
    const reached: string[] = [];
    for (let i = 0; i < 200; i++) {
      await page.keyboard.press("Tab");
      const at = await evaluate<string | null>(
        `(({ tagName, textContent, className }) => tagName === "BODY" ? null : tagName + " " +
          (tagName === "FIGURE" ? document.activeElement.querySelector("h4").textContent : textContent.trim()))(document.activeElement)`,
      );
      if (at === null) break;
      reached.push(at);
    }
    expect(reached[0]).to.equal("A Skip to the results");
    const figures = await evaluate<string[]>(
      `[...document.querySelectorAll("figure h4")].map((title) => "FIGURE " + title.textContent)`,
    );
    expect(reached.filter((one) => one.startsWith("FIGURE"))).to.deep.equal(figures);
    expect(reached.filter((one) => one.startsWith("SUMMARY"))).to.have.length(figures.length);
  });

  it("gives every picture words", async () => {
    const said = await evaluate<(string | null)[]>(
      `[...document.querySelectorAll("svg:not([aria-hidden])")].map((svg) => svg.getAttribute("role") === "img" && svg.getAttribute("aria-label"))`,
    );
    expect(said.length).to.be.above(10);
    for (const words of said) expect(words).to.be.a("string").with.length.above(15);
    const pairs = await evaluate<[string, string][]>(
      `[...document.querySelectorAll(".panels figure, .thirds figure")].map((figure) =>
        [figure.querySelector("svg").getAttribute("aria-label"), figure.querySelector("p").textContent])`,
    );
    for (const [words, shown] of pairs) expect(words.endsWith(`. ${shown}`), words).to.equal(true);
    const ticks = await evaluate<string[]>(
      `[...document.querySelectorAll("#resources .panels")[1].querySelectorAll("[aria-label='y-axis tick label'] text")].map((tick) => tick.textContent)`,
    );
    expect(ticks).to.include("0.005");
  });

  it("does nothing that a name in a run's files asks for", async () => {
    recordWholeRun(join(folder, "evil"), { clients: EVIL });
    await writeReport([join(folder, "evil")], join(folder, "evil.html"));
    requests.length = 0;
    await page.goto(urlOf("evil.html"));
    expect(await page.title()).to.equal("quickstart: trustworthy – DieCast");
    expect(await evaluate("document.scripts.length + document.images.length")).to.equal(0);
    expect(await evaluate<string>("document.querySelector('#resources').innerText")).to.contain(EVIL);
    expect(await evaluate<string>("document.querySelector('#network svg').textContent")).to.contain(
      "<script>document.",
    );
    expect(requests).to.deep.equal([urlOf("evil.html")]);
    expect(complaints).to.deep.equal([]);
  });

  it("shows a validation with its intervals", async () => {
    recordValidation(join(folder, "v"));
    await writeReport([join(folder, "v")], join(folder, "v.html"));
    await page.goto(urlOf("v.html"));
    const errors = await tableOf("TDF 10 against TDF 1: inconclusive");
    expect(errors[1]?.filter(Boolean)).to.deep.equal([
      "latency mean (ms)",
      "Inconclusive",
      "+1.1 %",
      "−2.0 % to ∞",
      "± 5 %",
      "0.78 %",
      "90.5",
      "91.5",
    ]);
    expect(await evaluate<string>("document.querySelector('pre').innerText")).to.equal(
      "diecast validate 'experiments/quick start' --tdf 1,10",
    );
    expect(complaints).to.deep.equal([]);
  });
});

/** Of texts and of charts' lines against the ground behind them, by WCAG's formula. */
const CONTRASTS = `(() => {
  const rgb = (color) => {
    const [, r, g, b, a = "1"] = /rgba?\\((\\d+), (\\d+), (\\d+)(?:, ([\\d.]+))?/.exec(color) ?? [];
    return r === undefined || Number(a) === 0 ? undefined : [r, g, b].map(Number);
  };
  const luminance = (color) => {
    const [r, g, b] = color.map((part) => part / 255).map((s) => s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = rgb(getComputedStyle(at).backgroundColor);
      if (color !== undefined) return color;
    }
    return [255, 255, 255];
  };
  const contrast = (color, ground) => {
    const [a, b] = [luminance(color), luminance(ground)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const found = [];
  for (const element of document.querySelectorAll("h1, h2, h3, h4, p, a, th, td, li, summary, dd, code, .word")) {
    if (!element.checkVisibility() || element.textContent.trim() === "") continue;
    found.push([element.tagName + " " + element.textContent.slice(0, 30), contrast(rgb(getComputedStyle(element).color), groundOf(element))]);
  }
  for (const line of document.querySelectorAll("g[aria-label='line']")) {
    found.push(["line", contrast(rgb(getComputedStyle(line).stroke), groundOf(line))]);
  }
  return found;
})()`;
