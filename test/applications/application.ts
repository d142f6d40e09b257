import { discard, type Run, type RunOptions, run } from "../guests/run.js";
import { expectNoFaults, onlyLate } from "../guests/suite.js";
import { faultsOf } from "../guests/verdict.js";
import { ROOT } from "../paths.js";
import { Pool } from "./pool.js";

/** Where the programs lie that drive the applications from within the guest, and report what they perceive. */
export const DRIVERS = `${ROOT}test/applications/programs/`;

export interface Application {
  readonly title: string;
  /** The driver and its arguments; builds what has to be built. */
  readonly command: () => Promise<readonly string[]>;
  /** The TDFs besides native. Default: 1, 3 and 10. */
  readonly tdfs?: readonly string[];
  readonly options?: RunOptions;
  /** Why it is not run here. */
  readonly skipped?: string;
}

/** A run that was only late is repeated: the host may have been busy elsewhere. */
const ATTEMPTS = 3;
/** So many runs go on at a time. They mostly wait, but starting them takes a processor. */
const RUNS_AT_A_TIME = 8;
/** Real time after which a run is killed. */
const LIMIT_MS = 60_000;

class Case {
  constructor(
    readonly application: Application,
    /** Undefined: natively. */
    readonly tdf: string | undefined,
  ) {}

  get title(): string {
    return this.tdf === undefined ? "natively" : `at TDF ${this.tdf}`;
  }

  async start(): Promise<Run> {
    const [program = "", ...args] = await this.application.command();
    return run(program, args, { limitMs: LIMIT_MS, ...this.application.options, tdf: this.tdf });
  }
}

/** Declares the tests of several applications: natively and dilated, with the same report but for what clocks say. */
export function describeApplications(title: string, applications: readonly Application[]): void {
  describe(title, function () {
    this.timeout(4 * LIMIT_MS);
    for (const { title, skipped } of applications) {
      if (skipped !== undefined) it.skip(`${title} (${skipped})`);
    }
    const wanted = applications.filter(({ skipped }) => skipped === undefined);
    const groups = wanted.map((application) => ({
      application,
      cases: [undefined, ...(application.tdfs ?? ["1", "3", "10"])].map((tdf) => new Case(application, tdf)),
    }));
    let results = new Map<Case, Promise<Run>>();

    before(async () => {
      for (const { command } of wanted) await command();
      results = startAll(groups.flatMap(({ cases }) => cases));
    });

    for (const { application, cases } of groups) {
      const native = cases[0] as Case;
      describe(application.title, function () {
        this.retries(2);
        for (const one of cases) {
          let tries = 0;
          it(one.title, async () => {
            // What fails has to fail with new runs, too: on a busy host anything can be disturbed, the native run as well.
            const fresh = tries++ > 0;
            const take = async (which: Case) => (fresh ? which.start() : ((await results.get(which)) as Run));
            const reference = one === native ? undefined : await take(native);
            let done = await take(one);
            let faults = faultsOf(done, reference);
            for (let attempt = 1; attempt < ATTEMPTS && onlyLate(faults); attempt++) {
              discard(done);
              done = await one.start();
              faults = faultsOf(done, reference);
            }
            expectNoFaults(faults, done);
          });
        }
      });
    }
  });
}

/** Starts all runs, the long ones first, and some at a time. */
function startAll(cases: readonly Case[]): Map<Case, Promise<Run>> {
  const pool = new Pool(RUNS_AT_A_TIME);
  const results = new Map<Case, Promise<Run>>();
  for (const one of [...cases].sort((a, b) => Number(b.tdf ?? 0) - Number(a.tdf ?? 0))) {
    const result = pool.run(() => one.start());
    // A test that waits for it will see the error.
    result.catch(() => {});
    results.set(one, result);
  }
  return results;
}
