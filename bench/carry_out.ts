import { type ChildProcess, execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Fidelity } from "../src/run/fidelity.js";
import type { RunRecord } from "../src/run/record.js";
import { diecast } from "./clock/program.js";

/** What a run's folder says of it. */
export interface Outcome {
  readonly directory: string;
  readonly outcome: RunRecord["outcome"];
  readonly error: string | null;
  /** Null: it never came to measuring. */
  readonly fidelity: Fidelity | null;
}

const runs = new Set<ChildProcess>();
let interrupted = false;

/**
 * From now on a signal that ends this process ends the runs under way, and is heeded when they are gone.
 * @param leave called last
 */
export function endRunsOnSignals(leave: () => void = () => {}): void {
  process.once("exit", leave);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      interrupted = true;
      for (const run of runs) run.kill("SIGINT");
      endIfIdle();
    });
  }
}

function endIfIdle(): void {
  if (runs.size === 0) process.exit(130);
}

/**
 * Runs an experiment as a user would; its folder and the run's are below `out`, named for it.
 * @param write puts the experiment's files into its folder
 * @throws Error with what `diecast run` said if it could not begin
 */
export async function carryOut(
  write: (folder: string) => Promise<void>,
  at: {
    readonly out: string;
    readonly name: string;
    readonly tdf: number;
    readonly seed: number;
    /** More of `diecast run`. */
    readonly options?: readonly string[];
  },
): Promise<Outcome> {
  const folder = join(at.out, "experiments", at.name);
  const directory = join(at.out, "runs", at.name);
  await mkdir(folder, { recursive: true });
  await write(folder);
  // --overcommit: interfaces of 10 Gbit/s count as if they were used, and flows are grouped by what they really send.
  const args = ["run", folder, "--tdf", `${at.tdf}`, "--seed", `${at.seed}`, "--out", directory];
  const run = promisify(execFile)(diecast, [...args, ...(at.options ?? []), "--overcommit", "--quiet"], {
    maxBuffer: 2 ** 26,
  });
  runs.add(run.child);
  const said = await run.then(
    () => "",
    // Exit codes tell of doubts, too; what became of it is in its folder.
    (failure: { stderr?: string }) => failure.stderr ?? "",
  );
  runs.delete(run.child);
  if (interrupted) endIfIdle();
  const file = (name: string) => join(directory, name);
  if (!existsSync(file("run.json")))
    throw new Error(`${at.name}: ${said.trim().split("\n").slice(-2).join("; ")}`);
  const read = <T>(name: string) => JSON.parse(readFileSync(file(name), "utf8")) as T;
  const { outcome, error } = read<RunRecord>("run.json");
  const fidelity = existsSync(file("fidelity.json")) ? read<Fidelity>("fidelity.json") : null;
  return { directory, outcome, error, fidelity };
}
