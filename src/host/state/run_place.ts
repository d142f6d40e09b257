import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DieCastError } from "../../errors.js";
import { RunGroups } from "../cgroup/run_groups.js";
import { isAlive, type Owner, ownerOf } from "./owner.js";
import {
  createRecord,
  type GuestRecord,
  type RunRecord,
  readRuns,
  removeRecords,
  runFile,
  runFolder,
  writeRecord,
} from "./records.js";

// The runs of this process. Its record and its guests come and go one by one, so each counts.
const places = new Map<string, RunPlace>();

/**
 * What one run has on the host beside processes: its records and its cgroups. It is there as long as anybody of the run
 * uses it; if this process dies, cleanDeadRuns() finds it by the record, which is written first and removed last.
 */
export class RunPlace {
  readonly id: string;
  #record: RunRecord;
  #groups: RunGroups | undefined;
  readonly #etc = new Map<string, string>();
  #users = 0;

  private constructor(id: string) {
    this.id = id;
    this.#record = {
      id,
      owner: ownerOf(process.pid) as Owner,
      runDirectory: undefined,
      clock: undefined,
      tdf: undefined,
      cgroups: [],
    };
  }

  /**
   * Each call needs its release().
   * @throws DieCastError `permission` or `invalid-option`; `failed` if another process has a run of this name
   */
  static use(id: string): RunPlace {
    let place = places.get(id);
    if (place === undefined) {
      const other = readRuns().find((run) => run.id === id && isAlive(run.owner));
      if (other !== undefined) {
        throw new DieCastError("failed", `there is a run ${id} already, of process ${other.owner.pid}`);
      }
      place = new RunPlace(id);
      createRecord(place.#record);
      places.set(id, place);
    }
    place.#users += 1;
    return place;
  }

  /**
   * use(), with groups of the caller's own; nothing is held where these cannot be made.
   * @throws DieCastError as use() does, and what `make` throws
   */
  static useWith<Groups>(id: string, make: (groups: RunGroups) => Groups): [RunPlace, Groups] {
    const place = RunPlace.use(id);
    try {
      return [place, make(place.groups)];
    } catch (error) {
      place.release();
      throw error;
    }
  }

  release(): void {
    this.#users -= 1;
    if (this.#users > 0) return;
    places.delete(this.id);
    this.#groups?.remove();
    removeRecords(this.id);
  }

  /** Adds to the record. */
  describe(facts: Partial<RunRecord>): void {
    this.#record = { ...this.#record, ...facts };
    writeRecord(runFile(this.id), this.#record);
  }

  get groups(): RunGroups {
    this.#groups ??= new RunGroups(this.id, (directory) =>
      this.describe({ cgroups: [...this.#record.cgroups, directory] }),
    );
    return this.#groups;
  }

  addGuest(record: GuestRecord): void {
    writeRecord(this.#guestFile(record.name), record);
  }

  removeGuest(name: string): void {
    rmSync(this.#guestFile(name), { force: true });
  }

  /** A folder with files for /etc of guests that have this address book; no name server is one of them. */
  etc(hosts: string): string {
    const known = this.#etc.get(hosts);
    if (known !== undefined) return known;
    const folder = join(runFolder(this.id), `etc-${this.#etc.size}`);
    mkdirSync(folder, { mode: 0o755 });
    writeFileSync(join(folder, "hosts"), hosts, { mode: 0o644 });
    writeFileSync(join(folder, "resolv.conf"), "", { mode: 0o644 });
    this.#etc.set(hosts, folder);
    return folder;
  }

  #guestFile(name: string): string {
    return join(runFolder(this.id), "guests", `${name}.json`);
  }
}
