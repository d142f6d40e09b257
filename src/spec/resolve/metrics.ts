import type { Metric } from "../experiment.js";
import type { Path, Problems } from "../problems.js";
import type { ExperimentFile } from "../schema/file.js";
import { METRIC_DEFAULTS, type MetricEntry } from "../schema/observation.js";
import type { Names } from "./names.js";

const SOURCES = ["stdout", "stderr", "csv"] as const;
const PATTERN_KEYS = ["each", "combine"] as const;
const CSV_KEYS = ["column", "time"] as const;

export function resolveMetrics(file: ExperimentFile, names: Names, problems: Problems): readonly Metric[] {
  return Object.entries(file.metrics).flatMap(([name, entry]): Metric[] => {
    const path = ["metrics", name];
    checkGroups(entry, [...path, "guest"], names, problems);
    if (problems.touches(path) || !isWellFormed(entry, path, problems)) return [];
    const common = { name, groups: [...new Set(entry.guest)], unit: entry.unit };
    const pattern = entry.stdout ?? entry.stderr;
    if (pattern !== undefined) {
      const stream = entry.stdout === undefined ? "stderr" : "stdout";
      const { each = METRIC_DEFAULTS.each, combine = METRIC_DEFAULTS.combine } = entry;
      return [{ ...common, kind: "pattern", stream, pattern, perGuest: each, combine }];
    }
    return [{ ...common, kind: "csv", file: entry.csv ?? "", column: entry.column ?? "", time: entry.time }];
  });
}

function checkGroups({ guest }: MetricEntry, path: Path, names: Names, problems: Problems): void {
  for (const group of guest) {
    if (names.groups.has(group)) continue;
    const instance = names.guests.get(group);
    if (instance !== undefined) {
      problems.note(path, `expected the name of a group, found "${group}", one guest of ${instance.group}`);
    } else if (!names.isDeclared(group)) {
      problems.addUnknown(path, "the name of a group", group, names.groupNames);
    }
  }
}

function isWellFormed(entry: MetricEntry, path: Path, problems: Problems): boolean {
  const given = SOURCES.filter((source) => entry[source] !== undefined);
  const [source] = given;
  if (source === undefined || given.length > 1) {
    problems.note(path, `expected one of ${SOURCES.join(", ")}, found ${given.join(" and ") || "none"}`);
    return false;
  }
  const foreign = (source === "csv" ? PATTERN_KEYS : CSV_KEYS).filter((key) => entry[key] !== undefined);
  for (const key of foreign) {
    problems.note(
      [...path, key],
      `belongs to ${source === "csv" ? "stdout and stderr" : "csv"}, found beside ${source}`,
      true,
    );
  }
  if (source === "csv" && entry.column === undefined) {
    problems.add([...path, "column"], "the name of the column with the numbers", undefined);
    return false;
  }
  return foreign.length === 0;
}
