import { execFile } from "node:child_process";
import { mkdir, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The `diecast` command of this checkout. */
export const diecast = `${root}bin/diecast`;

/** Compiles bench/programs/NAME.c if it is newer than its binary, and returns the binary's path. */
export async function buildProgram(name: string): Promise<string> {
  const source = `${root}bench/programs/${name}.c`;
  const binary = `${root}build/bench/${name}`;
  const [from, to] = await Promise.all([stat(source), stat(binary).catch(() => undefined)]);
  if (to === undefined || to.mtimeMs < from.mtimeMs) {
    await mkdir(`${root}build/bench`, { recursive: true });
    await run("cc", ["-O2", "-Wall", "-Wextra", "-Werror", "-o", binary, source]);
  }
  return binary;
}

/** Runs a command to its end and returns what it printed. A failure carries its standard error. */
export async function output(command: readonly string[]): Promise<string> {
  const [file, ...args] = command;
  if (file === undefined) throw new Error("no command");
  const { stdout } = await run(file, args, { maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

/** Runs a command that prints one number. */
export async function number(command: readonly string[]): Promise<number> {
  const text = await output(command);
  const value = Number(text.trim());
  if (text.trim() === "" || !Number.isFinite(value))
    throw new Error(`${command.join(" ")} printed ${JSON.stringify(text)}, not a number`);
  return value;
}

/** The command in time dilated by `tdf`. */
export function dilated(tdf: number | string, command: readonly string[]): string[] {
  return [diecast, "exec", "--tdf", String(tdf), "--", ...command];
}

/** Whether a program is installed. */
export async function installed(program: string): Promise<boolean> {
  return run("which", [program]).then(
    () => true,
    () => false,
  );
}
