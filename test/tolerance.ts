import { expect } from "chai";

/**
 * The one place that says how exact times must be.
 *
 * A wait never ends early: the lower bound is strict, but for what a call itself rounds. The upper bound is loose enough for a busy
 * virtual machine with two processors: what the host adds is real time, so a dilated guest perceives it divided by TDF.
 */
export interface Expectation {
  /** What is measured, with the program and the check in it. */
  readonly what: string;
  readonly expectedNs: number;
  readonly measuredNs: number;
  /** Real duration ÷ duration in the clock that measured; 1 for real time and for a program run natively. */
  readonly tdf: number;
  /** How far it may fall below, in the clock that measured. */
  readonly grainNs?: number;
  /** How far it may be off either way, in real time: the kernel's ticks. */
  readonly tickNs?: number;
  /** How much later it may be, in real time, beyond what is usual. */
  readonly lateNs?: number;
  /** What it ran under, e.g. the command. */
  readonly setup: string;
}

/** A share of the whole that may be lost to the host on top of USUAL_DELAY_NS. */
const USUAL_SHARE = 0.2;
/** Real time that the host may take to wake a process that waited. */
const USUAL_DELAY_NS = 15e6;

export type Verdict = "good" | "early" | "late";

/** The least and the most that is accepted, in the clock that measured. */
export function bounds(expectation: Expectation): { leastNs: number; mostNs: number } {
  const { expectedNs, tdf, grainNs = 0, tickNs = 0, lateNs = 0 } = expectation;
  return {
    leastNs: expectedNs - grainNs - tickNs / tdf,
    mostNs: expectedNs * (1 + USUAL_SHARE) + (USUAL_DELAY_NS + tickNs + lateNs) / tdf,
  };
}

export function judge(expectation: Expectation): Verdict {
  const { leastNs, mostNs } = bounds(expectation);
  if (!(expectation.measuredNs >= leastNs)) return "early";
  return expectation.measuredNs <= mostNs ? "good" : "late";
}

/** Expected, measured, bounds and set-up in one line. */
export function describeExpectation(expectation: Expectation): string {
  const { leastNs, mostNs } = bounds(expectation);
  const { what, expectedNs, measuredNs, setup } = expectation;
  return (
    `${what}: expected ${ms(expectedNs)}, measured ${ms(measuredNs)}, ` +
    `accepted ${ms(leastNs)} to ${ms(mostNs)} (${setup})`
  );
}

/** Fails unless the duration lies within its bounds. */
export function expectDuration(expectation: Expectation): void {
  expect(judge(expectation), describeExpectation(expectation)).to.equal("good");
}

function ms(ns: number): string {
  return `${(ns / 1e6).toFixed(3)} ms`;
}
