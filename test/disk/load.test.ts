import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { diskModelNames, loadDiskModel } from "../../src/disk/load.js";
import { DieCastError } from "../../src/errors.js";
import { loadNative } from "../../src/native.js";
import { ROOT } from "../paths.js";
import { modelOf, SMALL_FLASH } from "./drive.js";
import { DISK_DATA, NO_DISK_DATA } from "./reference.js";

type Json = Record<string, unknown>;

/** A drive of two zones, small enough to be read. */
const SMALL_DRIVE = {
  kind: "mechanical",
  rotationSpeedRpm: 6000,
  dataSurfaces: 2,
  cylinders: 20,
  capacitySectors: 3600,
  headSwitchMs: 0.5,
  seekCurve: [
    [1, 1],
    [19, 5],
  ],
  layout: { surfaceOrder: "sameDirectionEachCylinder", sparing: "none" },
  zones: [
    {
      firstCylinder: 0,
      lastCylinder: 9,
      sectorsPerTrack: 100,
      trackSkewSectors: 10,
      cylinderSkewSectors: 15,
      firstLbn: 0,
      lbnCount: 2000,
    },
    {
      firstCylinder: 10,
      lastCylinder: 19,
      sectorsPerTrack: 80,
      trackSkewSectors: 8,
      cylinderSkewSectors: 12,
      firstLbn: 2000,
      lbnCount: 1600,
    },
  ],
  cache: { segments: 2, segmentSectors: 128, readAhead: "none", immediateReporting: "full" },
  overheadsMs: {
    readHitAfterRead: 0.1,
    readHitAfterWrite: 0.1,
    readMissAfterRead: 0.2,
    readMissAfterWrite: 0.2,
    writeHitAfterRead: 0.1,
    writeHitAfterWrite: 0.1,
    writeMissAfterRead: 0.2,
    writeMissAfterWrite: 0.2,
  },
  bus: { transferMsPerSector: 0.01 },
};

/** The lines that are printed for a document, without the name of its file. */
function problemsOf(document: unknown): string[] {
  try {
    modelOf(document);
    return [];
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    return error.problems.map((line) => line.replace(/^.*?\.json: /, ""));
  }
}

/** The drive with one field of a zone changed. */
function withZone(index: number, change: Json): Json {
  return {
    ...SMALL_DRIVE,
    zones: SMALL_DRIVE.zones.map((zone, i) => (i === index ? { ...zone, ...change } : zone)),
  };
}

describe("disk models that come with DieCast", () => {
  for (const name of diskModelNames()) {
    it(`${name} loads, its simulator takes it, and every figure has a source`, () => {
      const model = loadDiskModel(name);
      const described = loadNative().describeDisk(model.description);
      if (model.capacityBlocks !== undefined)
        expect(Number(described.capacityBlocks)).to.equal(model.capacityBlocks);
      expect(described.queueDepth).to.equal(model.queueDepth);
      const about = new Set(["kind", "model", "vendor", "description", "notice", "sources"]);
      const document = JSON.parse(readFileSync(model.file, "utf8")) as Json;
      const sourced = new Set((model.parameters.sources ?? []).flatMap(({ fields }) => fields));
      expect(Object.keys(document).filter((field) => !about.has(field) && !sourced.has(field))).to.deep.equal(
        document.powerLossProtection === undefined ? [] : ["powerLossProtection"],
      );
    });
  }

  it("those of DiskSim have its notice beside them and name it", () => {
    const notice = readFileSync(`${ROOT}models/disks/NOTICE-disksim.txt`, "utf8");
    expect(notice)
      .to.contain("Copyright (c) of Carnegie Mellon University, 2001-2008")
      .and.contain("NO WARRANTY");
    for (const name of ["seagate-st32171w", "seagate-st39102lw", "quantum-atlas10k", "ibm-dnes309170w"]) {
      expect(notice).to.contain(name);
      expect(loadDiskModel(name).parameters.notice).to.contain("Carnegie Mellon University");
    }
  });
});

