import type { ReportData, ReportedRun } from "./data.js";

export interface ShownEvent {
  readonly what: string;
  /** From the beginning of the warm-up. */
  readonly atS: number;
  /** In the list below the charts, from 1. */
  readonly number: number;
}

/** The events that are drawn: those of the first run that has any. Lines of all runs' would hide the charts. */
export function eventsShown({ runs }: Pick<ReportData, "runs">): {
  /** Whose they are; undefined where no run has any. */
  readonly run: ReportedRun | undefined;
  readonly events: readonly ShownEvent[];
} {
  const run = runs.find(({ events }) => events.length > 0);
  return { run, events: (run?.events ?? []).map((event, i) => ({ ...event, number: i + 1 })) };
}
