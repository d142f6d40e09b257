/** What a run is doing, in the order of its life. */
export type Phase = "build" | "prepare" | "ready" | "warm-up" | "measure" | "stop" | "collect" | "take down";

export interface RunStatus {
  readonly phase: Phase;
  /** Virtual time since the warm-up began; negative before. */
  readonly virtualNs: number;
  readonly realMs: number;
  /** Real time until the measuring ends, as far as it is known. */
  readonly leftRealMs: number | undefined;
  readonly guestsUp: number;
  readonly guests: number;
}

/** Whoever shows a run to people. Nothing here may throw. */
export interface RunReporter {
  /** Another phase has begun. */
  phase(status: RunStatus): void;
  /** Several times a second while time passes. */
  progress(status: RunStatus): void;
  /** A decision that the user may want to know of. */
  note(line: string): void;
  /** Something that lets look before one trusts the result. */
  warn(line: string): void;
}
