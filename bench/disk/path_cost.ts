import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Clock } from "../../src/clock/clock.js";
import { createBlockDisks } from "../../src/host/disks/block.js";
import { fioResult } from "../../test/host/disks/fio.js";
import { inTurn } from "../clock/samples.js";
import type { Row } from "../net/row.js";
import { type FioLoad, fioArguments } from "./loads.js";

const SIZE_BYTES = 256 * 2 ** 20;
const MOST_LATENCY_US = 80;
const LEAST_PER_SECOND = 20_000;

/** What the way to a disk without a model and back costs, against a plain file of the host read in the same manner. */
export async function pathCost(rounds: number, seconds: number): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), "diecast-bench-"));
  const clock = new Clock({ tdf: 1 });
  const disks = await createBlockDisks({
    disks: [{ name: "bench", sizeBytes: SIZE_BYTES, drive: undefined }],
    clock,
    directory,
    broken: (_, message) => process.stderr.write(`${message}\n`),
  });
  try {
    await disks.bypass(false);
    const device = disks.devices[0] as string;
    // Of a disk nobody has written to there would be nothing to copy.
    await promisify(execFile)("dd", [
      "if=/dev/urandom",
      `of=${device}`,
      "bs=1M",
      "count=256",
      "oflag=direct",
    ]);
    const run = (depth: number) => fio({ rw: "randread", blockBytes: 4096, depth }, device, seconds);
    const [latencyUs = 0, rate = 0] = await inTurn(rounds, [
      async () => (await run(1)).meanLatencyNs / 1e3,
      async () => (await run(16)).requests / seconds,
    ]);
    return [
      {
        what: "4 KiB random read, no model, depth 1",
        expected: "",
        measured: `${latencyUs.toFixed(1)} us`,
        result: `${latencyUs.toFixed(1)} us real`,
        target: `≤ ${MOST_LATENCY_US} us`,
        reached: latencyUs <= MOST_LATENCY_US,
      },
      {
        what: "4 KiB random reads, no model, depth 16",
        expected: "",
        measured: `${Math.round(rate).toLocaleString("en")}/s`,
        result: `${Math.round(rate).toLocaleString("en")}/s`,
        target: `≥ ${LEAST_PER_SECOND.toLocaleString("en")}/s`,
        reached: rate >= LEAST_PER_SECOND,
      },
    ];
  } finally {
    await disks.close();
    clock.close();
    rmSync(directory, { recursive: true });
  }
}

async function fio(load: FioLoad, device: string, seconds: number) {
  const args = fioArguments(load, device, { runtime: seconds });
  return fioResult((await promisify(execFile)("fio", args)).stdout, "read");
}
