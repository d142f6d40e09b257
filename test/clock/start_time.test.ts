import { expect } from "chai";
import { parseStartTime } from "../../src/clock/start_time.js";

const EXPECTED =
  '--start: expected a date such as 2030-01-31 or 2030-01-31T12:00:00Z, "@" and seconds since 1970, or "now", got ';

describe("parseStartTime", () => {
  let zone: string | undefined;
  before(() => {
    zone = process.env.TZ;
    process.env.TZ = "America/New_York";
  });
  after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  const accepted: [unknown, bigint | undefined][] = [
    ["now", undefined],
    [undefined, undefined],
    ["1970-01-01T00:00:00Z", 0n],
    ["2030-01-31T12:00:00Z", 1896091200_000000000n],
    ["2030-01-31T12:00:00.123456789Z", 1896091200_123456789n],
    ["2030-01-31 12:00:00.5Z", 1896091200_500000000n],
    ["2030-01-31T14:30+02:30", 1896091200_000000000n],
    ["2030-01-31T07:00:00-0500", 1896091200_000000000n],
    // Without a zone: local time, here five hours behind UTC.
    ["2030-01-31T07:00:00", 1896091200_000000000n],
    ["2030-01-31", 1896066000_000000000n],
    ["@1896091200", 1896091200_000000000n],
    ["@1.000000001", 1_000000001n],
    [new Date("2030-01-31T12:00:00.250Z"), 1896091200_250000000n],
    [42n, 42n],
  ];
  for (const [given, expected] of accepted) {
    it(`reads ${given instanceof Date ? "a Date" : String(given)}`, () => {
      expect(parseStartTime(given, "--start")).to.equal(expected);
    });
  }

  const refused: [unknown, string][] = [
    ["tomorrow", `${EXPECTED}"tomorrow"`],
    ["2030-02-30", `${EXPECTED}"2030-02-30"`],
    ["2030-13-01", `${EXPECTED}"2030-13-01"`],
    ["2030-01-01T24:00", `${EXPECTED}"2030-01-01T24:00"`],
    ["2030-01-01T12", `${EXPECTED}"2030-01-01T12"`],
    ["2030-01-01T12:00:00+25:00", `${EXPECTED}"2030-01-01T12:00:00+25:00"`],
    ["@", `${EXPECTED}"@"`],
    ["", `${EXPECTED}""`],
    [17, `${EXPECTED}17`],
    [new Date("never"), `${EXPECTED}an invalid Date`],
    ["1969-12-31T23:59:59Z", '--start: expected a time from 1970 to 2200, got "1969-12-31T23:59:59Z"'],
    ["2201-01-01", '--start: expected a time from 1970 to 2200, got "2201-01-01"'],
    [-1n, "--start: expected a time from 1970 to 2200, got -1n"],
  ];
  for (const [given, message] of refused) {
    it(`refuses ${given instanceof Date ? "an invalid Date" : JSON.stringify(String(given))}`, () => {
      expect(() => parseStartTime(given, "--start")).to.throw(message);
    });
  }
});
