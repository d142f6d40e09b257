import { join } from "node:path";
import type { ResourceCharts, ResourceGroup, ResourcePanel, ResourceQuantity } from "../data.js";
import { ThinnedSeries } from "../thin.js";
import { eachRow } from "./rows.js";
import type { RunFiles } from "./run_files.js";

/** More rows of charts than this are no overview. */
const MOST_GROUPS = 12;
/** Of a line: up to twice as many are kept (ThinnedSeries). */
const MOST_POINTS = 100;
const LEAST_POINTS = 5;
/** Of all lines together: the page has them as pictures and as tables. */
const MOST_POINTS_OF_ALL = 12_000;

const GUEST_COLUMNS = [
  "at (s)",
  "guest",
  "cpu (cores)",
  "memory (B)",
  "sent (bit/s)",
  "received (bit/s)",
] as const;
const DISK_COLUMNS = ["at (s)", "disk", "read (B/s)", "written (B/s)"] as const;
const QUANTITIES: readonly ResourceQuantity[] = ["cpu", "memory", "sent", "received", "disk"];

type Charted = Map<string, Map<ResourceQuantity, ThinnedSeries>>;

/**
 * Reads how guests of each group used processor, memory, network and disk over virtual time.
 * @param of as in ReportedMetric
 * @param parts how many such sets of runs the page has to have room for
 */
export async function readResources(
  runs: readonly RunFiles[],
  of: string | null = null,
  parts = 1,
): Promise<ResourceCharts> {
  const [first] = runs;
  if (first === undefined) return { groups: [], leftOut: [] };
  const counts = countBy(first.plan.guests.map(({ group }) => group));
  const all = [...counts.keys()];
  const ofGroup = 2 * QUANTITIES.length * runs.length * parts;
  const room = Math.max(1, Math.floor(MOST_POINTS_OF_ALL / (LEAST_POINTS * ofGroup)));
  const shown = busiest(all, first).slice(0, Math.min(MOST_GROUPS, room));
  const charted: Charted[] = [];
  const each = Math.floor(MOST_POINTS_OF_ALL / (shown.length * ofGroup));
  const points = Math.min(MOST_POINTS, Math.max(LEAST_POINTS, each));
  for (const run of runs) charted.push(await readRun(run, new Set(shown), points));
  const groups = all
    .filter((group) => shown.includes(group))
    .map((group): ResourceGroup => {
      const cores = first.plan.guests.find((guest) => guest.group === group)?.cpu?.cores;
      return {
        of,
        group,
        guests: counts.get(group) ?? 0,
        coresLimit: cores === undefined ? null : cores.num / cores.den,
        panels: QUANTITIES.flatMap((quantity) => panelOf(group, quantity, charted)),
      };
    })
    .filter(({ panels }) => panels.length > 0);
  return { groups, leftOut: all.filter((group) => !shown.includes(group)) };
}

function panelOf(group: string, quantity: ResourceQuantity, charted: readonly Charted[]): ResourcePanel[] {
  const runs = charted.flatMap((run, index) => {
    const series = run.get(group)?.get(quantity);
    if (series === undefined || series.points.length === 0) return [];
    return [{ run: index, samplesPerPoint: series.samplesPerPoint, points: series.points }];
  });
  return runs.length === 0 ? [] : [{ quantity, runs }];
}

async function readRun(run: RunFiles, shown: ReadonlySet<string>, points: number): Promise<Charted> {
  const groupOf = new Map(run.plan.guests.map(({ name, group }) => [name, group]));
  const charted: Charted = new Map();
  const guests = new SampleReader(charted, ["cpu", "memory", "sent", "received"], points);
  await eachRow(join(run.path, "metrics", "guests.csv"), GUEST_COLUMNS, ([at, guest = "", ...cells]) => {
    const group = groupOf.get(guest);
    if (group !== undefined && shown.has(group)) guests.add(Number(at), group, cells);
  });
  guests.end();
  const disks = new SampleReader(charted, ["disk"], points);
  await eachRow(join(run.path, "metrics", "disks.csv"), DISK_COLUMNS, ([at, disk = "", read, written]) => {
    // A disk is named for its guest: db-1:/data
    const group = groupOf.get(disk.slice(0, disk.indexOf(":")));
    if (group === undefined || !shown.has(group)) return;
    disks.add(Number(at), group, [`${Number(read) + Number(written)}`]);
  });
  disks.end();
  return charted;
}

/** Makes points out of the rows of one sample after the other. */
class SampleReader {
  readonly #charted: Charted;
  readonly #quantities: readonly ResourceQuantity[];
  readonly #points: number;
  readonly #sample = new Map<string, Map<ResourceQuantity, number[]>>();
  #atS = Number.NaN;

  constructor(charted: Charted, quantities: readonly ResourceQuantity[], points: number) {
    this.#points = points;
    this.#charted = charted;
    this.#quantities = quantities;
  }

  add(atS: number, group: string, cells: readonly string[]): void {
    if (atS !== this.#atS) this.end();
    this.#atS = atS;
    const own = this.#sample.get(group) ?? new Map<ResourceQuantity, number[]>();
    this.#sample.set(group, own);
    for (const [i, quantity] of this.#quantities.entries()) {
      const cell = cells[i] ?? "";
      if (cell === "") continue;
      const values = own.get(quantity);
      if (values === undefined) own.set(quantity, [Number(cell)]);
      else values.push(Number(cell));
    }
  }

  /** Ends the sample under way. */
  end(): void {
    for (const [group, quantities] of this.#sample) {
      const series = this.#charted.get(group) ?? new Map<ResourceQuantity, ThinnedSeries>();
      this.#charted.set(group, series);
      for (const [quantity, values] of quantities) {
        const own = series.get(quantity) ?? new ThinnedSeries(this.#points);
        series.set(quantity, own);
        own.add({
          atS: this.#atS,
          mean: values.reduce((sum, value) => sum + value, 0) / values.length,
          least: values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
          most: values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
        });
      }
    }
    this.#sample.clear();
  }
}

/** Groups by the processor time of all their guests, most first; as in the plan where nobody knows. */
function busiest(groups: readonly string[], { summary }: RunFiles): string[] {
  const use = (group: string) => {
    const own = summary.resources?.groups[group];
    return (own?.cpuCores ?? 0) * (own?.guests ?? 0);
  };
  return [...groups].sort((a, b) => use(b) - use(a));
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
