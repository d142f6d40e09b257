import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DieCastError } from "../errors.js";
import { repetitionsIn } from "../run/directory.js";
import type { ReportData } from "./data.js";
import { pageOf } from "./page/page.js";
import { readReportData } from "./read/report_data.js";
import { readRunFiles } from "./read/run_files.js";

export type { ReportData } from "./data.js";

/** The name of a run's or validation's report in its folder. */
export const REPORT_FILE = "report.html";

/**
 * Makes the page on runs of one experiment, or on a validation, and writes it to `file`; an old one is replaced as a whole.
 * @param paths folders of runs, or the one of a validation
 * @returns what it shows
 * @throws DieCastError `invalid-option` if the folders cannot be used, `failed` if the file cannot be written
 */
export async function writeReport(paths: readonly string[], file: string): Promise<ReportData> {
  const data = await readReportData(paths);
  const page = pageOf(data);
  try {
    writeFileSync(`${file}.new`, page);
    renameSync(`${file}.new`, file);
  } catch (cause) {
    rmSync(`${file}.new`, { force: true });
    throw new DieCastError("failed", `cannot write ${file}: ${(cause as Error).message}`, {
      remedy: "name another file with --out",
      cause,
    });
  }
  return data;
}

/**
 * Where a report goes if nobody says: into the one folder that it is about, else beside the user.
 * @throws DieCastError `invalid-option` if the first of several is no run
 */
export function defaultReportFile(paths: readonly string[]): string {
  const [first = ".", ...others] = paths;
  return others.length === 0
    ? join(first, REPORT_FILE)
    : `${readRunFiles(repetitionsIn(first)[0] ?? first).summary.experiment}-${REPORT_FILE}`;
}
