import fs = require("node:fs");
import Mocha = require("mocha");

/** Mocha's spec reporter, which also leaves the counts where scripts/test adds them up. CommonJS: mocha requires it. */
class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const file = process.env.DIECAST_TEST_COUNTS;
      const { passes, failures, pending } = this.stats;
      if (file !== undefined) fs.writeFileSync(file, `${passes} ${failures} ${pending}\n`);
    });
  }
}

export = CountingReporter;
