import { type Cleaned, cleanDeadRuns } from "../host/state/clean.js";
import { print } from "./print.js";

/** Removes what dead runs have left; returns the exit code. */
export function clean(json: boolean): number {
  const cleaned = cleanDeadRuns();
  print(json ? `${JSON.stringify(cleaned, null, 2)}\n` : formatCleaned(cleaned));
  return cleaned.left.length === 0 ? 0 : 1;
}

export function formatCleaned({ runs, cgroups, files, left }: Cleaned): string {
  const lines = [
    ...runs.map((id) => `removed the record of ${id}`),
    ...cgroups.map((path) => `removed ${path}`),
    ...files.map((path) => `removed ${path}`),
    ...left.map((path) => `still in use: ${path}`),
  ];
  return lines.length === 0 ? "nothing to clean\n" : `${lines.join("\n")}\n`;
}
