import { rmSync } from "node:fs";
import { release } from "node:os";
import { DieCastError } from "../errors.js";
import { hostCapacity } from "../host/capacity.js";
import { hostFacts } from "../host/check/facts.js";
import { type CoreSpeed, measureCoreSpeed, speedRatio as speedRatioOf } from "../host/core_speed.js";
import { chooseLinks } from "../host/links/choose.js";
import { assertThere, type Missing, missingOf, versionsOf } from "../host/requirements.js";
import { cleanDeadRuns } from "../host/state/clean.js";
import { assertFits, type Capacity, capacityOf, leastTdf } from "../plan/capacity.js";
import type { Plan } from "../plan/plan.js";
import { planExperiment } from "../plan/planner.js";
import { toNumber } from "../scale/ratio.js";
import type { Tdf } from "../scale/tdf.js";
import { filesOf } from "../spec/drives.js";
import type { Experiment, Requirement } from "../spec/experiment.js";
import { packageVersion } from "../version.js";
import { type Conclusion, conclude } from "./conclude.js";
import { RunDirectory, sideInName } from "./directory.js";
import { type HostRecord, planRecord, type RunRecord, recordOf } from "./record.js";
import type { RunReporter } from "./reporter.js";
import type { RunResult } from "./result.js";
import { Run } from "./run.js";
import { snapshotFiles } from "./snapshot.js";

/** What is to be run. */
export interface RunRequest {
  readonly experiment: Experiment;
  /** The experiment's file as JSON, after overrides, for the record. */
  readonly document: unknown;
  /** Undefined: the least that fits this host. */
  readonly tdf: Tdf | undefined;
  readonly seed: number | undefined;
  readonly out: string | undefined;
  /** Run even if the host is too small. */
  readonly overcommit: boolean;
  /** Let the host's processors sleep while nobody wants them. */
  readonly allowIdle: boolean;
  /** Guests have the share of the host's processors that they would have at this TDF; undefined: at their own. */
  readonly sharesOf: Tdf | undefined;
  /** The core that `cpu` is meant in; undefined: this host's, or that of `steadyCores`. */
  readonly reference: CoreSpeed | undefined;
  /** How fast guests' cores are to be, in steps per second of diecast-pulse's loop; undefined: as fast as the host's. */
  readonly steadyCores: number | undefined;
}

/** A request, thought through to what would be set up. */
export interface PreparedRun {
  readonly plan: Plan;
  readonly capacity: Capacity;
  /** What the experiment requires and this host lacks. */
  readonly missing: readonly Missing[];
}

export interface PerformedRun {
  readonly directory: RunDirectory;
  readonly plan: Plan;
  readonly result: RunResult;
  readonly conclusion: Conclusion | undefined;
}

/**
 * Lays a run out. Starts nothing.
 * @param speedRatio by what guests' cores are multiplied to be as fast as the reference
 */
export function prepareRun(
  { experiment, tdf, seed, out, sharesOf }: RunRequest,
  speedRatio = 1,
): PreparedRun {
  const cpuFactor = sharesOf === undefined ? speedRatio : speedRatio / toNumber(sharesOf);
  const host = { ...hostCapacity(out ?? "."), cpuFactor };
  const plan = planExperiment(experiment, { tdf: tdf ?? leastTdf(experiment, host), seed, cpuFactor });
  return { plan, capacity: capacityOf(plan, host), missing: missingOf(experiment.requires) };
}

/**
 * Runs an experiment and records it.
 * @throws DieCastError when it cannot be begun; what goes wrong later is in the result
 */
