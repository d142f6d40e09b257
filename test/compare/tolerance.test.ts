import { expect } from "chai";
import { parseMargins, parseTolerances } from "../../src/compare/tolerance.js";

describe("parseTolerances", () => {
  const cases: [text: string, expected: object][] = [
    ["5%", { value: 0.05, mean: 0.05, p50: 0.05, p95: 0.05 }],
    ["0.03", { value: 0.03, mean: 0.03, p50: 0.03, p95: 0.03 }],
    [".5 %", { value: 0.005, mean: 0.005, p50: 0.005, p95: 0.005 }],
    ["0", { value: 0, mean: 0, p50: 0, p95: 0 }],
    ["3%, p95=10%, ks=0.1", { value: 0.03, mean: 0.03, p50: 0.03, p95: 0.1, ks: 0.1 }],
    ["mean=1%", { value: 0.05, mean: 0.01, p50: 0.05, p95: 0.05 }],
    // A share for all does not take back what was said of one.
    ["p95=10%,3%", { value: 0.03, mean: 0.03, p50: 0.03, p95: 0.1 }],
  ];
  for (const [text, expected] of cases) {
    it(text, () => expect(parseTolerances(text, "--tolerance")).to.deep.equal(expected));
  }

  for (const text of ["", "five", "-1%", "5%%", "mean=", "mean=1%=2", "5%,", "1e3", "Infinity"]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseTolerances(text, "--tolerance")).to.throw(`--tolerance: expected a share such as 5%`);
    });
  }

  it("says what can be named", () => {
    expect(() => parseTolerances("p99=1%", "--tolerance")).to.throw(
      '--tolerance: expected one of value, mean, p50, p95, ks, got "p99"',
    );
  });
});

describe("parseMargins", () => {
  it("knows profiles, too", () =>
    expect(parseMargins("3%,profile=20%,ks=0.1", "--margin")).to.deep.equal({
      value: 0.03,
      mean: 0.03,
      p50: 0.03,
      p95: 0.03,
      profile: 0.2,
      ks: 0.1,
    }));

  it("judges only what is named after none", () => {
    expect(parseMargins("none,ks=0.15", "--margin")).to.deep.equal({ ks: 0.15 });
    expect(parseMargins("p95=10%, none ,ks=0.15", "--margin")).to.deep.equal({ p95: 0.1, ks: 0.15 });
  });

  for (const [text, message] of [
    ["none", "expected a share"],
    ["ks=none", "expected a share"],
    ["none,5%,ks=0.1", "the one for all is there twice"],
    ["none,none,ks=0.1", "the one for all is there twice"],
    ["5%,3%", "the one for all is there twice"],
    ["ks=0.1,ks=0.2", "ks is there twice"],
    ["none,p95=1%,p95=1%", "p95 is there twice"],
  ] as const) {
    it(`refuses ${text}`, () => expect(() => parseMargins(text, "--margin")).to.throw(message));
  }

  it("says what can be named", () => {
    expect(() => parseMargins("p99=1%", "--margin")).to.throw(
      '--margin: expected one of value, mean, p50, p95, ks, profile, got "p99"',
    );
  });
});
