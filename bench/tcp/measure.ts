import { totalmem } from "node:os";
import { carryOut, type Outcome } from "../carry_out.js";
import type { Progress } from "../progress.js";
import { budgetFor, intoBatches } from "./batches.js";
import { describeCell, type Flow, flowsOf, packetsPerSecond } from "./cells.js";
import { bulkExperiment, type Generated, writeExperiment } from "./experiment.js";
import type { Options } from "./options.js";
import { readFlows, whyNotCarried } from "./results.js";
import { readFetches, shortExperiment } from "./short_flows.js";
import type { Store } from "./store.js";

/** Which packets are lost hangs on it, and so it is the same at every TDF. */
const SEED = 1;
/** From here on short flows take so little that they run beside the bulk flows. */
const TOGETHER_FROM_TDF = 20;
/** How often flows are measured again that the host could not carry beside the others: as real time allows. */
const mostRetries = (tdf: number) => (tdf < TOGETHER_FROM_TDF ? 2 : 1);

interface Measuring {
  readonly options: Options;
  readonly store: Store;
  readonly progress: Progress;
}

/** Bulk and short flows at one TDF. */
export async function measureTdf(tdf: number, measuring: Measuring): Promise<void> {
  const short = () => measureShortFlows(tdf, measuring);
  if (tdf < TOGETHER_FROM_TDF) {
    await short();
    await measureBulk(tdf, measuring.options.backend, measuring);
  } else {
    await Promise.all([short(), measureBulk(tdf, measuring.options.backend, measuring)]);
  }
}

/** Bulk flows at one TDF, in as few runs as the host can carry. */
export async function measureBulk(
  tdf: number,
  backend: "core" | "netem",
  { options, store, progress }: Measuring,
): Promise<void> {
  const isThere = (flow: Flow) =>
    store.flows.some(
      (done) =>
        done.tdf === tdf &&
        done.backend === backend &&
        done.repetition === flow.repetition &&
        describeCell(done.cell) === describeCell(flow.cell) &&
        // Once more what the host could not carry then, unless there is nothing lighter to be tried.
        (whyNotCarried(done) === undefined ||
          packetsPerSecond(flow.cell) / tdf > options.packetsPerSecond / 2),
    );
  const wanted = flowsOf(options.grid).filter(
    (flow) =>
      options.congestion.includes(flow.cell.congestion) &&
      options.bandwidthsMbit.includes(flow.cell.bandwidthMbit) &&
      !(options.goOn && isThere(flow)),
  );
  const batches = intoBatches(wanted, tdf, budgetFor(totalmem(), options.packetsPerSecond));
  const { warmupS, measureS } = options.duration;
  const realS = Math.round(batches.length * (warmupS + measureS) * tdf);
  progress.say(`TDF ${tdf}, ${backend}: ${batches.length} runs of bulk flows, about ${realS} s`);
  for (const [i, flows] of batches.entries()) {
    progress.say(`${i + 1} of ${batches.length}: ${flows.length} flows`);
    await measureBatch(flows, unusedName(store, `${backend}-tdf${tdf}-${i + 1}`), mostRetries(tdf));
  }

  /** Measures flows side by side, and again in smaller companies those for which the host was not enough. */
  async function measureBatch(flows: readonly Flow[], name: string, retries: number): Promise<void> {
    const outcome = await attempt(name, bulkExperiment(flows, options.duration, { backend }));
    const results = readFlows(outcome, flows, { out: store.folder, run: name, tdf, backend, warmupS });
    const isPoor = results.map((result) => whyNotCarried(result) !== undefined);
    const poor = flows.filter((_, i) => isPoor[i]);
    const again = outcome.fidelity === null || retries === 0 || flows.length === 1 ? [] : poor;
    store.addFlows(again.length === 0 ? results : results.filter((_, i) => !isPoor[i]));
    progress.say(`${name}: ${flows.length - poor.length} of ${flows.length} measured, ${verdictOf(outcome)}`);
    if (again.length === 0) return;
    const companies = again.length < flows.length ? [again] : halves(again);
    for (const [i, company] of companies.entries())
      await measureBatch(company, `${name}${"ab"[i]}`, retries - 1);
  }

  async function attempt(name: string, experiment: Generated): Promise<Outcome> {
    return carryOut((folder) => writeExperiment(experiment, folder), {
      out: store.folder,
      name,
      tdf,
      seed: SEED,
    }).catch((error: Error) => {
      // The others may still succeed, hours of real time are not to be lost; its flows are told as not measured.
      return { directory: "", outcome: "failed", error: error.message, fidelity: null };
    });
  }
}

/** A run's name that no earlier measuring into the same folder has taken. */
function unusedName(store: Store, name: string): string {
  for (let again = 1; ; again++) {
    const candidate = again === 1 ? name : `${name}-again${again}`;
    if (!store.has(candidate)) return candidate;
  }
}

/** Every other one: neighbours are alike, and are not to be together again. */
function halves<T>(all: readonly T[]): T[][] {
  return [all.filter((_, i) => i % 2 === 0), all.filter((_, i) => i % 2 === 1)];
}

function verdictOf({ fidelity, error }: Outcome): string {
  if (fidelity === null) return error ?? "no verdict";
  return fidelity.reasons.length === 0
    ? fidelity.verdict
    : `${fidelity.verdict}: ${fidelity.reasons.join("; ")}`;
}

/** Short flows with and without the scaling of TCP's timers, which at TDF 1 is the same. */
async function measureShortFlows(tdf: number, { options, store, progress }: Measuring): Promise<void> {
  const { backend, pairs } = options;
  const one = async (timers: "scaled" | "kernel", name: string, retries: number): Promise<void> => {
    const experiment = shortExperiment(pairs, {
      backend,
      ...(timers === "kernel" ? { tcpTimers: timers } : {}),
    });
    const outcome = await carryOut((folder) => writeExperiment(experiment, folder), {
      out: store.folder,
      name,
      tdf,
      seed: SEED,
    });
    progress.say(`${name}: ${verdictOf(outcome)}`);
    if (outcome.fidelity === null) return;
    const { verdict, reasons } = outcome.fidelity;
    if (verdict === "not trustworthy" && retries > 0) return one(timers, `${name}a`, retries - 1);
    store.addFetches(readFetches(outcome.directory, { tdf, timers, verdict, reasons, pairs }));
  };
  const begin = async (timers: "scaled" | "kernel") => {
    if (options.goOn && store.fetches.some((done) => done.tdf === tdf && done.timers === timers)) return;
    const name = unusedName(store, `short-${timers}-tdf${tdf}`);
    return one(timers, name, mostRetries(tdf)).catch((error: Error) =>
      progress.say(`${name}: failed: ${error.message}`),
    );
  };
  await Promise.all(tdf === 1 ? [begin("scaled")] : [begin("scaled"), begin("kernel")]);
}
