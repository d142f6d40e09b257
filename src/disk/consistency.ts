import type { FlashModel } from "./flash_schema.js";
import type { MechanicalModel } from "./mechanical_schema.js";

/** Something wrong between fields: where, and what was expected and found. */
export interface Inconsistency {
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** What a schema cannot say of a mechanical drive: that its figures fit each other. */
export function checkMechanical(drive: MechanicalModel): Inconsistency[] {
  return [...checkSeekCurve(drive), ...checkZones(drive), ...checkRest(drive)];
}

function checkSeekCurve({ seekCurve }: MechanicalModel): Inconsistency[] {
  const found: Inconsistency[] = [];
  seekCurve.forEach(([distance], i) => {
    const before = seekCurve[i - 1]?.[0] ?? 0;
    if (distance <= before) {
      const expected =
        i === 0 ? "a distance of at least 1" : `a distance above ${before}, that of the point before`;
      found.push({ path: ["seekCurve", i], text: `expected ${expected}, found ${distance}` });
    }
  });
  return found;
}

function checkZones(drive: MechanicalModel): Inconsistency[] {
  const found: Inconsistency[] = [];
  const note = (zone: number, field: string, text: string) =>
    found.push({ path: ["zones", zone, field], text });
  let lastCylinder = -1;
  let nextLbn = 0;
  drive.zones.forEach((zone, i) => {
    if (zone.firstCylinder <= lastCylinder)
      note(
        i,
        "firstCylinder",
        `expected a cylinder above ${lastCylinder}, where the zone before ends; found ${zone.firstCylinder}`,
      );
    if (zone.lastCylinder < zone.firstCylinder)
      note(
        i,
        "lastCylinder",
        `expected at least firstCylinder, ${zone.firstCylinder}; found ${zone.lastCylinder}`,
      );
    if (zone.lastCylinder >= drive.cylinders)
      note(i, "lastCylinder", `expected less than cylinders, ${drive.cylinders}; found ${zone.lastCylinder}`);
    if (zone.firstLbn !== nextLbn)
      note(i, "firstLbn", `expected ${nextLbn}, where the zone before ends; found ${zone.firstLbn}`);
    const room = roomOf(drive, i);
    if (zone.lbnCount > room)
      note(i, "lbnCount", `expected at most ${room}, what its tracks have room for; found ${zone.lbnCount}`);
    zone.slippedSectors.forEach((slip, k) => {
      const before = zone.slippedSectors[k - 1] ?? -1;
      if (slip <= before)
        found.push({
          path: ["zones", i, "slippedSectors", k],
          text: `expected a number above ${before}, the one before; found ${slip}`,
        });
    });
    lastCylinder = Math.max(lastCylinder, zone.lastCylinder);
    nextLbn = zone.firstLbn + zone.lbnCount;
  });
  if (drive.capacitySectors !== nextLbn)
    found.push({
      path: ["capacitySectors"],
      text: `expected ${nextLbn}, what the zones hold; found ${drive.capacitySectors}`,
    });
  return found;
}

function roomOf({ zones, dataSurfaces, layout }: MechanicalModel, index: number): number {
  const zone = zones[index];
  if (zone === undefined) return 0;
  const cylinders = zone.lastCylinder - zone.firstCylinder + 1;
  const cylinderSectors = zone.sectorsPerTrack * dataSurfaces;
  const range = layout.sparing === "sectorsPerRange" ? (layout.sparingRangeCylinders ?? 0) : 0;
  if (range === 0)
    return cylinders * cylinderSectors - zone.reservedSectorsAtFront - zone.slippedSectors.length;
  const whole = Math.floor(cylinders / range);
  const rest = (cylinders % range) * cylinderSectors;
  return whole * (range * cylinderSectors - zone.spareSectors) + rest - zone.reservedSectorsAtFront;
}

function checkRest({ layout, cache, writeBuffer, zones, dataSurfaces }: MechanicalModel): Inconsistency[] {
  const found: Inconsistency[] = [];
  const range = layout.sparingRangeCylinders ?? undefined;
  if (layout.sparing === "sectorsPerRange" && range === undefined)
    found.push({
      path: ["layout", "sparingRangeCylinders"],
      text: "expected a number of cylinders, found nothing",
    });
  if (layout.sparing === "sectorsPerRange" && range !== undefined) {
    zones.forEach((zone, i) => {
      const most = range * dataSurfaces * zone.sectorsPerTrack - 1;
      if (zone.spareSectors > most)
        found.push({
          path: ["zones", i, "spareSectors"],
          text: `expected at most ${most}, less than a range has; found ${zone.spareSectors}`,
        });
    });
  }
  if (cache.maxWriteSegments > cache.segments)
    found.push({
      path: ["cache", "maxWriteSegments"],
      text: `expected at most segments, ${cache.segments}; found ${cache.maxWriteSegments}`,
    });
  if (cache.dedicatedWriteSegment && cache.segments < 2)
    found.push({ path: ["cache", "segments"], text: "expected at least 2, with one for writes; found 1" });
  // A read of what is being written comes from the buffer.
  if (writeBuffer !== undefined && !cache.readHitsOnWriteData)
    found.push({
      path: ["cache", "readHitsOnWriteData"],
      text: "expected true, with a writeBuffer; found false",
    });
  if (writeBuffer !== undefined && writeBuffer.runs > writeBuffer.sectors)
    found.push({
      path: ["writeBuffer", "runs"],
      text: `expected at most sectors, ${writeBuffer.sectors}; found ${writeBuffer.runs}`,
    });
  return found;
}

const UNIT_BYTES = 4096;

/** What a schema cannot say of a flash drive. */
export function checkFlash(drive: FlashModel): Inconsistency[] {
  const found: Inconsistency[] = [];
  const multiples: [keyof FlashModel, number][] = [
    ["capacityBytes", drive.capacityBytes],
    ["pageBytes", drive.pageBytes],
  ];
  for (const [field, value] of multiples) {
    if (value % UNIT_BYTES !== 0)
      found.push({ path: [field], text: `expected a multiple of ${UNIT_BYTES}, found ${value}` });
  }
  const page = drive.planesPerDie * drive.pageBytes;
  if (drive.writeBufferBytes < page)
    found.push({
      path: ["writeBufferBytes"],
      text: `expected at least ${page}, a page of all planes; found ${drive.writeBufferBytes}`,
    });
  const dies = drive.channels * drive.diesPerChannel;
  const blockBytes = page * drive.pagesPerBlock;
  const spareBlocks = (drive.capacityBytes * drive.overProvisioning) / blockBytes / dies;
  if (spareBlocks < 2)
    found.push({
      path: ["overProvisioning"],
      text: `expected at least two spare flash blocks on each die, found ${spareBlocks.toFixed(2)}`,
    });
  return found;
}
