import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DieCastError } from "../../src/errors.js";
import type { Experiment } from "../../src/spec/experiment.js";
import { experimentFromDocument, loadExperiment } from "../../src/spec/load.js";

/** Issue-sized: two groups, two switches, an event of each kind, a metric of each kind. */
export const QUICKSTART = String.raw`name: quickstart
machines:
  server: { cpu: 0.5, memory: 256MiB, nic: { bandwidth: 100Mbit/s } }
  client: { cpu: 0.1, memory: 128MiB, nic: { bandwidth: 10Mbit/s } }
guests:
  web:    { machine: server, run: [node, server.mjs], ready: { tcp: 8080 } }
  client: { machine: client, count: 8, run: [node, client.mjs, --url, http://web:8080/], after: [web] }
network:
  switches: { core: {}, edge: {} }
  links:
    - { from: web,    to: core, latency: 1ms }
    - { from: client, to: edge, latency: 10ms, jitter: 1ms, loss: 0.1% }
    - { from: core,   to: edge, bandwidth: 50Mbit/s, latency: 20ms, queue: 100 }
phases: { warmup: 5s, measure: 20s }
events:
  - { at: 12s, link: core-edge, set: { loss: 5% } }
  - { at: 15s, guest: client-3, kill: true }
metrics:
  throughput: { guest: client, stdout: 'requests/s: ([\d.]+)', unit: 1/s, combine: sum }
  latency:    { guest: client, csv: latencies.csv, column: ms, unit: ms }
`;

/** Loads a text as if it were experiment.yaml. */
export async function load(text: string | Uint8Array, overrides: readonly string[] = []) {
  const directory = mkdtempSync(join(tmpdir(), "diecast-spec-"));
  const file = join(directory, "experiment.yaml");
  try {
    writeFileSync(file, text);
    return await loadExperiment(file, { overrides });
  } catch (error) {
    throw error instanceof DieCastError ? withoutDirectory(error, `${directory}/`) : error;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function withoutDirectory(error: DieCastError, directory: string): DieCastError {
  const strip = (text: string) => text.replaceAll(directory, "");
  return new DieCastError(error.code, strip(error.message), { problems: error.problems.map(strip) });
}

/** What is wrong with a text, line by line. */
export async function problemsOf(
  text: string | Uint8Array,
  overrides: readonly string[] = [],
): Promise<readonly string[]> {
  try {
    await load(text, overrides);
    return [];
  } catch (error) {
    if (error instanceof DieCastError)
      return error.code === "invalid-experiment" ? error.problems : [error.message];
    throw error;
  }
}

/** The least experiment, with more in it. */
export function experiment(more: Record<string, unknown> = {}): Experiment {
  const least = { name: "test", guests: { a: { run: "true" } }, phases: { measure: "10s" } };
  return experimentFromDocument({ ...least, ...more }, { directory: "/", file: "test.yaml" });
}

/** What is wrong with such an experiment, without the file's name. */
export function problemsWith(more: Record<string, unknown>): readonly string[] {
  try {
    experiment(more);
    return [];
  } catch (error) {
    if (error instanceof DieCastError) return error.problems.map((line) => line.replace("test.yaml: ", ""));
    throw error;
  }
}
