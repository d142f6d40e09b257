import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What fio found out of one job, in the time of whoever ran it. */
export interface FioResult {
  readonly meanLatencyNs: number;
  readonly bytesPerSecond: number;
  readonly requests: number;
}

/** Runs fio on a file or device. @throws if it fails or finds data other than it has written */
export async function fio(
  file: string,
  options: Readonly<Record<string, string | number>>,
): Promise<FioResult> {
  const args = Object.entries({
    name: "test",
    filename: file,
    direct: 1,
    ioengine: "libaio",
    lat_percentiles: 1,
    ...options,
  });
  const { stdout } = await run("fio", [
    "--output-format=json",
    ...args.map(([key, value]) => `--${key}=${value}`),
  ]);
  return fioResult(stdout, String(options.rw).includes("write") ? "write" : "read");
}

/** Takes fio's JSON apart. */
export function fioResult(json: string, direction: "read" | "write"): FioResult {
  const { jobs } = JSON.parse(json) as {
    jobs: Record<"read" | "write", FioDirection>[];
  };
  const found = jobs[0]?.[direction];
  if (found === undefined) throw new Error(`fio has reported no job: ${json}`);
  return {
    meanLatencyNs: found.lat_ns.mean,
    bytesPerSecond: found.bw_bytes,
    requests: found.total_ios,
  };
}

/** Of fio's JSON, what is used here. */
interface FioDirection {
  readonly lat_ns: { readonly mean: number };
  readonly bw_bytes: number;
  readonly total_ios: number;
}
