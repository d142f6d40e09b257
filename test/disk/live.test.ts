import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { loadDiskModel } from "../../src/disk/load.js";
import type { DiskModel } from "../../src/disk/model.js";
import { DISK_SCHEDULERS } from "../../src/disk/replay.js";
import { PROGRAMS } from "../guests/build.js";
import { ROOT } from "../paths.js";
import { modelOf, SMALL_FLASH } from "./drive.js";

const PROGRAM = `${PROGRAMS}disk-live`;

describe("a disk model in live use (test/disk/live.cpp)", function () {
  this.timeout(60_000);

  before(() => {
    mkdirSync(PROGRAMS, { recursive: true });
    const flags = ["-std=c++20", "-O1", "-Wall", "-Wextra", "-Werror", `-I${ROOT}native`];
    const library = `${ROOT}build/native/disk/libdisk.a`;
    execFileSync("c++", [...flags, "-o", PROGRAM, `${ROOT}test/disk/live.cpp`, library]);
  });

  const cases: [string, () => DiskModel][] = [
    ["seagate-st32171w", () => loadDiskModel("seagate-st32171w")],
    ["quantum-atlas10k", () => loadDiskModel("quantum-atlas10k")],
    ["ibm-dnes309170w", () => loadDiskModel("ibm-dnes309170w")],
    ["hdd-7200-sata-4tb", () => loadDiskModel("hdd-7200-sata-4tb")],
    ["hdd-15k-sas-600gb", () => loadDiskModel("hdd-15k-sas-600gb")],
    ["a small flash drive", () => modelOf(SMALL_FLASH)],
    ["ssd-sata-1tb", () => loadDiskModel("ssd-sata-1tb")],
    ["fixed", () => loadDiskModel("fixed")],
  ];
  for (const [name, load] of cases) {
    it(`${name}: the same as offline, nothing lost, in order, whatever is asked when`, () => {
      const file = `${PROGRAMS}disk-live.txt`;
      const { description, parameters } = load();
      writeFileSync(file, description);
      // Only mechanical drives have a queue to choose from.
      const schedulers = parameters.kind === "mechanical" ? DISK_SCHEDULERS : DISK_SCHEDULERS.slice(0, 1);
      for (const [scheduler, schedulerName] of schedulers.entries()) {
        const { status, stdout } = spawnSync(PROGRAM, [file, `${scheduler}`, `${scheduler + 1}`], {
          encoding: "utf8",
        });
        expect({ schedulerName, status, stdout }).to.deep.equal({ schedulerName, status: 0, stdout: "" });
      }
    });
  }
});
