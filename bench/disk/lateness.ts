import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { carryOut } from "../carry_out.js";
import type { Row } from "../net/row.js";
import { fioArguments } from "./loads.js";
import type { Place } from "./path_truth.js";

const GUESTS = 20;
const TDF = 10;
const MODEL = "hdd-7200-sata-4tb";
const MOST_SHARE = 0.01;

/** How late replies are when many guests keep their drives busy, against what the drives take. */
export async function replyLateness(place: Place): Promise<Row> {
  const load = { rw: "randread", blockBytes: 4096, depth: 4 } as const;
  const experiment = {
    name: "lateness",
    machines: { m: { memory: "64MiB", disk: { model: MODEL, size: "1GiB", fs: "none" } } },
    guests: {
      g: { machine: "m", count: GUESTS, run: ["fio", ...fioArguments(load, "/dev/sda", { runtime: 1000 })] },
    },
    phases: { warmup: "0.5s", measure: "3s" },
  };
  const { fidelity, error } = await carryOut(
    (folder) => writeFile(join(folder, "experiment.yaml"), JSON.stringify(experiment)),
    { out: place.out, name: "lateness", tdf: TDF, seed: 1 },
  );
  const disks = fidelity?.disks;
  if (disks === undefined) throw new Error(`lateness: ${error}`);
  const { latenessVirtualNs, meanServiceVirtualNs, requests } = disks;
  const share = latenessVirtualNs.p99 / meanServiceVirtualNs;
  place.say(`lateness: ${fidelity?.verdict}`);
  return {
    what: `p99 of replies' lateness, TDF ${TDF}, ${GUESTS} guests, ${requests} requests`,
    expected: `service ${(meanServiceVirtualNs / 1e6).toFixed(2)} ms`,
    measured: `${(latenessVirtualNs.p99 / 1e3).toFixed(1)} us`,
    result: `${(share * 100).toFixed(2)} % of it`,
    target: `< ${MOST_SHARE * 100} %`,
    reached: share < MOST_SHARE,
  };
}
