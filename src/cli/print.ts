import { writeFileSync } from "node:fs";

/** Prints to standard output. A reader that has heard enough (`| head`) is no failure. */
export function print(text: string): void {
  try {
    writeFileSync(1, text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}
