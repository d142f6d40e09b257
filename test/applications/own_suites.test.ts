import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect } from "chai";
import { discard, keep, type Run, run } from "../guests/run.js";
import { DRIVERS } from "./application.js";
import { Pool } from "./pool.js";
import { built, findTestedPython } from "./programs.js";

// Time-related tests that runtimes bring for themselves: they must have the same results natively and dilated.

/** Enough to tell a real duration from a virtual one, and quick enough. */
const TDF = "2";
/** Tests that were written for a machine of their own. One that differs has as many chances to agree. */
const ATTEMPTS = 3;
const LIMIT_MS = 90_000;
/** Some tests set the clock where they may. Natively that would be the host's. */
const WITHOUT_THE_CLOCK = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-sys_time"] : [];

const PYTHON: readonly (readonly string[])[] = [
  ["test_time", "test_timeit", "test_strptime", "test_sched"],
  ["test_select", "test_epoll", "test_timeout"],
  ["test_signal.ItimerTest", "test_signal.PendingSignalsTests", "test_signal.WakeupSignalTests"],
  ["test_threadsignals", "test_wait4"],
  ["test_thread", "test_threading.TimerTests", "test_threading.LockTests", "test_threading.EventTests"],
  ["test_threading.ConditionTests", "test_threading.SemaphoreTests", "test_threading.BarrierTests"],
  ["test_asyncio.test_timeouts", "test_asyncio.test_base_events", "test_asyncio.test_locks"],
  ["test_asyncio.test_events", "test_asyncio.test_queues"],
  ["test_eintr"],
  ["test_subprocess.RunFuncTestCase", "test_httpservers"],
  ["test_os", "test_posix", "test_pathlib", "test_shutil", "test_mailbox"],
];

/** Packages, and which of their tests; undefined: all. */
const GO: readonly (readonly [string, string | undefined])[] = [
  ["time", undefined],
  ["context", undefined],
  ["sync", undefined],
  ["os/signal", undefined],
  ["os/exec", undefined],
  ["net", "Deadline|Timeout"],
];

interface Suite {
  readonly title: string;
  readonly command: () => Promise<readonly string[]>;
  /** The outcome of each test by its name. */
  readonly outcomes: (done: Run) => Map<string, string>;
}

describe("suites of their own", function () {
  this.timeout(6 * LIMIT_MS);
  const suites = [...PYTHON.map(pythonSuite), ...GO.map(goSuite)];
  let results = new Map<Suite, Promise<string>>();

  before(async () => {
    for (const suite of suites) await suite.command();
    const pool = new Pool(4);
    results = new Map(suites.map((suite) => [suite, pool.run(() => compare(suite))]));
    for (const result of results.values()) result.catch(() => {});
  });

  for (const suite of suites) {
    it(`${suite.title}: the same results natively and at TDF ${TDF}`, async () => {
      const fault = await results.get(suite);
      if (fault !== "") expect.fail(fault);
    });
  }
});

/** What is different, in words; nothing if the outcomes agree. */
async function compare(suite: Suite): Promise<string> {
  const [program = "", ...args] = await suite.command();
  for (let attempt = 1; ; attempt++) {
    const options = { limitMs: LIMIT_MS, prefix: WITHOUT_THE_CLOCK };
    const native = await run(program, args, options);
    const dilated = await run(program, args, { ...options, tdf: TDF });
    const differences = differencesOf(suite.outcomes(dilated), suite.outcomes(native));
    const repeat = differences.length > 0 && attempt < ATTEMPTS;
    if (differences.length > 0 && !repeat) {
      const shown = differences.slice(0, 12);
      return `${differences.length} differ:\n${shown.join("\n")}${keep(dilated)}${keep(native)}`;
    }
    discard(native);
    discard(dilated);
    if (!repeat) return "";
  }
}

function differencesOf(dilated: Map<string, string>, native: Map<string, string>): string[] {
  if (![...native.values()].includes("passed")) return ["natively no test passed"];
  const names = [...new Set([...native.keys(), ...dilated.keys()])].sort();
  return names
    .filter((name) => native.get(name) !== dilated.get(name))
    .map((name) => `${name}: ${dilated.get(name) ?? "not run"}, natively ${native.get(name) ?? "not run"}`);
}

function pythonSuite(names: readonly string[]): Suite {
  const outcomes = (done: Run) =>
    new Map(
      [...done.stdout.matchAll(/^outcome (.*) (\w+)$/gm)].map(([, name = "", outcome = ""]) => [
        name,
        outcome,
      ]),
    );
  const command = async () => {
    const python = await findTestedPython();
    // In the directory of the run, where some tests leave files.
    const script = 'cd "$TMPDIR" && exec "$@"';
    return ["sh", "-c", script, "sh", python, "-B", `${DRIVERS}cpython_tests.py`, ...names];
  };
  return { title: `CPython ${names.join(", ")}`, command, outcomes };
}

function goSuite([name, only]: readonly [string, string | undefined]): Suite {
  const outcomes = (done: Run) => {
    const lines = done.stdout.matchAll(/^\s*--- (PASS|FAIL|SKIP): (\S+)/gm);
    const words: Record<string, string> = { PASS: "passed", FAIL: "failed", SKIP: "skipped" };
    return new Map([...lines].map(([, word = "", test = ""]) => [test, words[word] ?? word]));
  };
  const command = async () => {
    const { stdout } = await promisify(execFile)("go", ["env", "GOROOT"]);
    const root = stdout.trim();
    const directory = await built("go-tests", [`${root}/VERSION`], (output) =>
      GO.map(([wanted]) => [
        "env",
        "CGO_ENABLED=0",
        "go",
        "test",
        "-c",
        "-o",
        `${output}/${wanted.replace("/", "-")}`,
        wanted,
      ]),
    );
    const program = [`${directory}/${name.replace("/", "-")}`, "-test.short", "-test.v"];
    // Tests of a package expect to be in its directory.
    const script = `cd ${root}/src/${name} && exec "$@"`;
    return ["sh", "-c", script, "sh", ...program, ...(only === undefined ? [] : ["-test.run", only])];
  };
  return { title: `Go ${name}${only === undefined ? "" : ` (${only})`}`, command, outcomes };
}
