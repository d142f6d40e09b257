import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { Phase, RunReporter, RunStatus } from "../run/reporter.js";

const STDERR = 2;
/** Without a terminal, a line this often while nothing else happens. */
const LINE_EVERY_MS = 10_000;

const DOING: Record<Phase, string> = {
  build: "building links and guests",
  prepare: "preparing",
  ready: "starting programs",
  "warm-up": "warming up",
  measure: "measuring",
  stop: "stopping",
  collect: "collecting",
  "take down": "taking down",
};

/** Shows a run on standard error: one line kept up to date on a terminal, plain lines elsewhere. */
export function runProgress(terminal = isatty(STDERR)): RunReporter & { end(): void } {
  let shown = "";
  let lastLineMs = 0;
  const erase = () => {
    if (shown !== "") write("\r\u001b[K");
    shown = "";
  };
  const line = (text: string) => {
    erase();
    write(`${text}\n`);
  };
  return {
    phase(status) {
      lastLineMs = status.realMs;
      if (terminal) show(status);
      else line(formatStatus(status));
    },
    progress(status) {
      if (terminal) show(status);
      else if (status.realMs - lastLineMs >= LINE_EVERY_MS) {
        lastLineMs = status.realMs;
        line(formatStatus(status));
      }
    },
    note: line,
    warn: (text) => line(`warning: ${text}`),
    end: erase,
  };

  function show(status: RunStatus): void {
    const text = formatStatus(status).slice(0, Math.max(20, (process.stderr.columns ?? 80) - 1));
    if (text === shown) return;
    write(`\r${text}\u001b[K`);
    shown = text;
  }
}

/** "measuring: 7.4 s virtual, 78 s real, 41 s left, 9 of 9 guests up" */
export function formatStatus(status: RunStatus): string {
  const parts: string[] = [];
  if (status.virtualNs >= 0) parts.push(`${(status.virtualNs / 1e9).toFixed(1)} s virtual`);
  parts.push(`${(status.realMs / 1000).toFixed(status.realMs < 10_000 ? 1 : 0)} s real`);
  if (status.leftRealMs !== undefined && status.leftRealMs > 0)
    parts.push(`${Math.ceil(status.leftRealMs / 1000)} s left`);
  parts.push(`${status.guestsUp} of ${status.guests} guests up`);
  return `${DOING[status.phase]}: ${parts.join(", ")}`;
}

// Not process.stderr: that would change the mode of a terminal that others share.
function write(text: string): void {
  try {
    writeSync(STDERR, text);
  } catch {
    // A terminal that is gone, or full, is no reason to end a run.
  }
}
