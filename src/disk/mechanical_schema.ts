import { z } from "zod";
import { about, count, flag, notNegative, oneOf, only, positive, text, whole } from "./fields.js";

const zone = z.strictObject({
  firstCylinder: whole,
  lastCylinder: whole,
  sectorsPerTrack: count,
  /** By how many sectors a track begins later than the one before it on its cylinder. */
  trackSkewSectors: notNegative,
  cylinderSkewSectors: notNegative,
  spareSectors: whole.default(0),
  reservedSectorsAtFront: whole.default(0),
  firstLbn: whole,
  lbnCount: count,
  slippedSectors: z.array(whole).default([]),
  remappedSectors: z
    .array(z.never(), { error: "expected an empty list: remapping is not modelled" })
    .optional(),
});

const cache = z.strictObject({
  segments: count,
  /** Without effect while the drive takes one command at a time: one segment is written back at a time. */
  maxWriteSegments: count.default(1),
  segmentSectors: count,
  dedicatedWriteSegment: flag.default(false),
  cachingEnabled: flag.default(true),
  readAhead: oneOf(["none", "untilSegmentEndOrMax", "restOfTrackPlusNextTrackWhenStreaming"]),
  maxReadAheadSectors: whole.default(0),
  readHitsOnWriteData: flag.default(true),
  /** A write completes when it is in the cache; `limited` and `full` are the same for one command at a time. */
  immediateReporting: oneOf(["none", "limited", "full"]),
  combineSequentialWrites: flag.default(true),
  /** A sector that has to be passed over does not hold up those behind it. */
  zeroLatencyRead: flag.default(false),
  zeroLatencyWrite: flag.default(false),
  /** The head begins with the first wanted sector that comes by. DiskSim's drives do not, whatever zeroLatency says. */
  beginsAnywhere: flag.default(false),
  /** Has no effect in DiskSim, see docs/disks.md. */
  readAnyFreeBlocksWhileRotating: flag.optional(),
  writeHitStopsPrefetch: flag.optional(),
  prefetchMayOverwriteReturnedData: flag.optional(),
  watermarkIsPerRequest: flag.optional(),
  minReadAheadSectors: only(0),
  readAheadOnIdleHit: only(false),
  almostReadHits: only(false),
  readWatermarkFraction: only(0),
  writeWatermarkFraction: only(0),
  transferPartialHitImmediately: only(true),
  stopPrefetchMidSector: only(false),
  preseekLevel: only(0),
  neverDisconnect: only(false),
});

/**
 * DRAM for what the host has written, as current drives have it, in place of DiskSim's one segment that is written back at
 * once. With `immediateReporting` of `none` (write cache off) writes wait in it for the medium, several at a time.
 */
const writeBuffer = z.strictObject({
  sectors: count,
  /** So many runs of blocks are told apart; behind that a write waits, however much room there is. */
  runs: count,
  /** Without need nothing is written from it for so long after a read: the next read would find the arm elsewhere. */
  idleAfterReadMs: notNegative.default(0),
});

const overheadsMs = z.strictObject({
  readHitAfterRead: notNegative,
  readHitAfterWrite: notNegative,
  readMissAfterRead: notNegative,
  readMissAfterWrite: notNegative,
  writeHitAfterRead: notNegative,
  writeHitAfterWrite: notNegative,
  writeMissAfterRead: notNegative,
  writeMissAfterWrite: notNegative,
  readCompletion: notNegative.default(0),
  writeCompletion: notNegative.default(0),
  dataPreparation: only(0),
  readDisconnectAfterRead: only(0),
  readDisconnectAfterWrite: only(0),
  writeDisconnect: only(0),
  firstReselect: only(0),
  otherReselect: only(0),
  minimumSeekDelay: only(0),
});

/**
 * A mechanical drive; times in ms, sizes in sectors of 512 bytes. The fields are those of the reference data that the
 * model is judged by, so that a file of theirs can be used as it is; what has a default may be left out.
 */
export const mechanical = z.strictObject({
  kind: z.literal("mechanical"),
  ...about,
  sectorBytes: only(512),
  rotationSpeedRpm: count,
  revolutionMs: positive.optional(),
  dataSurfaces: count,
  cylinders: count,
  capacitySectors: count,
  nominalCapacitySectors: count.optional(),
  headSwitchMs: notNegative,
  writeSettleMs: notNegative.default(0),
  /** Distance in cylinders, milliseconds; linear between. */
  seekCurve: z
    .array(z.tuple([whole, notNegative], { error: "expected a distance in cylinders and a time in ms" }))
    .min(1, { error: "expected at least one point" }),
  seekCurveInterpolation: text.optional(),
  layout: z.strictObject({
    surfaceOrder: oneOf(["sameDirectionEachCylinder", "serpentineAlternatesWithinZone"]),
    sparing: oneOf(["none", "sectorsPerZone", "sectorsPerRange", "slipToEndOfDisk"]),
    sparingRangeCylinders: count.nullish(),
  }),
  zones: z.array(zone).min(1, { error: "expected at least one zone" }),
  cache,
  writeBuffer: writeBuffer.optional(),
  overheadsMs,
  bus: z.strictObject({
    transferMsPerSector: positive,
    arbitrationMs: only(0),
    holdBusForWholeRead: only(false),
    holdBusForWholeWrite: only(false),
  }),
  queue: z
    .strictObject({
      scheduler: oneOf(["fcfs", "c-look", "sstf", "sptf"]).default("fcfs"),
      maxOutstandingAtDrive: count.default(1),
    })
    .default({ scheduler: "fcfs", maxOutstandingAtDrive: 1 }),
  initialState: z
    .strictObject({
      cylinder: only(0),
      head: only(0),
      rotationPhaseAtTimeZero: only(0),
      previousCommand: only("read"),
      allCacheSegments: only("empty"),
    })
    .optional(),
});

export type MechanicalModel = z.output<typeof mechanical>;
