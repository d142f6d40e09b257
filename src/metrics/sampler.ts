import { join } from "node:path";
import type { RealNs, VirtualNs } from "../clock/clock.js";
import { coreStepsPerSecond } from "../host/core_reading.js";
import { type Cell, CsvFile } from "./csv_file.js";
import { DISK_HEADER, diskRow } from "./disk_usage.js";
import { GUEST_HEADER, type GuestReading, guestRates, guestRow } from "./guest_usage.js";
import { PIPE_HEADER, pipeRow } from "./network_usage.js";
import { hostUse, MemoryMeans, type ResourceUse, resourceUse } from "./resource_use.js";
import { type Snapshot, type Sources, takeSnapshot } from "./snapshot.js";

export interface SamplerOptions {
  readonly sources: Sources;
  /** Takes guests.csv, pipes.csv, host.csv and, where there are disks, disks.csv. */
  readonly directory: string;
  /** Virtual time between two samples. */
  readonly intervalNs: number;
  /** Waits until the clock shows `target`; rejects when the signal aborts. */
  sleepUntil(target: VirtualNs, signal: AbortSignal): Promise<void>;
}

/** How the sampling itself went. */
export interface SamplerReport {
  readonly samples: number;
  /** Those more than a tenth of an interval late. */
  readonly late: number;
  /** Whole intervals that had to be left out. */
  readonly missed: number;
  readonly worstVirtualNs: number;
  /** Why it ended before it was stopped. */
  readonly failure: Error | undefined;
}

const HOST_HEADER = [
  "at (s)",
  "real (s)",
  "cpu (share)",
  "stolen (share)",
  "load",
  "memory available (B)",
  "emulation (real cores)",
  "diecast (real cores)",
  "carried (packets/real s)",
  "lateness p50 (real us)",
  "lateness p99 (real us)",
  "sample late (ms)",
  "core speed (steps/real s)",
] as const;

/**
 * Notes once per virtual interval what guests, pipes and host used since the time before, each as it is perceived. Holds
 * the last readings only, so that a run can be as long as it likes.
 */
export class Sampler {
  readonly #options: SamplerOptions;
  readonly #files: { guests: CsvFile; pipes: CsvFile; disks?: CsvFile; host: CsvFile };
  readonly #ending = new AbortController();
  readonly #last = new Map<string, GuestReading>();
  readonly #report = { samples: 0, late: 0, missed: 0, worstVirtualNs: 0 };
  #failure: Error | undefined;
  #previous: Snapshot | undefined;
  #measuring: { readonly begin: Snapshot; readonly memory: MemoryMeans } | undefined;
  #running: Promise<void> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #origin: { readonly virtualNs: VirtualNs; readonly realNs: RealNs } | undefined;

