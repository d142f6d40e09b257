import { createReadStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse";
import { z } from "zod";
import { DieCastError } from "../errors.js";
import type { ProfileResource } from "./set_comparison.js";
import type { Profile } from "./statistics/curves.js";

/** The measuring phase, virtual seconds since the warm-up began, and how finely it is looked at. */
export interface Cells {
  readonly beginS: number;
  readonly cellS: number;
  readonly count: number;
}

/** By group and resource, one guest's share: the mean over the group's guests. */
export type Profiles = ReadonlyMap<
  string,
  { readonly group: string; readonly resource: ProfileResource; readonly profile: Profile }
>;

interface Source {
  readonly file: string;
  /** The column that names the guest: "db-1", or for disks "db-1:/data". */
  readonly owner: string;
  readonly columns: Readonly<Partial<Record<ProfileResource, string>>>;
}

const SOURCES: readonly Source[] = [
  {
    file: "guests.csv",
    owner: "guest",
    columns: { cpu: "cpu (cores)", memory: "memory (B)", sent: "sent (bit/s)", received: "received (bit/s)" },
  },
  {
    file: "disks.csv",
    owner: "disk",
    columns: { "disk read": "read (B/s)", "disk written": "written (B/s)" },
  },
];

export const PROFILE_UNITS: Readonly<Record<ProfileResource, string>> = {
  cpu: "cores",
  memory: "B",
  sent: "bit/s",
  received: "bit/s",
  "disk read": "B/s",
  "disk written": "B/s",
};

/** Whether a run has the file that says what was used of a resource. */
export function hasSamplesOf(run: string, resource: ProfileResource): boolean {
  const source = SOURCES.find(({ columns }) => columns[resource] !== undefined);
  return source !== undefined && existsSync(join(run, "metrics", source.file));
}

/** The samples of one guest (or disk), each good for the time since the one before. */
interface Samples {
  readonly group: string;
  readonly guest: string;
  readonly resource: ProfileResource;
  readonly atS: number[];
  readonly values: number[];
}

/** The time between two samples, in the middle; undefined with fewer than two. */
export async function sampleIntervalS(run: string): Promise<number | undefined> {
  const times = new Set<number>();
  const path = join(run, "metrics", "guests.csv");
  if (!existsSync(path)) return undefined;
  for await (const row of rowsOf(path)) times.add(Number(row["at (s)"]));
  const sorted = Float64Array.from(times).sort();
  const steps = sorted
    .subarray(1)
    .map((at, i) => at - (sorted[i] as number))
    .sort();
  return steps[steps.length >> 1];
}

/**
 * Reads what a run's guests used, group by group.
 * @throws DieCastError `invalid-option` if a file is not what a run writes
 */
export async function readProfiles(run: string, cells: Cells): Promise<Profiles> {
  const groups = groupsOf(run);
  const samples = new Map<string, Samples>();
  for (const source of SOURCES) {
    const path = join(run, "metrics", source.file);
    if (existsSync(path)) await readSamples(path, source, groups, samples);
  }
  const byGroup = new Map<string, { group: string; resource: ProfileResource; own: Map<string, Profile> }>();
  for (const one of samples.values()) {
    const { group, resource, guest } = one;
    const key = `${group} ${resource}`;
    const found = byGroup.get(key) ?? { group, resource, own: new Map<string, Profile>() };
    byGroup.set(key, found);
    const profile = intoCells(one, cells);
    // Several disks of one guest are its disk traffic together.
    const earlier = found.own.get(guest);
    found.own.set(
      guest,
      earlier === undefined ? profile : profile.map((value, i) => value + (earlier[i] as number)),
    );
  }
  return new Map(
    [...byGroup].map(([key, { group, resource, own }]) => [
      key,
      { group, resource, profile: meanOf([...own.values()]) },
    ]),
  );
}

async function readSamples(
  path: string,
  { owner, columns }: Source,
  groups: ReadonlyMap<string, string>,
  samples: Map<string, Samples>,
): Promise<void> {
  for await (const row of rowsOf(path)) {
    const name = row[owner] ?? "";
    const guest = name.split(":", 1)[0] as string;
    const group = groups.get(guest);
    if (group === undefined) continue;
    for (const [resource, column] of Object.entries(columns) as [ProfileResource, string][]) {
      const text = row[column] ?? "";
      if (text === "") continue;
      const key = `${name} ${resource}`;
      const own = samples.get(key) ?? { group, guest, resource, atS: [], values: [] };
      samples.set(key, own);
      own.atS.push(Number(row["at (s)"]));
      own.values.push(Number(text));
    }
  }
}

/** The mean of a step function over each cell; a sample is late now and then, and its step then reaches into the next cell. */
export function intoCells(
  { atS, values }: Pick<Samples, "atS" | "values">,
  { beginS, cellS, count }: Cells,
): Profile {
  const sums = new Float64Array(count);
  const covered = new Float64Array(count);
  let from = 0;
  atS.forEach((to, i) => {
    const first = Math.max(0, Math.floor((from - beginS) / cellS));
    const last = Math.min(count - 1, Math.floor((to - beginS) / cellS));
    for (let cell = first; cell <= last; cell++) {
      const [begin, end] = [beginS + cell * cellS, beginS + (cell + 1) * cellS];
      const share = Math.min(to, end) - Math.max(from, begin);
      if (share <= 0) continue;
      sums[cell] = (sums[cell] as number) + share * (values[i] as number);
      covered[cell] = (covered[cell] as number) + share;
    }
    from = to;
  });
  // A cell of which hardly anything was seen says nothing.
  return sums.map((sum, i) =>
    (covered[i] as number) < cellS / 2 ? Number.NaN : sum / (covered[i] as number),
  );
}

function meanOf(profiles: readonly Profile[]): Profile {
  const [first = new Float64Array()] = profiles;
  return first.map((_, i) => {
    const known = profiles.map((profile) => profile[i] as number).filter((value) => !Number.isNaN(value));
    return known.reduce((sum, value) => sum + value, 0) / known.length;
  });
}

async function* rowsOf(path: string): AsyncGenerator<Record<string, string>> {
  const file = createReadStream(path);
  const rows = file.pipe(parse({ columns: true }));
  file.once("error", (error) => rows.destroy(error));
  try {
    for await (const row of rows as AsyncIterable<Record<string, string>>) yield row;
  } catch (cause) {
    throw new DieCastError(
      "invalid-option",
      `${path}: cannot read the run's samples: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  } finally {
    file.destroy();
  }
}

const PLAN = z.object({ guests: z.array(z.object({ name: z.string(), group: z.string() })).default([]) });

/** Which group a guest belongs to, as the run's plan has it. */
function groupsOf(run: string): Map<string, string> {
  const path = join(run, "plan.json");
  if (!existsSync(path)) return new Map();
  let plan: z.infer<typeof PLAN>;
  try {
    plan = PLAN.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? cause.issues[0]?.message : (cause as Error).message;
    throw new DieCastError("invalid-option", `${path}: cannot read the run's plan: ${why}`, { cause });
  }
  const { guests } = plan;
  return new Map(guests.map(({ name, group }) => [name, group]));
}
