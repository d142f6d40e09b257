import { type LiveRun, liveRuns } from "../host/state/live.js";
import { print } from "./print.js";
import { formatTable } from "./table.js";

/** Prints the runs that live on this host. */
export function ps(json: boolean): void {
  const runs = liveRuns();
  print(json ? `${JSON.stringify({ runs: runs.map(toJson) }, null, 2)}\n` : formatRuns(runs));
}

/** A line for each run, and below it one for each guest. */
export function formatRuns(runs: readonly LiveRun[]): string {
  if (runs.length === 0) return "no run lives on this host\n";
  return runs
    .map((run) => {
      const guests = `${run.guests.length} guest${run.guests.length === 1 ? "" : "s"}`;
      const facts = [`pid ${run.owner.pid}`, run.tdf && `TDF ${run.tdf}`, guests, run.runDirectory];
      const rows = run.guests.map((guest) => [`  ${guest.name}`, `pid ${guest.init.pid}`, guest.user]);
      return `${run.id}: ${facts.filter(Boolean).join(", ")}\n${rows.length === 0 ? "" : formatTable(rows)}`;
    })
    .join("\n");
}

function toJson({ id, owner, tdf, runDirectory, guests }: LiveRun): unknown {
  return {
    id,
    pid: owner.pid,
    tdf,
    runDirectory,
    guests: guests.map(({ name, init, user, cgroups }) => ({ name, pid: init.pid, user, cgroups })),
  };
}
