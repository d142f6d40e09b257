/** Tells on standard error what is going on, with the real time since the beginning. */
export class Progress {
  readonly #beganMs = performance.now();

  say(line: string): void {
    const seconds = Math.round((performance.now() - this.#beganMs) / 1000);
    const minutes = `${Math.floor(seconds / 60)}`.padStart(2);
    process.stderr.write(`${minutes}:${`${seconds % 60}`.padStart(2, "0")}  ${line}\n`);
  }
}
