import type { SetComparison } from "../compare/set_comparison.js";

/** A field or parameter of the experiment, and what it is set to in turn. */
export interface Variation {
  /** As in `--set NAME=VALUE`. */
  readonly name: string;
  readonly values: readonly string[];
}

/** What all repetitions of a run have in common. */
export interface Condition {
  /** "1", "10", "1/3" */
  readonly tdf: string;
  /** The TDF of whose share of the host's processors guests have, without its dilation; null: that of `tdf`. */
  readonly sharesOf: string | null;
  /** Of what varies; null where nothing does. */
  readonly value: string | null;
}

/** Repeated runs under a condition against those of the baseline with the same value. */
export interface ValidationComparison extends SetComparison, Condition {}

interface Asked {
  readonly tdfs: readonly string[];
  readonly vary: Variation | null;
  readonly undilated: string | null;
}

/** All conditions of a validation; of each value the baseline comes first. */
export function conditionsOf({ tdfs, vary, undilated }: Asked): Condition[] {
  return (vary?.values ?? [null]).flatMap((value) => [
    ...tdfs.map((tdf) => ({ tdf, sharesOf: null, value })),
    ...(undilated === null ? [] : [{ tdf: "1", sharesOf: undilated, value }]),
  ]);
}

/** Whether a condition is what others are compared with. */
export function isBaseline({ tdf, sharesOf }: Condition, { tdfs }: Asked): boolean {
  return sharesOf === null && tdf === tdfs[0];
}

export function isSameCondition(one: Condition, other: Condition): boolean {
  return one.tdf === other.tdf && one.sharesOf === other.sharesOf && one.value === other.value;
}

/** "TDF 10", "undilated 10" */
export function describeSide({ tdf, sharesOf }: Pick<Condition, "tdf" | "sharesOf">): string {
  return sharesOf === null ? `TDF ${tdf}` : `undilated ${sharesOf}`;
}

/** "sessions = 15, TDF 10" */
export function describeCondition(condition: Condition, vary: Variation | null): string {
  const side = describeSide(condition);
  return vary === null ? side : `${describeValue(condition, vary)}, ${side}`;
}

/** "sessions = 15" */
export function describeValue({ value }: Pick<Condition, "value">, { name }: Variation): string {
  return `${name} = ${value}`;
}
