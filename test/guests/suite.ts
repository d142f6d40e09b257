import { expect } from "chai";
import { buildC, type Variant } from "./build.js";
import { discard, keep, type Run, type RunOptions, run } from "./run.js";
import { type Fault, faultsOf } from "./verdict.js";

/** How a program is run besides natively, and what else there is to know about it. */
interface SuiteOptions {
  /** What it shows, in the words of the test report. */
  readonly title: string;
  readonly args?: readonly string[];
  /** The TDFs besides native. Default: 1, 3 and 10. */
  readonly tdfs?: readonly string[];
  readonly options?: RunOptions;
  readonly timeoutMs?: number;
  /** For programs that keep a processor busy: one run at a time. */
  readonly alone?: boolean;
}

export interface GuestSuite extends SuiteOptions {
  /** Name of the program test/guests/c/NAME.c. */
  readonly name: string;
  /** How else it is linked; each is run natively and at TDF 3. Default: musl. */
  readonly variants?: readonly Variant[];
}

export interface ProgramSuite extends SuiteOptions {
  /** The command and its arguments; builds what has to be built. */
  readonly command: () => Promise<readonly string[]>;
}

/** Set by scripts/test-vm: an emulated machine computes so slowly that one dilated run of each program has to do. */
const EMULATED = process.env.DIECAST_EMULATED_MACHINE === "1";

/** A run that was only late is repeated: the host may have been busy elsewhere. */
const ATTEMPTS = 3;

interface Case {
  readonly title: string;
  readonly command: () => Promise<readonly string[]>;
  readonly tdf: string | undefined;
  /** The native run it is held against; undefined for a native run. */
  readonly native: Case | undefined;
}

/** Declares the tests of one guest program in C: natively, dilated, and linked in other ways. */
export function describeGuest(suite: GuestSuite): void {
  const { name, title } = suite;
  const variants = EMULATED ? [] : (suite.variants ?? ["musl"]);
  const linked = (variant: Variant) => async () => [await buildC(name, variant)];
  const cases = casesOf(linked("glibc"), suite.tdfs ?? ["1", "3", "10"], "");
  for (const variant of variants) cases.push(...casesOf(linked(variant), ["3"], `, ${variant}`));
  describeCases(`${title} (${name})`, cases, suite);
}

/** Declares the tests of any other program that reports as guests do. */
export function describeProgram(suite: ProgramSuite): void {
  describeCases(suite.title, casesOf(suite.command, suite.tdfs ?? ["1", "3", "10"], ""), suite);
}

function casesOf(command: Case["command"], tdfs: readonly string[], suffix: string): Case[] {
  if (EMULATED) tdfs = tdfs.slice(-1);
  const native: Case = { title: `natively${suffix}`, command, tdf: undefined, native: undefined };
  return [native, ...tdfs.map((tdf): Case => ({ title: `at TDF ${tdf}${suffix}`, command, tdf, native }))];
}

/** The runs of one program, each started once. */
class Runs {
  readonly #runs = new Map<Case, Promise<Run>>();
  #started = false;

  constructor(
    readonly cases: readonly Case[],
    readonly suite: SuiteOptions,
  ) {}

  /** Builds the program and starts all its runs: at the same time, since they mostly wait. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    const built = Promise.all(this.cases.map((one) => one.command()));
    let previous: Promise<unknown> = built;
    for (const one of this.cases) {
      const run = (this.suite.alone ? previous : built).then(() => start(this.suite, one));
      previous = run.catch(() => {});
      this.#runs.set(one, run);
    }
  }

  of(one: Case): Promise<Run> {
    return this.#runs.get(one) as Promise<Run>;
  }
}

// While the tests of one program wait for its slowest run, those of the next are on their way. Not when one test is
// asked for by name: the next may not be wanted.
const declared: Runs[] = [];
const overlap = !process.argv.some((word) => /^(-g|-f|--grep|--fgrep)/.test(word));

function startWithNext(runs: Runs): void {
  runs.start();
  const next = declared[declared.indexOf(runs) + 1];
  if (overlap && next !== undefined && !runs.suite.alone && !next.suite.alone) next.start();
}

function describeCases(title: string, cases: readonly Case[], suite: SuiteOptions): void {
  const runs = new Runs(cases, suite);
  declared.push(runs);
  describe(title, function () {
    this.timeout(suite.timeoutMs ?? 120_000);

    before(() => startWithNext(runs));

    // On a busy host anything can be disturbed, the native run as well: what fails has to fail with new runs, too.
    this.retries(2);

    for (const one of cases) {
      let tries = 0;
      it(one.title, async () => {
        const fresh = tries++ > 0;
        const take = (which: Case) => (fresh ? start(suite, which) : runs.of(which));
        const reference = one.native && (await take(one.native));
        const again = () => start(suite, one);
        await expectGood(await take(one), again, (done) => faultsOf(done, reference));
      });
    }
  });
}

async function start(suite: SuiteOptions, one: Case): Promise<Run> {
  const [program = "", ...args] = await one.command();
  return run(program, [...args, ...(suite.args ?? [])], { ...suite.options, tdf: one.tdf });
}

/** Fails unless the run is good. A run that was only late is repeated some times. */
async function expectGood(
  first: Run,
  again: () => Promise<Run>,
  faultsIn: (done: Run) => readonly Fault[],
): Promise<void> {
  let done = first;
  let faults = faultsIn(done);
  for (let attempt = 1; attempt < ATTEMPTS && onlyLate(faults); attempt++) {
    discard(done);
    done = await again();
    faults = faultsIn(done);
  }
  expectNoFaults(faults, done);
}

/** Fails with all faults of a run and keeps its directory; removes that of a good run. */
export function expectNoFaults(faults: readonly Fault[], done: Run): void {
  if (faults.length === 0) {
    discard(done);
    return;
  }
  const list = faults.slice(0, 12).map((fault) => `\n  ${fault.text}`);
  const more = faults.length > list.length ? `\n  and ${faults.length - list.length} more` : "";
  expect.fail(`${faults.length} checks failed:${list.join("")}${more}${keep(done)}`);
}

/** Whether the host may be to blame for all of it. */
export function onlyLate(faults: readonly Fault[]): boolean {
  return faults.length > 0 && faults.every((fault) => fault.lateness);
}
