import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { carryOut } from "../carry_out.js";
import { median } from "../clock/samples.js";
import type { Place } from "./path_truth.js";

/** A program that reports its own throughput on a guest's disk. */
export interface DiskProgram {
  readonly name: string;
  readonly unit: string;
  readonly machine: object;
  /** As in an experiment: what it takes of this host, and what brings it. */
  readonly requires: Readonly<Record<string, string>>;
  readonly prepare?: string;
  readonly run: string;
  readonly user?: string;
  readonly durationS: number;
  readonly pattern: RegExp;
}

const DRIVE = "hdd-7200-sata-4tb";

/** Debian keeps each version's programs in a folder of its own. */
const POSTGRES =
  "export PATH=$(echo /usr/lib/postgresql/*/bin):$PATH PGHOST=/tmp PGUSER=postgres PGDATA=/data/pg";

export const PROGRAMS: readonly DiskProgram[] = [
  {
    name: "dbench, 4 clients, ext4",
    unit: "MB/s",
    requires: { dbench: "dbench" },
    machine: { cpu: 0.5, memory: "1GiB", disk: { model: DRIVE, size: "4GiB" } },
    run: "exec dbench -D /data -c /usr/share/dbench/client.txt -t 10 4",
    durationS: 16,
    pattern: /^Throughput ([\d.]+) MB\/sec/m,
  },
  {
    name: "pgbench, 4 clients, synchronous commit, ext4",
    unit: "transactions/s",
    requires: { "/usr/lib/postgresql/*/bin/initdb": "postgresql" },
    machine: { cpu: 0.5, memory: "1GiB", disk: { model: DRIVE, size: "4GiB" } },
    user: "postgres",
    prepare: `${POSTGRES}; initdb -A trust -U postgres > /dev/null && pg_ctl -w -o '-k /tmp -h ""' start > /dev/null && pgbench -i -q -s 5 postgres && pg_ctl -w stop > /dev/null`,
    run: `${POSTGRES}; pg_ctl -w -o '-k /tmp -h ""' start > /dev/null; pgbench -c 4 -j 1 -T 10 postgres; exec pg_ctl -m immediate stop`,
    durationS: 14,
    pattern: /^tps = ([\d.]+)/m,
  },
];

/** Medians of the throughput by TDF, in the program's own time. Takes the TDFs in turn, `rounds` times. */
export async function throughputByTdf(
  program: DiskProgram,
  tdfs: readonly number[],
  rounds: number,
  place: Place,
): Promise<number[]> {
  const found: number[][] = tdfs.map(() => []);
  for (let round = 1; round <= rounds; round++) {
    for (const [i, tdf] of tdfs.entries()) found[i]?.push(await throughput(program, tdf, round, place));
  }
  return found.map(median);
}

async function throughput(program: DiskProgram, tdf: number, round: number, place: Place): Promise<number> {
  const name = `${program.name.split(",")[0]}-tdf${tdf}-${round}`;
  const { user, prepare, run, machine, requires } = program;
  const guest = { machine: "m", run, exit: 0, ...(user && { user }), ...(prepare && { prepare }) };
  const experiment = {
    name: "program",
    requires,
    machines: { m: machine },
    guests: { g: guest },
    phases: { warmup: 0, measure: `${program.durationS}s` },
  };
  const { directory, fidelity, error } = await carryOut(
    (folder) => writeFile(join(folder, "experiment.yaml"), JSON.stringify(experiment)),
    { out: place.out, name, tdf, seed: round },
  );
  if (fidelity === null) throw new Error(`${name}: ${error}`);
  const said = readFileSync(join(directory, "guests", "g", "stdout.log"), "utf8");
  const value = Number(program.pattern.exec(said)?.[1]);
  place.say(`${name}: ${value} ${program.unit}; ${[fidelity.verdict, ...fidelity.reasons].join("; ")}`);
  if (!(value > 0))
    throw new Error(`${name}: expected ${program.pattern}, found ${JSON.stringify(said.slice(-400))}`);
  return value;
}
