import { execFile } from "node:child_process";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { PROGRAMS } from "../guests/build.js";
import { DRIVERS } from "./application.js";

const run = promisify(execFile);

let python: Promise<string> | undefined;

/** The Python interpreter itself: what PATH finds may be a script that chooses one. */
function findPython(): Promise<string> {
  python ??= run("python3", ["-c", "import sys; print(sys.executable)"]).then(({ stdout }) => stdout.trim());
  return python;
}

/** A Python that has its own tests; Debian has them in a package of their own. */
export async function findTestedPython(): Promise<string> {
  for (const candidate of [await findPython(), "/usr/bin/python3"]) {
    const found = await run(candidate, ["-c", "import test.test_time"]).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  throw new Error("no Python with its tests; on Debian and Ubuntu: apt-get install libpython3-testsuite");
}

/** A driver in Python. It must not leave compiled files among the sources. */
export async function pythonDriver(name: string): Promise<readonly string[]> {
  return [await findPython(), "-B", `${DRIVERS}${name}.py`];
}

/** A driver in Go without the C library. */
export async function goDriver(name: string): Promise<readonly string[]> {
  const source = `${DRIVERS}${name}.go`;
  const directory = await built(`${name}-go`, [source], (output) => [
    ["env", "CGO_ENABLED=0", "go", "build", "-o", `${output}/${name}`, source],
  ]);
  return [`${directory}/${name}`];
}

/** A driver in Java, with a heap so small that it is collected. */
export async function javaDriver(name: string): Promise<readonly string[]> {
  const source = `${DRIVERS}${name}.java`;
  const directory = await built(`${name}-java`, [source], (output) => [["javac", "-d", output, source]]);
  return ["java", "-Xmx64m", "-cp", directory, name];
}

const builds = new Map<string, Promise<string>>();

/** Makes the directory build/guests/`name` by commands, unless it is newer than the sources. Returns its path. */
export function built(
  name: string,
  sources: readonly string[],
  commands: (output: string) => readonly (readonly string[])[],
): Promise<string> {
  const known = builds.get(name) ?? build(name, sources, commands);
  builds.set(name, known);
  return known;
}

async function build(
  name: string,
  sources: readonly string[],
  commands: (output: string) => readonly (readonly string[])[],
): Promise<string> {
  const directory = `${PROGRAMS}${name}`;
  const changed = await Promise.all(sources.map((source) => stat(source).then((facts) => facts.mtimeMs)));
  const made = await stat(directory).then(
    (facts) => facts.mtimeMs,
    () => 0,
  );
  if (changed.every((time) => time < made)) return directory;
  // Under another name first: an interrupted build must not leave half a directory that looks new.
  const output = `${directory}.new`;
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  for (const [command = "", ...args] of commands(output)) await run(command, args);
  await rm(directory, { recursive: true, force: true });
  await rename(output, directory);
  return directory;
}
