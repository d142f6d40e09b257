import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { LAUNCHER } from "../guests/run.js";
import { ROOT } from "../paths.js";

const BRIDGE = `${ROOT}test/launch/terminal.py`;
const PATIENCE_MS = 10_000;

/** What the interactive shell prompts with. */
const PROMPT = "ready> ";

/** A shell with job control on a terminal, and somebody who types. */
export class Terminal {
  readonly #bridge: ChildProcessByStdio<Writable, Readable, null>;
  #directory: string | undefined;
  #shown = "";
  #changed: () => void = () => {};

  /** @param command the shell, or what else is the leader of the terminal's session */
  constructor(command: readonly string[]) {
    this.#bridge = spawn("python3", [BRIDGE, ...command], { stdio: ["pipe", "pipe", "inherit"] });
    this.#bridge.stdout.setEncoding("utf8").on("data", (piece: string) => {
      this.#shown += piece;
      this.#changed();
    });
    this.#bridge.stdin.on("error", () => {});
  }

  /** An interactive bash with a command `dilated` that runs its arguments in dilated time. */
  static async bash(): Promise<Terminal> {
    const terminal = new Terminal(["bash", "--norc", "--noprofile", "-i"]);
    terminal.#directory = mkdtempSync(join(tmpdir(), "diecast-terminal-"));
    // No function: bash has its own ideas of functions and stops.
    writeFileSync(join(terminal.#directory, "dilated"), `#!/bin/sh\nexec '${LAUNCHER}' --tdf 2/1 -- "$@"\n`);
    chmodSync(join(terminal.#directory, "dilated"), 0o755);
    await terminal.shows(PROMPT);
    await terminal.run(`PATH=${terminal.#directory}:$PATH`);
    return terminal;
  }

  /** Types, without the Enter key. */
  type(keys: string): void {
    this.#bridge.stdin.write(keys);
  }

  /** Waits until the pattern has been shown; returns what was shown up to its end, and starts anew behind it. */
  async shows(pattern: string | RegExp): Promise<string> {
    const until = Date.now() + PATIENCE_MS;
    while (true) {
      const match = typeof pattern === "string" ? find(this.#shown, pattern) : pattern.exec(this.#shown);
      if (match !== null) {
        const end = match.index + match[0].length;
        const seen = this.#shown.slice(0, end);
        this.#shown = this.#shown.slice(end);
        return seen;
      }
      const left = until - Date.now();
      if (left <= 0)
        throw new Error(`waited for ${pattern}; the terminal shows ${JSON.stringify(this.#shown)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Types a command line and waits for the next prompt; returns what was shown. */
  async run(line: string): Promise<string> {
    this.type(`${line}\n`);
    return this.shows(PROMPT);
  }

  /** The status of the last command. */
  async status(): Promise<number> {
    this.type(`echo "status=$?"\n`);
    const shown = await this.shows(/status=\d+/);
    await this.shows(PROMPT);
    return Number(/status=(\d+)$/.exec(shown)?.[1]);
  }

  /** Takes the terminal away. */
  async hangUp(): Promise<void> {
    if (this.#bridge.exitCode !== null) return;
    const closed = once(this.#bridge, "close");
    this.#bridge.stdin.end();
    await closed;
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true });
  }
}

function find(text: string, part: string): { 0: string; index: number } | null {
  const index = text.indexOf(part);
  return index < 0 ? null : { 0: part, index };
}
