import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";

/** `limited`: works, but not all of it or not as well. */
type ItemState = "ok" | "limited" | "missing";

/** One thing that DieCast uses of this machine. */
export interface CheckItem {
  readonly name: string;
  readonly state: ItemState;
  /** What there is, or the system's answer. */
  readonly found: string;
  /** What cannot be done without it; only if the state is not ok. */
  readonly cost?: string;
  readonly remedy?: string;
}

export function ok(name: string, found: string): CheckItem {
  return { name, state: "ok", found };
}

export function lacking(
  name: string,
  state: "limited" | "missing",
  found: string,
  cost: string,
  remedy: string,
): CheckItem {
  return { name, state, found, cost, remedy };
}

/** Runs a program and returns null if it succeeded, else one line that says why not. */
export function problemOf(command: string, args: readonly string[]): string | null {
  const { error, status, signal, stderr } = spawnSync(command, args, {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    timeout: 10_000,
    env: { ...process.env, LC_ALL: "C" },
  });
  if (error !== undefined) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? `${command} is not installed` : `${command}: ${code ?? error.message}`;
  }
  if (status === 0) return null;
  const lastLine = stderr
    .trim()
    .split("\n")
    .at(-1)
    ?.replace(/^(Error|diecast): /, "");
  return lastLine || `${command} ended with ${signal ?? `exit code ${status}`}`;
}

/**
 * Tries to open a device file. Opening loads its module, where the kernel has modules.
 * @param remedy what helps if there is no such device
 */
export function checkDevice(name: string, path: string, cost: string, remedy: string): CheckItem {
  try {
    closeSync(openSync(path, constants.O_RDWR));
    return ok(name, path);
  } catch (error) {
    const code = errorCode(error);
    const denied = code === "EACCES" || code === "EPERM";
    return lacking(name, "missing", `${path}: ${code}`, cost, denied ? "run as root" : remedy);
  }
}

/** The code of a system error, such as EACCES. */
export function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
