import { describeExpectation, type Expectation, judge } from "../tolerance.js";
import type { Line, Run } from "./run.js";

/** Something that is not as it should be. Lateness alone may be the host's fault: such a run is worth repeating. */
export interface Fault {
  readonly text: string;
  readonly lateness: boolean;
}

// Keys of a line that are judged by themselves; every other must be as it is natively.
const JUDGED = new Set([
  "perceived_ns",
  "expected_ns",
  "grain_ns",
  "tick_ns",
  "late_ns",
  "ok",
  "virtual_ns",
  "hertz_measured",
]);
/** How far a measured frequency may be off the native one. */
const FREQUENCY_SHARE = 0.02;

/** Judges a run by itself and, where there is one, against a native run of the same program. */
export function faultsOf(run: Run, native?: Run): Fault[] {
  const faults = [
    ...endFaults(run),
    ...run.lines.flatMap((line) => lineFaults(line, run)),
    ...outsideFaults(run),
  ];
  if (native !== undefined) faults.push(...differences(run, native));
  return faults;
}

function endFaults(run: Run): Fault[] {
  if (run.timedOut) {
    const last = run.lines.at(-1)?.name ?? "nothing";
    return [{ text: `killed after ${run.realMs.toFixed(0)} ms; last came ${last}`, lateness: false }];
  }
  if (run.code === 0) return [];
  return [{ text: `ended with code ${run.code}, signal ${run.signal}`, lateness: false }];
}

function lineFaults(line: Line, run: Run): Fault[] {
  const faults: Fault[] = [];
  if (line.values.get("ok") === "0") faults.push({ text: `${line.name}: ${line.remark}`, lateness: false });
  const measured = line.values.get("perceived_ns");
  if (measured === undefined) return faults;
  const number = (key: string) => Number(line.values.get(key) ?? 0);
  const expectation: Expectation = {
    what: line.name,
    expectedNs: number("expected_ns"),
    measuredNs: Number(measured),
    tdf: run.tdf,
    grainNs: number("grain_ns"),
    tickNs: number("tick_ns"),
    lateNs: number("late_ns"),
    setup: `perceived at TDF ${run.tdf}`,
  };
  const verdict = judge(expectation);
  if (verdict !== "good") {
    faults.push({ text: `${verdict}: ${describeExpectation(expectation)}`, lateness: verdict === "late" });
  }
  return faults;
}

/** From outside: between a guest's first and last line TDF times as much real time passes as it says. */
function outsideFaults(run: Run): Fault[] {
  const begin = run.lines.find((line) => line.name === "begin");
  const end = run.lines.filter((line) => line.name === "end").at(-1);
  if (begin === undefined || end === undefined) {
    return begin === end ? [] : [{ text: "begin without end: the guest did not finish", lateness: false }];
  }
  const virtualNs = Number(end.values.get("virtual_ns")) - Number(begin.values.get("virtual_ns"));
  const expectation: Expectation = {
    what: "real time from the first line to the last",
    expectedNs: virtualNs * run.tdf,
    measuredNs: (end.atMs - begin.atMs) * 1e6,
    tdf: 1,
    // The first line may be read late, when this process is busy.
    grainNs: 40e6 + 0.02 * virtualNs * run.tdf,
    lateNs: 40e6,
    setup: `${(virtualNs / 1e6).toFixed(1)} ms virtual at TDF ${run.tdf}`,
  };
  const verdict = judge(expectation);
  return verdict === "good" ? [] : [{ text: describeExpectation(expectation), lateness: true }];
}

/** What is not as in the native run. */
function differences(run: Run, native: Run): Fault[] {
  const faults: Fault[] = [];
  const ours = byName(run);
  const theirs = byName(native);
  for (const [name, line] of theirs) {
    const same = ours.get(name);
    if (same === undefined)
      faults.push({ text: `${name}: missing; natively ${shown(line)}`, lateness: false });
    else faults.push(...lineDifferences(name, same, line));
  }
  for (const [name, line] of ours) {
    if (!theirs.has(name))
      faults.push({ text: `${name}: only when dilated: ${shown(line)}`, lateness: false });
  }
  return faults;
}

function lineDifferences(name: string, line: Line, native: Line): Fault[] {
  const exact = (of: Line) => [...of.values].filter(([key]) => !JUDGED.has(key));
  const ours = exact(line).join(" ");
  const theirs = exact(native).join(" ");
  const faults: Fault[] = [];
  if (ours !== theirs) {
    faults.push({ text: `${name}: dilated ${shown(line)}, natively ${shown(native)}`, lateness: false });
  }
  const frequency = Number(line.values.get("hertz_measured") ?? 0);
  const expected = Number(native.values.get("hertz_measured") ?? 0);
  if (Math.abs(frequency - expected) > FREQUENCY_SHARE * expected) {
    faults.push({ text: `${name}: dilated ${frequency} Hz, natively ${expected} Hz`, lateness: false });
  }
  return faults;
}

function byName(run: Run): Map<string, Line> {
  const lines = new Map<string, Line>();
  for (const line of run.lines) {
    let name = line.name;
    for (let i = 2; lines.has(name); i++) name = `${line.name}#${i}`;
    lines.set(name, line);
  }
  return lines;
}

function shown(line: Line): string {
  return [...line.values]
    .filter(([key]) => !JUDGED.has(key))
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}
