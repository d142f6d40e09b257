import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Clock } from "../../../src/clock/clock.js";
import { createGuest } from "../../../src/host/guests/create.js";
import type { Guest } from "../../../src/host/guests/guest.js";
import type { PlannedGuest } from "../../../src/plan/plan.js";
import { cpuBandwidth, parseCores } from "../../../src/scale/cpu.js";
import type { GuestGroup, Machine } from "../../../src/spec/experiment.js";
import { until } from "../../launch/tree.js";

export interface GuestSketch extends Partial<Omit<GuestGroup, "machine">> {
  readonly machine?: Partial<Machine>;
  readonly cores?: number;
}

let runs = 0;

/** Guests without links, all of one run, in one empty network namespace. Takes all of it down again. */
export class TestRun {
  readonly id: string;
  readonly clock: Clock;
  readonly directory: string;
  readonly guests: Guest[] = [];
  readonly #network: ChildProcess;

  constructor(tdf: number | string = 10, frozen = false) {
    runs += 1;
    this.id = `test-${process.pid}-${runs}`;
    this.clock = new Clock({ tdf, frozen });
    this.directory = mkdtempSync(join(tmpdir(), "diecast-guests-"));
    mkdirSync(join(this.directory, "files"));
    writeFileSync(join(this.directory, "files", "given.txt"), "given\n");
    // It ends with its standard input, and so with this process.
    this.#network = spawn("unshare", ["--net", "cat"], { stdio: ["pipe", "ignore", "inherit"] });
  }

  get networkNamespace(): string {
    return `/proc/${this.#network.pid}/ns/net`;
  }

  /** Makes a guest whose program is a shell script, or none. */
  async guest(name: string, script?: string, sketch: GuestSketch = {}): Promise<Guest> {
    await until(() => networkOf(this.#network.pid) !== networkOf(process.pid), "the network namespace");
    for (const stream of ["out", "err"]) writeFileSync(join(this.directory, `${name}.${stream}`), "");
    const guest = await createGuest({
      plan: planned(name, script, sketch, this.clock),
      clock: this.clock,
      networkNamespace: this.networkNamespace,
      filesDirectory: join(this.directory, "files"),
      hosts: `127.0.0.1 localhost\n10.0.0.1 ${name}\n`,
      stdout: join(this.directory, `${name}.out`),
      stderr: join(this.directory, `${name}.err`),
      runId: this.id,
    });
    this.guests.push(guest);
    return guest;
  }

  stdout(name: string): string {
    return readFileSync(join(this.directory, `${name}.out`), "utf8");
  }

  stderr(name: string): string {
    return readFileSync(join(this.directory, `${name}.err`), "utf8");
  }

  /** Waits until the guest has printed the text. */
  async prints(name: string, text: string): Promise<void> {
    await until(() => this.stdout(name).includes(text), `${JSON.stringify(text)} from ${name}`);
  }

  /** Runs a script in the guest and returns what it printed meanwhile. */
  async output(guest: Guest, script: string): Promise<string> {
    const before = this.stdout(guest.name).length;
    await guest.exec(["sh", "-c", script]);
    return this.stdout(guest.name).slice(before);
  }

  async close(): Promise<void> {
    await Promise.all(this.guests.map((guest) => guest.close()));
    this.#network.kill("SIGKILL");
    this.clock.close();
    rmSync(this.directory, { recursive: true });
  }
}

function networkOf(pid: number | undefined): string {
  return readlinkSync(`/proc/${pid}/ns/net`);
}

function planned(name: string, script: string | undefined, sketch: GuestSketch, clock: Clock): PlannedGuest {
  const { machine, cores: perceived, ...over } = sketch;
  const cores = perceived === undefined ? undefined : parseCores(perceived, "cpu");
  const group: GuestGroup = {
    name,
    count: 1,
    instances: [name],
    machine: {
      name: "machine",
      cores,
      memoryBytes: 128 * 2 ** 20,
      scratchBytes: 32 * 2 ** 20,
      processes: 200,
      nic: { bandwidthBps: undefined, mtu: 1500 },
      disks: [],
      ...machine,
    },
    run: script === undefined ? undefined : ["sh", "-c", script],
    prepare: [],
    workingDirectory: "/experiment",
    environment: {},
    user: "root",
    root: undefined,
    limits: {},
    ready: undefined,
    after: [],
    restart: { when: "never", delayNs: 0, most: 0 },
    expectedExit: undefined,
    stop: { signal: "SIGTERM", graceNs: 0 },
    collect: [],
    ...over,
  };
  return {
    name,
    group,
    index: 1,
    cpu: cores && { cores, bandwidth: cpuBandwidth(cores, clock.tdf, "cpu") },
    interfaces: [],
    nearest: {},
    environment: { DIECAST_GUEST: name, ...group.environment },
  };
}
