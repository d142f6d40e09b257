import { type CheckReport, checkHost } from "../host/check/check.js";
import type { CheckItem } from "../host/check/item.js";
import { print } from "./print.js";
import { formatTable } from "./table.js";

/** Prints what this machine offers; returns the exit code. */
export async function check(json: boolean): Promise<number> {
  const report = await checkHost();
  print(json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
  return report.exec ? 0 : 1;
}

/** Lays the report out for a terminal. */
export function formatReport({ host, items, exec, run }: CheckReport): string {
  const gibibytes = (host.memoryBytes / 2 ** 30).toFixed(1);
  const table = formatTable(items.map((item) => [item.name, item.state, item.found]));
  const lacks = items.filter((item) => item.state !== "ok").map(formatLack);
  const verdict = (command: string, works: boolean) =>
    `${command} ${works ? "works" : "does not work"} on this machine.`;
  return [
    `${host.system}, ${host.cores} × ${host.processor}, ${gibibytes} GiB`,
    "",
    table,
    ...lacks,
    verdict("diecast exec", exec),
    verdict("diecast run", run),
    "",
  ].join("\n");
}

function formatLack(item: CheckItem): string {
  return `${item.name} (${item.state})\n  cost:   ${item.cost}\n  remedy: ${item.remedy}\n`;
}
