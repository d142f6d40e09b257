import { z } from "zod";
import { about, count, flag, notNegative, positive, share } from "./fields.js";

const times = z.array(positive).min(1, { error: "expected at least one time in µs" });

/** A flash drive; times in µs. */
export const flash = z.strictObject({
  kind: z.literal("flash"),
  ...about,
  capacityBytes: count,
  /** Flash beyond the capacity, as a share of it. */
  overProvisioning: share(10),
  channels: count,
  diesPerChannel: count,
  planesPerDie: count,
  pageBytes: count,
  pagesPerBlock: count,
  /** By the place of a page in its word line (LSB, CSB, MSB): pages take them in turn. */
  readUs: times,
  programUs: positive,
  eraseUs: positive,
  /** To interrupt a program or an erase for a read; 0: reads wait. */
  suspendUs: notNegative.default(0),
  channelBytesPerSecond: count,
  /** To the host, in each direction. */
  interfaceBytesPerSecond: count,
  /** The controller is busy for so long with each command: its reciprocal bounds the commands a second. */
  commandUs: notNegative,
  /** What a read or write takes in the controller beside, without keeping others from it. */
  readOverheadUs: notNegative,
  writeOverheadUs: notNegative,
  writeBufferBytes: count,
  /** What is in the buffer survives a power failure, so a flush need not write it. */
  powerLossProtection: flag.default(false),
  /** Garbage is collected on a die while a smaller share of it is free. */
  collectBelowFree: share(1).default(0.05),
  queueDepth: count.default(32),
});

export type FlashModel = z.output<typeof flash>;

/** A constant time and a bandwidth. */
export const fixed = z.strictObject({
  kind: z.literal("fixed"),
  ...about,
  capacityBytes: count.optional(),
  latencyUs: notNegative,
  /** Of all requests together; left out: without bound. */
  bytesPerSecond: count.optional(),
  queueDepth: count.default(32),
});

export type FixedModel = z.output<typeof fixed>;

/** A disk that takes no time. */
export const none = z.strictObject({
  kind: z.literal("none"),
  ...about,
  capacityBytes: count.optional(),
  queueDepth: count.default(32),
});

export type NoModel = z.output<typeof none>;
