import { formatNumber } from "../format_number.js";
import { DURATION, formatQuantity, RATE, SIZE } from "../spec/units.js";
import type { ResourceQuantity } from "./data.js";

/** A unit in which a chart's numbers have few digits. */
export interface Unit {
  readonly name: string;
  /** How many base units (cores, bytes, bit/s, B/s) it has. */
  readonly size: number;
}

const UNITS: Readonly<Record<ResourceQuantity, readonly Unit[]>> = {
  cpu: [{ name: "cores", size: 1 }],
  memory: binary(""),
  sent: decimal("bit/s"),
  received: decimal("bit/s"),
  disk: binary("/s"),
};

/** The largest unit of which `most` has at least one. */
export function unitFor(quantity: ResourceQuantity, most: number): Unit {
  const units = UNITS[quantity];
  return units.find(({ size }) => most >= size) ?? (units.at(-1) as Unit);
}

/** "12.3 MiB" */
export function formatResource(quantity: ResourceQuantity, value: number): string {
  if (quantity === "cpu") return `${formatNumber(value)} cores`;
  if (quantity === "memory") return formatQuantity(value, SIZE);
  return quantity === "disk" ? `${formatQuantity(value, SIZE)}/s` : formatQuantity(value, RATE);
}

/** "12.3 µs" */
export function formatNs(ns: number): string {
  return formatQuantity(ns, DURATION).replace("us", "µs");
}

/** "+1.2 %", "0.0 %", "–" where there is none. */
export function formatError(error: number | null): string {
  if (error === null) return "–";
  const percent = (error * 100).toFixed(1);
  if (Number(percent) === 0) return "0.0 %";
  return `${error > 0 ? "+" : "−"}${percent.replace("-", "")} %`;
}

/** "5 %" */
export function formatShare(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}

/** "12.3 1/s"; "missing" where nothing was measured. */
export function formatWithUnit(value: number | null, unit: string): string {
  return value === null ? "missing" : `${formatNumber(value)}${unit === "" ? "" : ` ${unit}`}`;
}

function binary(suffix: string): Unit[] {
  return [
    { name: `GiB${suffix}`, size: 2 ** 30 },
    { name: `MiB${suffix}`, size: 2 ** 20 },
    { name: `KiB${suffix}`, size: 2 ** 10 },
    { name: `B${suffix}`, size: 1 },
  ];
}

function decimal(unit: string): Unit[] {
  return [
    { name: `G${unit}`, size: 1e9 },
    { name: `M${unit}`, size: 1e6 },
    { name: `k${unit}`, size: 1e3 },
    { name: unit, size: 1 },
  ];
}
