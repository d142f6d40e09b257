import type { GuestUsage } from "../host/guests/guest.js";
import type { PlannedGuest } from "../plan/plan.js";

/** What a guest asked for in vain over its life, a line each. */
export function limitsHit({ name, group }: PlannedGuest, usage: GuestUsage): string[] {
  const lines: string[] = [];
  const { memoryBytes, processes } = group.machine;
  if (usage.outOfMemoryKills > 0) {
    const limit = memoryBytes === undefined ? "" : ` (it has ${Math.round(memoryBytes / 2 ** 20)} MiB)`;
    lines.push(`${name}: killed ${usage.outOfMemoryKills} × for lack of memory${limit}`);
  }
  if (usage.refusedForks > 0) {
    lines.push(`${name}: ${usage.refusedForks} forks refused (it may have ${processes} processes)`);
  }
  return lines;
}
