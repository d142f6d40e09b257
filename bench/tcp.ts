import { DieCastError } from "../src/errors.js";
import { endRunsOnSignals } from "./carry_out.js";
import { machine } from "./clock/measure.js";
import { Progress } from "./progress.js";
import { measureBulk, measureTdf } from "./tcp/measure.js";
import { type Options, parseOptions } from "./tcp/options.js";
import { publish } from "./tcp/publish.js";
import { backendReport, type Report, reportOf } from "./tcp/report.js";
import { Store } from "./tcp/store.js";

/*
 * npm run bench:tcp [-- --quick] [-- --tdf 5,10,50] [-- --cc reno,cubic,bbr] [-- --backend core|netem] [-- --seeds N] [-- --bandwidths 1,10,100]
 *   [-- --packets N] [-- --out DIR [--continue]] [-- --report DIR] [-- --publish] [-- --compare-backends]
 *
 * Whether TCP behaves the same at every TDF: bulk flows over a grid of bandwidth, round trip and loss, and short flows that
 * lose SYNs, each TDF against TDF 1. An hour and a half on two cores; with --quick a few cells at TDF 10, in five. Needs root.
 *
 * --packets is how many packets a second (real) flows side by side may come to; what turns out to be too much for the host
 * is measured again in halves. Results, tables and pictures go to --out, and --report makes tables and pictures of such a
 * folder again; --continue measures what such a folder lacks; --publish puts them into docs/tcp.md and docs/tcp. --compare-backends runs the cells without loss at the first --tdf over core and over netem instead.
 * Exit code 1 if a target is missed, 2 if nothing could be measured. What is measured and why it came out so: docs/tcp.md.
 */
try {
  const options = parseOptions(process.argv.slice(2));
  const store = options.report === undefined ? await measure(options) : Store.open(options.report);
  const report = options.compareBackends ? backendReport(store) : reportOf(store);
  keep(report, store);
  if (options.publish) publish(report, options.compareBackends ? "back ends" : "results");
  process.stdout.write(report.markdown);
  process.exitCode = report.reached ? 0 : 1;
} catch (error) {
  if (!(error instanceof DieCastError)) throw error;
  process.stderr.write(`bench:tcp: ${error.line}\n`);
  process.exitCode = 2;
}

async function measure(options: Options): Promise<Store> {
  endRunsOnSignals();
  const store = options.goOn
    ? Store.open(options.out, "--out")
    : Store.create(options.out, `${new Date().toISOString().slice(0, 10)}, ${await machine()}`);
  const progress = new Progress();
  const measuring = { options, store, progress };
  progress.say(`results go to ${store.folder}`);
  if (options.compareBackends) {
    for (const backend of ["core", "netem"] as const)
      await measureBulk(options.tdfs[0] ?? 1, backend, measuring);
  } else {
    for (const tdf of [1, ...options.tdfs]) await measureTdf(tdf, measuring);
  }
  return store;
}

function keep(report: Report, store: Store): void {
  store.write("tables.md", report.markdown);
  for (const [name, svg] of report.figures) store.write(name, svg);
}
