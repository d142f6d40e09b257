import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DieCastError } from "../errors.js";
import type { Requirement } from "../spec/experiment.js";

/** A requirement that this host does not meet. */
export type Missing = Requirement;

/**
 * What of an experiment's requirements this host lacks.
 * @param path where programs are looked for, as guests do
 */
export function missingOf(
  requires: readonly Requirement[],
  path = process.env.PATH ?? "",
): readonly Missing[] {
  const folders = path.split(":").filter(Boolean);
  return requires.filter(({ what }) =>
    what.includes("/") ? !isThere(what) : !folders.some((folder) => isProgram(join(folder, what))),
  );
}

/**
 * What to say of what is missing, with the commands that bring it; undefined if nothing is.
 * @param directory the experiment's folder
 */
export function lackOf(missing: readonly Missing[], directory: string): DieCastError | undefined {
  if (missing.length === 0) return undefined;
  const packages = new Set(missing.flatMap(({ from }) => (from.kind === "package" ? [from.name] : [])));
  const commands = new Set(missing.flatMap(({ from }) => (from.kind === "command" ? [from.command] : [])));
  const remedies = [
    ...(packages.size > 0 ? [`apt-get install --no-install-recommends ${[...packages].join(" ")}`] : []),
    ...[...commands].map((command) => `cd ${quoted(directory)} && ${command}`),
  ];
  return new DieCastError(
    "unsupported",
    `the experiment needs what this host lacks: ${missing.map(({ what }) => what).join(", ")}`,
    { remedy: `install it: ${remedies.join("; ")}` },
  );
}

/** The versions of those that come from Debian packages, by package; none where dpkg does not know. */
export async function versionsOf(
  requires: readonly Requirement[],
): Promise<Readonly<Record<string, string>>> {
  const packages = requires.flatMap(({ from }) => (from.kind === "package" ? [from.name] : []));
  if (packages.length === 0) return {};
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is dpkg-query that fills it in
  const query = ["-W", "-f", "${Package} ${Version}\\n", ...new Set(packages)];
  const lines = await new Promise<string>((resolve) => {
    // It fails if one is not there, and tells of the others all the same.
    execFile("dpkg-query", query, (_, stdout) => resolve(stdout));
  });
  return Object.fromEntries(
    lines
      .split("\n")
      .map((line) => line.split(" ") as [string, string])
      .filter(([, version]) => version),
  );
}

/** @throws DieCastError `unsupported` if something is missing */
export function assertThere(missing: readonly Missing[], directory: string): void {
  const lack = lackOf(missing, directory);
  if (lack !== undefined) throw lack;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Whether there is something at an absolute path, in which * stands for any text within a name. */
function isThere(path: string): boolean {
  let found = ["/"];
  for (const part of path.split("/").filter(Boolean)) {
    found = part.includes("*")
      ? found.flatMap((folder) => namesLike(part, folder).map((name) => join(folder, name)))
      : found.map((folder) => join(folder, part)).filter((one) => existsSync(one));
  }
  return found.length > 0;
}

function namesLike(pattern: string, folder: string): string[] {
  const parts = pattern.split("*").map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const expression = new RegExp(`^${parts.join(".*")}$`);
  try {
    return readdirSync(folder).filter((name) => expression.test(name));
  } catch {
    return [];
  }
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
