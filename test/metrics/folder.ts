import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for one test; kept, and named, if the test fails. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "diecast-test-"));

  /** Writes a file and returns its path. */
  write(name: string, text: string | Uint8Array): string {
    const path = join(this.path, name);
    writeFileSync(path, text);
    return path;
  }

  /** For mocha's afterEach. */
  close(test: Mocha.Test | undefined): void {
    if (test?.state === "failed") console.log(`its folder: ${this.path}`);
    else rmSync(this.path, { recursive: true });
  }
}
