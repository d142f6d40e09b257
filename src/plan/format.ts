import type { Loss } from "../spec/experiment.js";
import { DURATION, formatQuantity, type Quantity, RATE, SIZE } from "../spec/units.js";
import { type Capacity, formatItem } from "./capacity.js";
import { formatDecimal } from "./cpu.js";
import {
  type DescribedDisk,
  type DescribedGroup,
  type DescribedLink,
  describePlan,
  type PlanDescription,
  type Scaled,
} from "./describe.js";
import type { Plan } from "./plan.js";

/** Lays a plan out for a terminal: what guests perceive beside what is really set up, then the host. */
export function formatPlan(plan: Plan, capacity?: Capacity): string {
  const described = describePlan(plan, capacity);
  const sections = [
    headOf(described, plan),
    columns([GUESTS, ...described.guests.map(guestRow)]),
    ...(described.disks.length > 0 ? [columns([DISKS, ...described.disks.map(diskRow)])] : []),
    ...(described.links.length > 0 ? [columns([LINKS, ...described.links.map(linkRow)])] : []),
    ...(capacity === undefined ? [] : [capacityOf(capacity)]),
  ];
  return `${sections.join("\n\n")}\n`;
}

function headOf({ experiment, tdf, seed, durationNs }: PlanDescription, plan: Plan): string {
  const { warmupNs, measureNs } = plan.experiment.phases;
  const time = (value: number | undefined) => formatQuantity(value ?? 0, DURATION);
  return (
    `${experiment} at TDF ${Number(tdf.toPrecision(6))}, seed ${seed}: ${plan.guests.length} guests; ` +
    `warm-up ${time(warmupNs)}, measure ${time(measureNs)}: ${time(durationNs.real)} real and the guests' start`
  );
}

const GUESTS = ["guests", "count", "machine", "cpu perceived", "cpu real", "each", "memory", "address"];

function guestRow(group: DescribedGroup): string[] {
  const cores = (value: number | undefined) =>
    value === undefined ? "no limit" : `${Number(value.toPrecision(4))}`;
  const { cpuQuotaUs: quota, cpuPeriodUs: period } = group;
  const each = quota === undefined || period === undefined ? "–" : `${quota / 1000} of ${period / 1000} ms`;
  const memory = group.memoryBytes === undefined ? "no limit" : formatQuantity(group.memoryBytes, SIZE);
  return [
    group.name,
    `${group.count}`,
    group.machine,
    cores(group.cores.perceived),
    group.cores.perceived === undefined ? "no limit" : cores(group.cores.real),
    each,
    memory,
    group.address ?? "–",
  ];
}

const DISKS = ["disks", "count", "of", "model", "size", "file system"];

function diskRow({ place, count, groups, model, sizeBytes, fileSystem }: DescribedDisk): string[] {
  return [place, `${count}`, groups.join(", "), model, formatQuantity(sizeBytes, SIZE), fileSystem];
}

const LINKS = [
  "links",
  "count",
  "direction",
  "bandwidth perceived",
  "real",
  "latency perceived",
  "real",
  "jitter perceived",
  "real",
  "loss",
  "queue",
];

function linkRow(link: DescribedLink): string[] {
  const { packets, bytes, discipline, ecn } = link.queue;
  const length = packets === undefined ? formatQuantity(bytes ?? 0, SIZE) : `${packets}`;
  return [
    link.name,
    `${link.count}`,
    link.direction,
    ...pair(link.bandwidthBps, RATE),
    ...pair(link.latencyNs, DURATION),
    ...pair(link.jitterNs, DURATION),
    lossText(link.loss),
    `${length}${discipline === "red" ? " RED" : ""}${ecn ? " ECN" : ""}`,
  ];
}

function pair({ perceived, real }: Scaled, quantity: Quantity): [string, string] {
  const text = (value: number | undefined) =>
    value === undefined ? "no limit" : formatQuantity(value, quantity);
  return [text(perceived), text(real)];
}

function lossText(loss: Loss): string {
  const percent = (value: number) => `${Number((100 * value).toPrecision(4))}%`;
  if (loss.kind === "independent") return percent(loss.probability);
  return `bursts ${percent(loss.toBad)}/${percent(loss.toGood)}`;
}

function capacityOf(capacity: Capacity): string {
  const rows = capacity.items.map((item) => {
    const { demand, capacity: has } = formatItem(item);
    return [item.resource, demand, has, item.fits ? "fits" : "too much"];
  });
  const least =
    capacity.leastTdf === undefined
      ? "no TDF fits"
      : `least TDF that fits: ${formatDecimal(capacity.leastTdf)}`;
  return [
    columns([["host", "demand", "capacity", ""], ...rows]),
    ...capacity.notes.map((note) => `note: ${note}`),
    least,
  ].join("\n");
}

/** Columns two spaces apart; what begins with a digit is a number and stands at the right. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const isNumeric = widths.map((_, i) => i > 0 && rows.slice(1).some((row) => /^\d/.test(row[i] ?? "")));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (isNumeric[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}
