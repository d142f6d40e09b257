import { DieCastError, invalidOption } from "../errors.js";
import { type Cores, parseCores } from "../scale/cpu.js";
import { parseTdf } from "../scale/tdf.js";
import { Clock, type ClockOptions } from "./clock.js";
import { parseStartTime } from "./start_time.js";

/** Where one of the standard streams leads. */
export type Stdio = "pipe" | "inherit" | "ignore" | number;

export interface SpawnOptions {
  /** Real duration ÷ virtual duration: 10, 2.5, "1/3"; from 1/1000 to 10000. Required unless `clock` is given. */
  tdf?: ClockOptions["tdf"];
  /** The virtual wall clock at the beginning: as `diecast exec --start`, a Date, or ns since 1970. Default: now. */
  start?: ClockOptions["start"];
  /** A clock to live by, shared with other trees, instead of `tdf` and `start`. */
  clock?: Clock;
  /** How many of the host's cores the tree perceives at most. Default: all. Cannot follow a change of the rate. */
  cpu?: number | string;
  /** Convert what the rdtsc instruction returns. Default: false. */
  tsc?: boolean;
  /** Convert the time stamps of files. Default: true. */
  fileTimes?: boolean;
  /** Count what happens, for `exited`. Default: false. */
  stats?: boolean;
  /** The working directory. Default: this process's. */
  cwd?: string;
  /** The environment. Default: this process's. */
  env?: Record<string, string | undefined>;
  /** For stdin, stdout and stderr; one word for all three. Default: "pipe". */
  stdio?: Stdio | readonly [Stdio, Stdio, Stdio];
  /** Kills the tree when it aborts; `exited` is then rejected with code `aborted`. */
  signal?: AbortSignal;
}

/** The same, checked. */
export interface SpawnPlan {
  readonly clock: { readonly shared: Clock } | { readonly own: ClockOptions };
  readonly cores: Cores | undefined;
  readonly tsc: boolean;
  readonly fileTimes: boolean;
  readonly stats: boolean;
  readonly cwd: string | undefined;
  readonly env: Record<string, string | undefined> | undefined;
  readonly stdio: readonly [Stdio, Stdio, Stdio];
  readonly signal: AbortSignal | undefined;
}

const NAMES = new Set<string>([
  "tdf",
  "start",
  "clock",
  "cpu",
  "tsc",
  "fileTimes",
  "stats",
  "cwd",
  "env",
  "stdio",
  "signal",
] satisfies (keyof SpawnOptions)[]);

/** @throws DieCastError `invalid-option` naming the option, what was expected and what was given */
export function checkSpawnOptions(options: SpawnOptions): SpawnPlan {
  if (typeof options !== "object" || options === null)
    throw invalidOption("options", "an object with tdf", options);
  const unknown = Object.keys(options).find((name) => !NAMES.has(name));
  if (unknown !== undefined) throw new DieCastError("invalid-option", `${unknown}: there is no such option`);
  return {
    clock: checkClock(options),
    cores: options.cpu === undefined ? undefined : parseCores(options.cpu, "cpu"),
    tsc: checkFlag(options.tsc, "tsc", false),
    fileTimes: checkFlag(options.fileTimes, "fileTimes", true),
    stats: checkFlag(options.stats, "stats", false),
    cwd: checkText(options.cwd, "cwd"),
    env: checkEnvironment(options.env),
    stdio: checkStdio(options.stdio),
    signal: checkSignal(options.signal),
  };
}

/** @throws DieCastError `invalid-option` */
export function checkCommand(command: unknown, args: unknown): void {
  if (typeof command !== "string" || command === "")
    throw invalidOption("command", "the name of a program", command);
  if (!Array.isArray(args) || args.some((arg) => typeof arg !== "string")) {
    throw invalidOption("args", "an array of strings", args);
  }
  const withNul = [command, ...(args as string[])].find((word) => word.includes("\0"));
  if (withNul !== undefined) throw invalidOption("args", "words without NUL characters", withNul);
}

function checkClock(options: SpawnOptions): SpawnPlan["clock"] {
  const { tdf, start, clock } = options;
  if (clock === undefined) {
    parseTdf(tdf, "tdf");
    parseStartTime(start, "start");
    return { own: { tdf: tdf as NonNullable<typeof tdf>, ...(start === undefined ? {} : { start }) } };
  }
  if (!(clock instanceof Clock)) throw invalidOption("clock", "a Clock", clock);
  const both = tdf !== undefined ? "tdf" : start !== undefined ? "start" : undefined;
  if (both !== undefined)
    throw new DieCastError("invalid-option", `${both}: cannot be given together with clock`);
  return { shared: clock };
}

function checkFlag(value: unknown, option: string, byDefault: boolean): boolean {
  if (value === undefined) return byDefault;
  if (typeof value !== "boolean") throw invalidOption(option, "true or false", value);
  return value;
}

function checkText(value: unknown, option: string): string | undefined {
  if (value !== undefined && typeof value !== "string") throw invalidOption(option, "a string", value);
  return value;
}

function checkEnvironment(value: unknown): Record<string, string | undefined> | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null) throw invalidOption("env", "an object of strings", value);
  for (const [name, text] of Object.entries(value)) {
    if (text !== undefined && typeof text !== "string") throw invalidOption(`env.${name}`, "a string", text);
  }
  return value as Record<string, string | undefined>;
}

function checkStdio(value: unknown): readonly [Stdio, Stdio, Stdio] {
  const list: unknown[] = Array.isArray(value) ? value : [value, value, value];
  const checked = list.map((one = "pipe") => {
    const known = one === "pipe" || one === "inherit" || one === "ignore";
    if (!known && !(Number.isInteger(one) && (one as number) >= 0)) {
      throw invalidOption("stdio", '"pipe", "inherit", "ignore", a descriptor, or three of them', value);
    }
    return one as Stdio;
  });
  const [stdin, stdout, stderr] = checked;
  if (checked.length !== 3 || stdin === undefined || stdout === undefined || stderr === undefined) {
    throw invalidOption("stdio", '"pipe", "inherit", "ignore", a descriptor, or three of them', value);
  }
  return [stdin, stdout, stderr];
}

function checkSignal(value: unknown): AbortSignal | undefined {
  if (value !== undefined && !(value instanceof AbortSignal))
    throw invalidOption("signal", "an AbortSignal", value);
  return value;
}