describe("loading a disk model", () => {
  it("takes a small drive", () => {
    expect(modelOf(SMALL_DRIVE).capacityBlocks).to.equal(3600);
  });

  if (NO_DISK_DATA !== undefined) it.skip(`takes the reference data's files as they are: ${NO_DISK_DATA}`);
  else
    it("takes the reference data's files as they are, and makes the same drive of them", () => {
      const ours: Json = {
        st32171w: "seagate-st32171w",
        st39102lw: "seagate-st39102lw",
        atlas10k: "quantum-atlas10k",
        dnes309170w: "ibm-dnes309170w",
      };
      for (const file of readdirSync(`${DISK_DATA}/drives`)) {
        const drive = file.replace(".json", "");
        const theirs = loadDiskModel(`${DISK_DATA}/drives/${file}`);
        expect(theirs.description).to.equal(loadDiskModel(`${ours[drive]}`).description);
      }
    });

  it("tells of a name that nobody has", () => {
    expect(() => loadDiskModel("seagate-st32171"))
      .to.throw(DieCastError, 'disk model: there is none called "seagate-st32171"')
      .with.property("remedy", 'did you mean "seagate-st32171w"?');
  });

  it("tells of a file that is not there", () => {
    expect(() => loadDiskModel("./nowhere.json")).to.throw(
      DieCastError,
      /^disk model \.\/nowhere\.json: ENOENT/,
    );
  });

  const mistakes: [string, unknown, string[]][] = [
    [
      "zones that overlap",
      withZone(1, { firstCylinder: 9 }),
      ["zones[1].firstCylinder: expected a cylinder above 9, where the zone before ends; found 9"],
    ],
    [
      "a zone beyond the last cylinder",
      withZone(1, { lastCylinder: 20 }),
      ["zones[1].lastCylinder: expected less than cylinders, 20; found 20"],
    ],
    [
      "more blocks than tracks have room for",
      withZone(0, { lbnCount: 2001 }),
      [
        "zones[0].lbnCount: expected at most 2000, what its tracks have room for; found 2001",
        "zones[1].firstLbn: expected 2001, where the zone before ends; found 2000",
      ],
    ],
    [
      "a seek curve with a negative distance",
      { ...SMALL_DRIVE, seekCurve: [[-1, 1]] },
      ["seekCurve[0][0]: expected a whole number of at least 0, found -1"],
    ],
    [
      "a seek curve with distance 0",
      { ...SMALL_DRIVE, seekCurve: [[0, 1]] },
      ["seekCurve[0]: expected a distance of at least 1, found 0"],
    ],
    [
      "a seek curve with a repeated distance",
      {
        ...SMALL_DRIVE,
        seekCurve: [
          [1, 1],
          [5, 2],
          [5, 3],
        ],
      },
      ["seekCurve[2]: expected a distance above 5, that of the point before, found 5"],
    ],
    [
      "a speed of rotation of 0",
      { ...SMALL_DRIVE, rotationSpeedRpm: 0 },
      ["rotationSpeedRpm: expected a whole number of at least 1, found 0"],
    ],
    [
      "a capacity that is not the zones'",
      { ...SMALL_DRIVE, capacitySectors: 4000 },
      ["capacitySectors: expected 3600, what the zones hold; found 4000"],
    ],
    [
      "a field that is missing",
      { ...SMALL_DRIVE, bus: {} },
      ["bus.transferMsPerSector: expected a number above 0, found nothing"],
    ],
    ["a field that nobody knows", { ...SMALL_DRIVE, seekcurve: [] }, ["seekcurve: unknown key"]],
    [
      "a mechanism that is not modelled",
      { ...SMALL_DRIVE, cache: { ...SMALL_DRIVE.cache, preseekLevel: 2 } },
      ["cache.preseekLevel: expected 0: other values are not modelled, found 2"],
    ],
    [
      "a write buffer of nothing",
      { ...SMALL_DRIVE, writeBuffer: { sectors: 0, runs: 1 } },
      ["writeBuffer.sectors: expected a whole number of at least 1, found 0"],
    ],
    [
      "a write buffer with more runs than sectors",
      { ...SMALL_DRIVE, writeBuffer: { sectors: 64, runs: 65 } },
      ["writeBuffer.runs: expected at most sectors, 64; found 65"],
    ],
    [
      "a kind that is none",
      { kind: "tape" },
      ['kind: expected "mechanical", "flash", "fixed" or "none", found "tape"'],
    ],
    [
      "a buffer smaller than a page",
      { ...SMALL_FLASH, writeBufferBytes: 8192 },
      ["writeBufferBytes: expected at least 16384, a page of all planes; found 8192"],
    ],
    [
      "flash without spare blocks",
      { ...SMALL_FLASH, overProvisioning: 0 },
      ["overProvisioning: expected at least two spare flash blocks on each die, found 0.00"],
    ],
    [
      "several mistakes at once",
      { ...SMALL_FLASH, channels: 0, programUs: -1 },
      [
        "channels: expected a whole number of at least 1, found 0",
        "programUs: expected a number above 0, found -1",
      ],
    ],
  ];
  for (const [what, document, expected] of mistakes) {
    it(`refuses ${what}`, () => {
      expect(problemsOf(document)).to.deep.equal(expected);
    });
  }
});