export async function performRun(
  request: RunRequest,
  reporter: RunReporter,
  signal: AbortSignal,
): Promise<PerformedRun> {
  const coreSpeed = measureCoreSpeed();
  const { reference = coreSpeed, allowIdle, steadyCores } = request;
  const speedRatio = ratioTo(reference, coreSpeed);
  const { plan, capacity, missing } = prepareRun(request, speedRatio);
  assertThere(missing, plan.experiment.directory);
  if (!request.overcommit) assertFits(plan, capacity);
  for (const note of capacity.notes) reporter.warn(note);
  const links = chooseLinks(plan);
  reporter.note(`links by ${links.backend === "core" ? "DieCast's core" : links.backend}: ${links.reason}`);
  cleanDeadRuns();
  const directory = RunDirectory.create(
    request.out,
    plan.experiment.name,
    sideInName(plan.tdf, request.sharesOf),
  );
  await snapshotFiles(plan.experiment.directory, filesOf(plan.experiment), directory.file("files")).catch(
    (error: unknown) => {
      // Nothing has been recorded yet, and the same --out is to do for the next attempt.
      rmSync(directory.path, { recursive: true });
      throw error;
    },
  );
  const id = `${plan.experiment.name}-${process.pid}`;
  const began = new Date();
  const record = (result?: RunResult): RunRecord =>
    recordOf({
      ...{ id, plan, links, began, speedRatio, reference, allowIdle, result },
      overcommit: request.overcommit,
      sharesOf: request.sharesOf,
      steadyCores,
      diecast: packageVersion(),
    });
  directory.writeJson("experiment.json", request.document);
  directory.writeJson("plan.json", planRecord(plan));
  directory.writeJson("host.json", await hostRecord(coreSpeed, plan.experiment.requires));
  directory.writeJson("run.json", record());

  const dividedBy = toNumber(request.sharesOf ?? plan.tdf);
  const steady = steadyCores === undefined ? undefined : { stepsPerSecond: steadyCores, dividedBy };
  const lived = await new Run({ plan, directory, id, links, allowIdle, steadyCores: steady }, reporter).live(
    signal,
  );
  try {
    directory.writeJson("run.json", record(lived));
    const conclusion = await conclude(plan, directory, lived);
    if (conclusion !== undefined) await writeReportOf(directory, reporter);
    return { directory, plan, result: lived, conclusion };
  } catch (caught) {
    // All that was collected stays; a run without its summary has failed, though.
    const result = unconcluded(lived, caught, reporter);
    try {
      directory.writeJson("run.json", record(result));
    } catch {
      // The folder itself is gone: the result's error says so.
    }
    return { directory, plan, result, conclusion: undefined };
  }
}

/** The run is what counts: a report that cannot be written is worth a warning, and can be made later. */
async function writeReportOf(directory: RunDirectory, reporter: RunReporter): Promise<void> {
  try {
    // Not before: what draws takes a third of a second to load.
    const { REPORT_FILE, writeReport } = await import("../report/report.js");
    await writeReport([directory.path], directory.file(REPORT_FILE));
  } catch (error) {
    reporter.warn(`there is no report: ${(error as Error).message}`);
  }
}

function ratioTo(reference: CoreSpeed, here: CoreSpeed): number {
  const ratio = speedRatioOf(reference, here);
  if (ratio !== undefined) return ratio;
  throw new DieCastError(
    "unsupported",
    "the recorded core speed is of another version of DieCast's calibration",
    { remedy: "replay it with the version that recorded it" },
  );
}

/** What becomes of a run's result when it cannot be concluded. The first cause of a failure stays the cause. */
function unconcluded(lived: RunResult, caught: unknown, reporter: RunReporter): RunResult {
  const { message, code } = caught as NodeJS.ErrnoException;
  const error =
    caught instanceof DieCastError || code === undefined
      ? caught
      : new DieCastError("failed", `cannot conclude the run: ${message}`, { cause: caught });
  if (lived.outcome !== "failed") return { ...lived, outcome: "failed", error };
  const line = (error as Error).message;
  reporter.warn(line);
  return { ...lived, warnings: [...lived.warnings, line] };
}

/** What this host is, for people who compare results. */
export async function hostRecord(
  coreSpeed: CoreSpeed,
  requires: readonly Requirement[],
): Promise<HostRecord> {
  return {
    ...(await hostFacts()),
    coreSpeed,
    node: process.version,
    kernel: release(),
    packages: await versionsOf(requires),
    path: process.env.PATH ?? "",
  };
}
