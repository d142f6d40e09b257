import { stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import type { Experiment } from "./experiment.js";
import { type Problems, valueAt } from "./problems.js";

/** Notes what the experiment names on this machine and is not there. */
export async function missingFiles(
  experiment: Experiment,
  document: unknown,
  problems: Problems,
): Promise<void> {
  const isListed = Array.isArray(valueAt(document, ["files"]));
  for (const [i, file] of experiment.files.entries()) {
    const path = isListed ? ["files", i] : ["files"];
    const full = resolve(experiment.directory, file);
    const inside = relative(experiment.directory, full);
    if (inside === ".." || inside.startsWith("../")) {
      problems.add(path, "a path inside the experiment's folder", file);
    } else if ((await kindOf(full)) === undefined) {
      problems.note(path, `expected a file or folder, found nothing at ${full}`);
    }
  }
  for (const { name, root } of experiment.guests) {
    if (root !== undefined && (await kindOf(root)) !== "folder") {
      problems.note(["guests", name, "root"], `expected a folder, found none at ${root}`);
    }
  }
}

async function kindOf(path: string): Promise<"folder" | "other" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "other";
  } catch {
    return undefined;
  }
}
