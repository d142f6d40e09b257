import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { RunGroups } from "../src/host/cgroup/run_groups.js";
import { startQuotaTick } from "../src/host/quota_tick.js";
import type { CpuBandwidth } from "../src/scale/cpu.js";
import { machine } from "./clock/measure.js";
import { buildProgram } from "./clock/program.js";
import { median } from "./clock/samples.js";
import { type Row, toTable } from "./net/row.js";
import { wholeNumberOption } from "./options.js";
import { Progress } from "./progress.js";

/*
 * npm run bench:quotas [-- --rounds 5]
 *
 * How long a guest's turns on a processor are that has a quota, with the kernel's tick alone and with diecast-tick (native/tick), in
 * turns; whether it gets what its quota says; and what diecast-tick takes from a processor that is at work. Four minutes. Exit code 1 if a target
 * is missed.
 */
const QUOTAS: readonly CpuBandwidth[] = [
  { periodUs: 50_000n, quotaUs: 1000n }, // a fifth of a core at TDF 10
  { periodUs: 5000n, quotaUs: 1000n }, // and at TDF 1
  { periodUs: 80_000n, quotaUs: 8000n }, // one core at TDF 10
];
/** Of each measurement: at its edges there is a quota more or less. */
const SECONDS = 5;
/** Of the quota: a turn of its length, a share of its size. */
const MOST_TURN = 1.2;
const MOST_SHARE_ERROR = 0.02;
const MOST_COST = 0.02;

interface Turns {
  readonly meanMs: number;
  readonly cores: number;
  readonly roundsPerSecond: number;
}

interface Sides {
  readonly alone: Turns[];
  readonly ticked: Turns[];
}

const rounds = wholeNumberOption("rounds", 5);
const program = await buildProgram("turns");
const progress = new Progress();
const limited = QUOTAS.map((bandwidth) => ({ bandwidth, sides: noSides() }));
const unlimited = noSides();
const groups = new RunGroups(`bench-quotas-${process.pid}`, () => {});
try {
  for (let round = 1; round <= rounds; round++) {
    progress.say(`round ${round} of ${rounds}`);
    for (const { bandwidth, sides } of [...limited, { bandwidth: undefined, sides: unlimited }]) {
      sides.alone.push(await turnsWith(bandwidth));
      const tick = await startQuotaTick();
      try {
        sides.ticked.push(await turnsWith(bandwidth));
      } finally {
        await tick.close();
      }
    }
  }
} finally {
  groups.remove();
}
const rows = [...limited.flatMap(({ bandwidth, sides }) => rowsOf(bandwidth, sides)), costRow()];
process.stdout.write(`\n${await machine()}\n\n${toTable(rows)}\n`);
process.exitCode = rows.some(({ reached }) => reached === false) ? 1 : 0;

function noSides(): Sides {
  return { alone: [], ticked: [] };
}

async function turnsWith(bandwidth: CpuBandwidth | undefined): Promise<Turns> {
  const group = groups.add("busy", { bandwidth, memoryBytes: undefined, processes: 5 });
  try {
    const child = spawn(program, [`${SECONDS}`], { stdio: ["pipe", "pipe", "inherit"] });
    await once(child, "spawn");
    for (const directory of group.directories) writeFileSync(join(directory, "cgroup.procs"), `${child.pid}`);
    child.stdin.end("\n");
    const said = /^busy\n(\S+) (\S+) (\S+)\n$/.exec(await text(child.stdout));
    const [meanMs, cores, roundsPerSecond] = said?.slice(1).map(Number) ?? [];
    if (meanMs === undefined || cores === undefined || roundsPerSecond === undefined)
      throw new Error(`${program} has failed`);
    return { meanMs, cores, roundsPerSecond };
  } finally {
    await group.remove();
  }
}

function rowsOf({ periodUs, quotaUs }: CpuBandwidth, { alone, ticked }: Sides): Row[] {
  const [quotaMs, periodMs] = [Number(quotaUs) / 1000, Number(periodUs) / 1000];
  const what = `${quotaMs} ms of each ${periodMs} ms`;
  const turn = (side: readonly Turns[]) => median(side.map(({ meanMs }) => meanMs));
  const share = (side: readonly Turns[]) => median(side.map(({ cores }) => cores)) / (quotaMs / periodMs);
  return [
    {
      what: `a turn's length with ${what}`,
      expected: `${turn(alone).toFixed(2)} ms by the kernel's tick alone`,
      measured: `${turn(ticked).toFixed(2)} ms`,
      result: `${(turn(ticked) / quotaMs).toFixed(2)} of the quota`,
      target: `≤ ${MOST_TURN}`,
      reached: turn(ticked) / quotaMs <= MOST_TURN,
    },
    {
      what: `processor time with ${what}`,
      expected: `${share(alone).toFixed(3)} of it by the kernel's tick alone`,
      measured: `${share(ticked).toFixed(3)} of it`,
      result: "",
      target: `1 ± ${MOST_SHARE_ERROR}`,
      reached: Math.abs(share(ticked) - 1) <= MOST_SHARE_ERROR,
    },
  ];
}

/** Of rounds made next to each other in time, as cores become faster and slower. */
function costRow(): Row {
  const lost = median(
    unlimited.ticked.map(
      ({ roundsPerSecond }, round) =>
        1 - roundsPerSecond / (unlimited.alone[round]?.roundsPerSecond ?? Number.NaN),
    ),
  );
  return {
    what: "work done on a processor without a quota",
    expected: "as without diecast-tick",
    measured: `${(lost * 100).toFixed(1)} % less`,
    result: "",
    target: `≤ ${MOST_COST * 100} %`,
    reached: lost <= MOST_COST,
  };
}
