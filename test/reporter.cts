import fs = require("node:fs");
import path = require("node:path");
import Mocha = require("mocha");

const { EVENT_RUN_END, EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_TEST_RETRY } = Mocha.Runner.constants;

/** A file that takes longer is told of, as somebody who wants tests to take less time needs to know where it goes. */
const LONG_S = 10;

/**
 * Mocha's spec reporter, which also leaves the counts where scripts/test adds them up, and beside them what failed, and what did so only
 * once (--retries). CommonJS: mocha requires it.
 */
class CountingReporter extends Mocha.reporters.Spec {
  readonly #secondsOf = new Map<string, number>();
  #begun = 0;

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.on(EVENT_SUITE_BEGIN, (suite) => {
      if (suite.parent?.root) this.#begun = performance.now();
    });
    runner.on(EVENT_SUITE_END, (suite) => {
      if (!suite.parent?.root) return;
      const file = path.relative(`${__dirname}/..`, suite.file ?? "");
      const seconds = (performance.now() - this.#begun) / 1000;
      this.#secondsOf.set(file, (this.#secondsOf.get(file) ?? 0) + seconds);
    });
    const again: { title: string; lines: string }[] = [];
    runner.on(EVENT_TEST_RETRY, (test: Mocha.Test, error: Error) => {
      // For hooks that tell more of what has failed.
      test.state = "failed";
      again.push({
        title: test.fullTitle(),
        lines: inLines("FAILED, AND PASSED WHEN TRIED AGAIN", test, error),
      });
    });
    runner.once(EVENT_RUN_END, () => {
      const file = process.env.DIECAST_TEST_COUNTS;
      const { passes, failures, pending } = this.stats;
      if (file !== undefined) {
        fs.writeFileSync(file, `${passes} ${failures} ${pending}\n`);
        fs.writeFileSync(
          `${file}.failed`,
          this.failures.map((test) => inLines("FAILED", test, test.err)).join(""),
        );
        const failed = new Set(this.failures.map((test) => test.fullTitle()));
        const passed = again.filter(({ title }) => !failed.has(title));
        fs.writeFileSync(`${file}.again`, passed.map(({ lines }) => lines).join(""));
      }
      this.#printLong();
    });
  }

  #printLong(): void {
    const long = [...this.#secondsOf]
      .filter(([, seconds]) => seconds >= LONG_S)
      .sort(([, a], [, b]) => b - a);
    for (const [file, seconds] of long) console.log(`${seconds.toFixed(0).padStart(5)} s  ${file}`);
    if (long.length > 0) console.log();
  }
}

/** What failed, for who reads only the end of what all runners have printed. */
function inLines(how: string, test: Mocha.Test, error: Error | undefined): string {
  const reason = error?.stack ?? error?.message ?? "";
  return `${how}: ${test.fullTitle()}\n${reason.replace(/^/gm, "    ")}\n`;
}

export = CountingReporter;
