import { execFile } from "node:child_process";
import { mkdir, readdir, rename, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { ROOT } from "../paths.js";

const run = promisify(execFile);

/** Where guest programs lie as sources, and where as programs. */
export const SOURCES = `${ROOT}test/guests/`;
export const PROGRAMS = `${ROOT}build/guests/`;

/** How a C guest is linked: against glibc dynamically or as static-pie, or against musl statically. */
export type Variant = "glibc" | "static-pie" | "musl";

const C_FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread"];
const COMPILERS: Record<Variant, readonly string[]> = {
  glibc: ["cc", ...C_FLAGS],
  "static-pie": ["cc", "-static-pie", ...C_FLAGS],
  // musl brings no headers of the kernel.
  musl: [
    "musl-gcc",
    "-static",
    ...C_FLAGS,
    "-idirafter",
    "/usr/include",
    "-idirafter",
    "/usr/include/x86_64-linux-gnu",
  ],
};

const builds = new Map<string, Promise<string>>();

/** Compiles test/guests/c/`name`.c unless the program is newer than its sources. Returns the program's path. */
export function buildC(name: string, variant: Variant = "glibc"): Promise<string> {
  const program = `${PROGRAMS}${name}-${variant}`;
  const source = `${SOURCES}c/${name}.c`;
  return once(program, () =>
    buildIfOlder(program, [source, `${SOURCES}c/guest.h`, `${SOURCES}c/waits.h`], (output) => [
      ...COMPILERS[variant],
      source,
      "-o",
      output,
      "-lrt",
    ]),
  );
}

/** Compiles a 32-bit program that needs no library. */
export function build32(name: string): Promise<string> {
  const program = `${PROGRAMS}${name}-i386`;
  const source = `${SOURCES}c/${name}.c`;
  const flags = ["-m32", "-nostdlib", "-static", "-ffreestanding", "-fno-pic", "-no-pie"];
  return once(program, () =>
    buildIfOlder(program, [source], (output) => ["cc", ...flags, source, "-o", output]),
  );
}

/** Compiles test/guests/go/`name`.go to a static program. */
export function buildGo(name: string): Promise<string> {
  const program = `${PROGRAMS}${name}-go`;
  const source = `${SOURCES}go/${name}.go`;
  return once(program, () =>
    buildIfOlder(program, [source], (output) => [
      "env",
      "CGO_ENABLED=0",
      "go",
      "build",
      "-o",
      output,
      source,
    ]),
  );
}

/** Compiles test/guests/java/`name`.java; returns the directory of its classes. */
export function buildJava(name: string): Promise<string> {
  const directory = `${PROGRAMS}java`;
  const source = `${SOURCES}java/${name}.java`;
  return once(`${directory}/${name}.class`, async () => {
    await mkdir(directory, { recursive: true });
    if (await isOlder(`${directory}/${name}.class`, [source]))
      await compile(["javac", "-d", directory, source]);
    return directory;
  });
}

/** Compiles all C guests, some at a time: where no test can (scripts/test-vm). */
export async function buildAllC(variants: readonly Variant[]): Promise<void> {
  const names = (await readdir(`${SOURCES}c`)).filter((file) => file.endsWith(".c") && file !== "elf32.c");
  const queue = names.flatMap((file) => variants.map((variant) => [file.slice(0, -2), variant] as const));
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await buildC(...next);
  };
  await Promise.all([worker(), worker(), worker()]);
}

function once(program: string, build: () => Promise<string>): Promise<string> {
  const known = builds.get(program) ?? build();
  builds.set(program, known);
  return known;
}

async function buildIfOlder(
  program: string,
  sources: readonly string[],
  command: (output: string) => readonly string[],
): Promise<string> {
  await mkdir(PROGRAMS, { recursive: true });
  if (await isOlder(program, sources)) {
    // Under another name first: an interrupted build must not leave half a program that looks new.
    const output = `${program}.new`;
    await compile(command(output));
    await rename(output, program);
  }
  return program;
}

async function isOlder(program: string, sources: readonly string[]): Promise<boolean> {
  const time = (path: string) => stat(path).then((facts) => facts.mtimeMs);
  const made = await time(program).catch(() => 0);
  return (await Promise.all(sources.map(time))).some((changed) => changed >= made);
}

async function compile([command, ...args]: readonly string[]): Promise<void> {
  await run(command as string, args);
}
