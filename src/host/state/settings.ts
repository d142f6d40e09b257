import { readFileSync, writeFileSync } from "node:fs";

/** A setting of the host that a run has changed. */
export interface HostSetting {
  readonly path: string;
  readonly before: string;
  readonly set: string;
}

/** Puts settings back, but for those that somebody has changed since. */
export function restoreSettings(settings: readonly HostSetting[]): void {
  for (const { path, before, set } of settings) {
    if (readSetting(path) !== set) continue;
    try {
      writeFileSync(path, before);
    } catch {
      // Read-only by now: there is nothing to put back.
    }
  }
}

/** Undefined where the kernel does not have it. */
export function readSetting(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
