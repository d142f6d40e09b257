/**
 * What went wrong, for programs to branch on:
 * - `invalid-option`: an option or argument has a value that cannot be used
 * - `invalid-experiment`: an experiment file cannot be used; `problems` has everything that is wrong with it
 * - `not-built`: a part of DieCast itself is missing or does not load
 * - `unsupported`: the kernel, the machine or the program to run lacks something
 * - `permission`: the user lacks a right
 * - `command-not-found`, `command-not-runnable`: exit codes 127 and 126 of a shell
 * - `aborted`: an AbortSignal ended it
 * - `failed`: anything else
 */
export type ErrorCode =
  | "invalid-option"
  | "invalid-experiment"
  | "not-built"
  | "unsupported"
  | "permission"
  | "command-not-found"
  | "command-not-runnable"
  | "aborted"
  | "failed";

export interface ErrorDetails {
  /** What the user can do about it, as a sentence without a full stop. */
  remedy?: string;
  /** Where there can be several things wrong at once: each as one line. */
  problems?: readonly string[];
  cause?: unknown;
}

/** The one class of errors that DieCast throws on purpose. The message is one line. */
export class DieCastError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string | undefined;
  readonly problems: readonly string[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "DieCastError";
    this.code = code;
    this.remedy = details.remedy;
    this.problems = details.problems ?? [];
  }

  /** The message with the remedy behind it, still one line. */
  get line(): string {
    return this.remedy === undefined ? this.message : `${this.message}; ${this.remedy}`;
  }
}

/** Makes an error about an option: which one, what was expected, what was given. */
export function invalidOption(option: string, expected: string, given: unknown): DieCastError {
  return new DieCastError("invalid-option", `${option}: expected ${expected}, got ${describe(given)}`);
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return `[${value.map(describe).join(", ")}]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid Date" : value.toISOString();
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
