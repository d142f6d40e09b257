import { expect } from "chai";
import { formatRatio } from "../../src/scale/ratio.js";
import { parseTdf } from "../../src/scale/tdf.js";

describe("parseTdf", () => {
  const accepted: [unknown, string][] = [
    ["10", "10"],
    ["2.5", "5/2"],
    ["1/3", "1/3"],
    ["4/2", "2"],
    ["1.5/0.5", "3"],
    [".5", "1/2"],
    ["10.", "10"],
    ["+7", "7"],
    ["007", "7"],
    ["0.001", "1/1000"],
    ["1/1000", "1/1000"],
    ["10000", "10000"],
    ["3.141592653", "3141592653/1000000000"],
    [10, "10"],
    [2.5, "5/2"],
    [0.1 + 0.2, "3/10"],
    [1234.5678, "6172839/5000"],
  ];
  for (const [given, expected] of accepted) {
    it(`reads ${JSON.stringify(given)} as ${expected}`, () => {
      expect(formatRatio(parseTdf(given, "--tdf"))).to.equal(expected);
    });
  }

  const refused: [unknown, string][] = [
    ["abc", '--tdf: expected a decimal or fraction such as 10, 2.5 or 1/3, got "abc"'],
    ["", '--tdf: expected a decimal or fraction such as 10, 2.5 or 1/3, got ""'],
    [".", '--tdf: expected a decimal or fraction such as 10, 2.5 or 1/3, got "."'],
    ["1e3", '--tdf: expected a decimal or fraction such as 10, 2.5 or 1/3, got "1e3"'],
    ["10x", '--tdf: expected a decimal or fraction such as 10, 2.5 or 1/3, got "10x"'],
    ["1/2/3", '--tdf: expected a decimal or fraction such as 10, 2.5 or 1/3, got "1/2/3"'],
    ["1/", '--tdf: expected a decimal or fraction such as 10, 2.5 or 1/3, got "1/"'],
    [undefined, "--tdf: expected a decimal or fraction such as 10, 2.5 or 1/3, got undefined"],
    [Number.NaN, "--tdf: expected a decimal or fraction such as 10, 2.5 or 1/3, got NaN"],
    ["0", '--tdf: must be more than zero, got "0"'],
    ["0.0", '--tdf: must be more than zero, got "0.0"'],
    [0, "--tdf: must be more than zero, got 0"],
    ["1/0", '--tdf: must be a fraction with a denominator other than zero, got "1/0"'],
    ["-3", '--tdf: must be positive, got "-3"'],
    [-3, "--tdf: must be positive, got -3"],
    ["10001", '--tdf: must be from 1/1000 to 10000, got "10001"'],
    ["0.00099", '--tdf: must be from 1/1000 to 10000, got "0.00099"'],
    [1e30, "--tdf: must be from 1/1000 to 10000, got 1e+30"],
    ["9999.12345678901", '--tdf: must be of at most nine digits, got "9999.12345678901"'],
  ];
  for (const [given, message] of refused) {
    it(`refuses ${String(given) === "" ? "nothing" : String(given)}`, () => {
      expect(() => parseTdf(given, "--tdf"))
        .to.throw(message)
        .with.property("code", "invalid-option");
    });
  }
});
