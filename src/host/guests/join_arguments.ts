import type { GuestRecord } from "../state/records.js";

/** A soft limit as a freshly started machine has it; ours has been raised by Node. */
const OPEN_FILES = 1024;

/** Options of diecast-launch for a command in a guest, in its time and under its limits. */
export function joinArguments(guest: GuestRecord, realRate: boolean): string[] {
  const args = [...placeArguments(guest), "--cpu-scale", guest.cpuScale];
  for (const directory of guest.cgroups) args.push("--cgroup", directory);
  // A clock that never leaves the real rate is cheaper to follow.
  if (realRate) args.push("--real-rate");
  return args;
}

/** The same for a command that prepares the guest: in real time, and without its share of the processor and memory. */
export function prepareArguments(guest: GuestRecord): string[] {
  return [...placeArguments(guest), "--native"];
}

function placeArguments({ init, user, workingDirectory, limits, environment }: GuestRecord): string[] {
  const args = ["--join", `${init.pid}`, "--user", user, "--cwd", workingDirectory, "--clear-env"];
  for (const [name, value] of Object.entries(environment)) args.push("--env", `${name}=${value}`);
  if (limits.nofile === undefined) args.push("--nofile", `${OPEN_FILES}`);
  for (const [name, value] of Object.entries(limits)) args.push("--limit", `${name}=${value}`);
  return args;
}
