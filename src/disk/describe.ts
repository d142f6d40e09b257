import type { FixedModel, FlashModel, NoModel } from "./flash_schema.js";
import type { MechanicalModel } from "./mechanical_schema.js";
import { BLOCK_BYTES, type DiskModelFile } from "./model.js";

/** Writes a checked model file as the lines that native/disk takes (native/disk/description.h). Times become ns. */
export function describe(model: DiskModelFile): string {
  const lines =
    model.kind === "mechanical"
      ? mechanicalLines(model)
      : model.kind === "flash"
        ? flashLines(model)
        : simpleLines(model);
  return lines.map((words) => `${words.map(word).join(" ")}\n`).join("");
}

type Word = string | number | boolean;

function word(value: Word): string {
  return typeof value === "boolean" ? (value ? "1" : "0") : `${value}`;
}

const nsOfMs = (ms: number) => Math.round(ms * 1e6);
const nsOfUs = (us: number) => Math.round(us * 1e3);

function mechanicalLines(drive: MechanicalModel): Word[][] {
  const { layout, cache, writeBuffer, overheadsMs: overheads } = drive;
  const range = layout.sparing === "sectorsPerRange" ? (layout.sparingRangeCylinders ?? 0) : 0;
  const readAhead = {
    none: "none",
    untilSegmentEndOrMax: "segment-or-max",
    restOfTrackPlusNextTrackWhenStreaming: "track",
  };
  return [
    ["model", "mechanical"],
    ["layout", drive.dataSurfaces, layout.surfaceOrder === "serpentineAlternatesWithinZone", range],
    ...drive.zones.map((zone) => [
      "zone",
      zone.firstCylinder,
      zone.lastCylinder,
      zone.sectorsPerTrack,
      zone.trackSkewSectors,
      zone.cylinderSkewSectors,
      zone.spareSectors,
      zone.reservedSectorsAtFront,
      zone.firstLbn,
      zone.lbnCount,
      ...zone.slippedSectors,
    ]),
    ["mechanics", drive.rotationSpeedRpm, nsOfMs(drive.headSwitchMs), nsOfMs(drive.writeSettleMs)],
    ...drive.seekCurve.map(([distance, ms]) => ["seek", distance, nsOfMs(ms)]),
    [
      "segments",
      cache.cachingEnabled,
      cache.segments,
      cache.segmentSectors,
      cache.dedicatedWriteSegment,
      cache.readHitsOnWriteData,
    ],
    [
      "reading",
      readAhead[cache.readAhead],
      cache.maxReadAheadSectors,
      cache.zeroLatencyRead,
      cache.beginsAnywhere,
    ],
    ["writing", cache.immediateReporting !== "none", cache.combineSequentialWrites, cache.zeroLatencyWrite],
    ...(writeBuffer === undefined
      ? []
      : [["write-buffer", writeBuffer.sectors, writeBuffer.runs, nsOfMs(writeBuffer.idleAfterReadMs)]]),
    [
      "overheads",
      nsOfMs(overheads.readHitAfterRead),
      nsOfMs(overheads.readHitAfterWrite),
      nsOfMs(overheads.readMissAfterRead),
      nsOfMs(overheads.readMissAfterWrite),
      nsOfMs(overheads.writeHitAfterRead),
      nsOfMs(overheads.writeHitAfterWrite),
      nsOfMs(overheads.writeMissAfterRead),
      nsOfMs(overheads.writeMissAfterWrite),
      nsOfMs(overheads.readCompletion),
      nsOfMs(overheads.writeCompletion),
    ],
    ["bus", nsOfMs(drive.bus.transferMsPerSector)],
    ["queue", drive.queue.maxOutstandingAtDrive, drive.queue.scheduler],
  ];
}

function flashLines(drive: FlashModel): Word[][] {
  return [
    ["model", "flash"],
    ["capacity", drive.capacityBytes / BLOCK_BYTES, drive.overProvisioning],
    [
      "layout",
      drive.channels,
      drive.diesPerChannel,
      drive.planesPerDie,
      drive.pageBytes,
      drive.pagesPerBlock,
    ],
    ["read", ...drive.readUs.map(nsOfUs)],
    ["program", nsOfUs(drive.programUs), nsOfUs(drive.eraseUs), nsOfUs(drive.suspendUs)],
    ["wires", drive.channelBytesPerSecond, drive.interfaceBytesPerSecond],
    ["controller", nsOfUs(drive.commandUs), nsOfUs(drive.readOverheadUs), nsOfUs(drive.writeOverheadUs)],
    ["buffer", drive.writeBufferBytes, drive.powerLossProtection],
    ["collection", drive.collectBelowFree],
    ["queue", drive.queueDepth],
  ];
}

function simpleLines(model: FixedModel | NoModel): Word[][] {
  const lines: Word[][] = [
    ["model", "simple"],
    ["queue", model.queueDepth],
  ];
  if (model.capacityBytes !== undefined)
    lines.push(["capacity", Math.floor(model.capacityBytes / BLOCK_BYTES)]);
  if (model.kind === "fixed") {
    lines.push(["latency", nsOfUs(model.latencyUs)]);
    if (model.bytesPerSecond !== undefined) lines.push(["bandwidth", model.bytesPerSecond]);
  }
  return lines;
}
