import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { LAUNCHER } from "../guests/run.js";

/** A process that is alive: its pid, parent, state and command line. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  readonly commandLine: string;
}

/** All processes but zombies. */
export function processes(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const [state = "", parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const commandLine = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return /[ZX]/.test(state) ? [] : [{ pid: Number(name), parent: Number(parent), state, commandLine }];
      } catch {
        return []; // It has just ended.
      }
    });
}

/** Waits until the condition holds. */
export async function until(condition: () => boolean, what: string, patienceMs = 10_000): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited for ${what} in vain`);
    await sleep(5);
  }
}

let trees = 0;

/** One tree in dilated time, started so that each of its processes can be found by a mark in its command line. */
export class Tree {
  readonly mark: string;
  readonly main: ChildProcess;
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>;
  stdout = "";
  stderr = "";

  /** @param script for bash; each program in it is to have "$0" in its command line */
  constructor(script: string, launcherOptions: readonly string[] = ["--tdf", "10/1"]) {
    trees += 1;
    this.mark = `diecast-tree-${process.pid}-${trees}`;
    // A group of its own, as a shell makes for a job.
    this.main = spawn(LAUNCHER, [...launcherOptions, "--", "bash", "-c", script, this.mark], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.main.stdout?.setEncoding("utf8").on("data", (piece: string) => {
      this.stdout += piece;
    });
    this.main.stderr?.setEncoding("utf8").on("data", (piece: string) => {
      this.stderr += piece;
    });
    this.ended = once(this.main, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  }

  get pid(): number {
    return this.main.pid as number;
  }

  /** The keeper: the main process's child that is the command's parent. */
  get keeper(): number {
    const all = processes();
    const children = new Set(all.filter(({ parent }) => parent === this.pid).map(({ pid }) => pid));
    const command = all.find(
      ({ parent, commandLine }) => children.has(parent) && commandLine.startsWith("bash "),
    );
    if (command === undefined) throw new Error("the command does not run");
    return command.parent;
  }

  /** What is alive of it, diecast's own processes included. */
  alive(): Process[] {
    return processes().filter(({ commandLine }) => commandLine.includes(this.mark));
  }

  /** What is alive of the guest. */
  guests(): Process[] {
    return this.alive().filter(({ commandLine }) => !commandLine.startsWith(LAUNCHER));
  }

  /** Waits until its standard output contains the text. */
  async prints(text: string): Promise<void> {
    await until(
      () => this.stdout.includes(text),
      `${JSON.stringify(text)} in ${JSON.stringify(this.stdout)}`,
    );
  }

  /** Ends what a failed test has left. */
  clear(): void {
    for (const { pid } of this.alive()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has just ended.
      }
    }
  }
}