  constructor(options: SamplerOptions) {
    this.#options = options;
    const file = (name: string, header: readonly string[]) =>
      new CsvFile(join(options.directory, name), header);
    this.#files = {
      guests: file("guests.csv", GUEST_HEADER),
      pipes: file("pipes.csv", PIPE_HEADER),
      ...(options.sources.disks === undefined ? {} : { disks: file("disks.csv", DISK_HEADER) }),
      host: file("host.csv", HOST_HEADER),
    };
  }

  /**
   * Samples from now on at origin + 1, 2, … intervals.
   * @param origin the virtual time that the column "at" counts from
   */
  async start(origin: VirtualNs): Promise<void> {
    const first = await this.#take();
    this.#previous = first;
    this.#origin = { virtualNs: origin, realNs: first.time.realNs };
    this.#running = this.#run(origin).catch((error: unknown) => {
      if (!this.#ending.signal.aborted) this.#failure = error as Error;
    });
  }

  /** Begins to sum up what is used. */
  async beginMeasuring(): Promise<void> {
    const begin = await this.#take();
    this.#measuring = { begin, memory: new MemoryMeans() };
    this.#measuring.memory.add(begin.guests);
  }

  /** What was used since beginMeasuring(); undefined if there was none. */
  async endMeasuring(): Promise<ResourceUse | undefined> {
    const end = await this.#take();
    const measuring = this.#measuring;
    this.#measuring = undefined;
    if (measuring === undefined) return undefined;
    return resourceUse(this.#options.sources.guests, measuring.begin, end, this.#last, measuring.memory);
  }

  /** Ends sampling and finishes the files. Safe to repeat. */
  async stop(): Promise<SamplerReport> {
    this.#ending.abort();
    await this.#running;
    for (const file of Object.values(this.#files)) {
      await file.close().catch((error: Error) => {
        this.#failure ??= error;
      });
    }
    return { ...this.#report, failure: this.#failure };
  }

  async #run(origin: VirtualNs): Promise<void> {
    const interval = BigInt(this.#options.intervalNs);
    const clock = this.#options.sources.clock;
    for (let due = origin + interval; ; ) {
      await this.#options.sleepUntil(due, this.#ending.signal);
      const lateNs = Number(clock.now().virtualNs - due);
      this.#note(lateNs);
      await this.#sample(lateNs);
      // Behind by more than an interval: what is over is not made up for, or it would never catch up.
      const passed = clock.now().virtualNs - due;
      const skipped = passed / interval;
      this.#report.missed += Number(skipped);
      due += (skipped + 1n) * interval;
    }
  }

  #note(lateNs: number): void {
    this.#report.samples++;
    this.#report.worstVirtualNs = Math.max(this.#report.worstVirtualNs, lateNs);
    if (lateNs > this.#options.intervalNs / 10) this.#report.late++;
  }

  async #sample(lateNs: number): Promise<void> {
    const snapshot = await this.#take();
    this.#measuring?.memory.add(snapshot.guests);
    const previous = this.#previous;
    this.#previous = snapshot;
    if (previous === undefined || this.#origin === undefined) return;
    const atS = seconds(snapshot.time.virtualNs - this.#origin.virtualNs);
    await this.#files.host.write(this.#hostRow(atS, previous, snapshot, lateNs));
    await this.#writeGuests(atS, previous, snapshot);
    await this.#writePipes(atS, previous, snapshot);
    await this.#writeDisks(atS, previous, snapshot);
  }

  #hostRow(atS: number, before: Snapshot, after: Snapshot, lateNs: number): Cell[] {
    const use = hostUse(before, after);
    const cell = (value: number | null | undefined) => value ?? undefined;
    const us = (ns: number | undefined) => (ns === undefined ? undefined : ns / 1e3);
    return [
      atS,
      seconds(after.time.realNs - (this.#origin?.realNs ?? 0n)),
      cell(use.cpuShare),
      cell(use.stolenShare),
      after.host.load,
      after.host.memoryAvailableBytes,
      cell(use.emulationCores),
      cell(use.ownCores),
      cell(use.packetsPerSecond),
      us(use.lateness?.p50RealNs),
      us(use.lateness?.p99RealNs),
      lateNs / 1e6,
      before.cores && after.cores && coreStepsPerSecond(before.cores, after.cores),
    ];
  }

  async #writeGuests(atS: number, before: Snapshot, after: Snapshot): Promise<void> {
    for (const [name, reading] of after.guests) {
      const earlier = before.guests.get(name);
      const rates = earlier && guestRates(earlier, reading);
      if (rates !== undefined) await this.#files.guests.write(guestRow(atS, name, rates, reading.usage));
    }
  }

  async #writePipes(atS: number, before: Snapshot, after: Snapshot): Promise<void> {
    const virtualNs = Number(after.time.virtualNs - before.time.virtualNs);
    if (virtualNs <= 0) return;
    for (const [i, name] of (this.#options.sources.network?.pipes ?? []).entries()) {
      const [earlier, later] = [before.network?.pipes[i], after.network?.pipes[i]];
      if (earlier === undefined || later === undefined) continue;
      await this.#files.pipes.write(pipeRow(atS, name, earlier, later, virtualNs));
    }
  }

  async #writeDisks(atS: number, before: Snapshot, after: Snapshot): Promise<void> {
    const virtualNs = Number(after.time.virtualNs - before.time.virtualNs);
    if (virtualNs <= 0) return;
    for (const [i, name] of (this.#options.sources.disks?.names ?? []).entries()) {
      const [earlier, later] = [before.disks?.disks[i], after.disks?.disks[i]];
      if (earlier === undefined || later === undefined) continue;
      await this.#files.disks?.write(diskRow(atS, name, earlier, later, virtualNs));
    }
  }

  // One after the other: a phase's border may fall into a sample.
  #take(): Promise<Snapshot> {
    const taken = this.#turn.then(() => takeSnapshot(this.#options.sources));
    this.#turn = taken.catch(() => {});
    return taken.then((snapshot) => {
      for (const [name, reading] of snapshot.guests) this.#last.set(name, reading);
      return snapshot;
    });
  }
}

function seconds(ns: bigint): number {
  return Number(ns) / 1e9;
}
