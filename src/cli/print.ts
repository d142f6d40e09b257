import { writeSync } from "node:fs";

/** A reader that is another program, and busy, lets a pipe fill; then it is tried again. */
const FULL_PIPE_WAIT_MS = 5;

/** Prints to standard output, all of it. A reader that has heard enough (`| head`) is no failure. */
export function print(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return;
      // Where standard output is a pipe that its other end has made non-blocking: 64 KiB and no more at once.
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_WAIT_MS);
    }
  }
}
