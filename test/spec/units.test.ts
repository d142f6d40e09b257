import { expect } from "chai";
import {
  DURATION,
  formatQuantity,
  parseProbability,
  parseQuantity,
  patternOf,
  RATE,
  SIZE,
} from "../../src/spec/units.js";

describe("parseQuantity", () => {
  const cases = [
    [DURATION, "1ns", 1],
    [DURATION, "1.5us", 1500],
    [DURATION, "2µs", 2000],
    [DURATION, "2μs", 2000],
    [DURATION, "10 ms", 10_000_000],
    [DURATION, ".25s", 250_000_000],
    [DURATION, "0.1s", 100_000_000],
    [DURATION, "3min", 180e9],
    [DURATION, "2h", 7200e9],
    [DURATION, 0, 0],
    [SIZE, "1kB", 1000],
    [SIZE, "1KiB", 1024],
    [SIZE, "1.5MiB", 1572864],
    [SIZE, "2GB", 2e9],
    [RATE, "10Mbit/s", 10e6],
    [RATE, "2.5Gbit/s", 2.5e9],
    [RATE, "1MB/s", 8e6],
    [RATE, "1KiB/s", 8192],
  ] as const;
  for (const [kind, text, value] of cases) {
    it(`reads ${text} as ${value} ${kind.base}`, () => {
      expect(parseQuantity(text, kind)).to.equal(value);
      if (typeof text === "string") expect(text).to.match(new RegExp(patternOf(kind)));
    });
  }

  const refused = [
    [DURATION, 10],
    [DURATION, "10"],
    [DURATION, "10 m"],
    [DURATION, "-1s"],
    [DURATION, "1e3s"],
    [DURATION, "0.5ns"],
    [DURATION, "1s 2ms"],
    [DURATION, "99999999h"],
    [DURATION, ""],
    [SIZE, "1mb"],
    [SIZE, "1Mbit"],
    [RATE, "100Mbps"],
    [RATE, null],
  ] as const;
  for (const [kind, text] of refused) {
    it(`refuses ${JSON.stringify(text)} as a ${kind.name}`, () => {
      expect(parseQuantity(text, kind)).to.equal(undefined);
    });
  }
});

describe("parseProbability", () => {
  for (const [given, value] of [
    ["0.1%", 0.001],
    ["100%", 1],
    [0.25, 0.25],
    [0, 0],
    [1, 1],
    ["0 %", 0],
  ] as const) {
    it(`reads ${given} as ${value}`, () => {
      expect(parseProbability(given)).to.equal(value);
    });
  }
  for (const given of ["101%", 1.1, -0.1, "5", "x%", Number.NaN, null]) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      expect(parseProbability(given)).to.equal(undefined);
    });
  }
});

describe("formatQuantity", () => {
  it("takes the largest unit that leaves at least one", () => {
    expect(formatQuantity(1_500_000, DURATION)).to.equal("1.5 ms");
    expect(formatQuantity(999, RATE)).to.equal("999 bit/s");
    expect(formatQuantity(256 * 2 ** 20, SIZE)).to.equal("256 MiB");
    expect(formatQuantity(0, DURATION)).to.equal("0 ns");
  });
});
