import { spawn } from "node:child_process";
import { accessSync, constants, writeSync } from "node:fs";
import { delimiter, join, relative, resolve } from "node:path";
import { DieCastError } from "../errors.js";
import { defaultReportFile, type ReportData, writeReport } from "../report/report.js";
import { print } from "./print.js";

export interface ReportFlags {
  out?: string;
  open?: boolean;
  json?: boolean;
}

/**
 * Writes a report and says where it is.
 * @throws DieCastError if the folders cannot be used or the file cannot be written
 */
export async function report(paths: readonly string[], flags: ReportFlags): Promise<void> {
  const file = resolve(flags.out ?? defaultReportFile(paths));
  const data = await writeReport(paths, file);
  print(flags.json ? `${JSON.stringify({ file, ...data }, null, 2)}\n` : sayReport(data, file));
  if (flags.open) open(file);
}

function sayReport({ experiment, verdict, runs }: ReportData, file: string): string {
  const { outcome, agreement, trust } = verdict;
  const ended = outcome === null ? "" : `${outcome.word}. ${outcome.sentence}\n`;
  const compared = agreement === null ? "" : `${agreement.word}. ${agreement.sentence}\n`;
  const count = runs.length === 1 ? "1 run" : `${runs.length} runs`;
  return `${experiment}, ${count}\n${ended}${compared}${trust.word}. ${trust.sentence}\nwritten to ${relative(process.cwd(), file)}\n`;
}

/** Shows it with whatever the desktop shows pages with; a machine without one says so, and has the file. */
function open(file: string): void {
  const program = "xdg-open";
  if (!isOnPath(program)) {
    throw new DieCastError("unsupported", `--open: ${program} is not installed`, {
      remedy: `open ${file} in a browser, or install xdg-utils`,
    });
  }
  const child = spawn(program, [file], { detached: true, stdio: "ignore" });
  child.once("error", (error) =>
    writeSync(2, `diecast: --open: cannot start ${program}: ${error.message}\n`),
  );
  child.unref();
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
}
