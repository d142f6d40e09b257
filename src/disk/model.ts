import type { FixedModel, FlashModel, NoModel } from "./flash_schema.js";
import type { MechanicalModel } from "./mechanical_schema.js";

/** What a model file says, checked. */
export type DiskModelFile = MechanicalModel | FlashModel | FixedModel | NoModel;

/** A disk model that can be used. */
export interface DiskModel {
  /** The name it is found by, or the file's name without .json. */
  readonly name: string;
  readonly file: string;
  readonly parameters: DiskModelFile;
  /** In sectors of 512 bytes; undefined: as large as one likes (fixed, none). */
  readonly capacityBlocks: number | undefined;
  /** How many requests the drive takes at once. */
  readonly queueDepth: number;
  /** What makeModel() of native/disk takes. */
  readonly description: string;
}

/** Traces, block devices and models count in sectors of so many bytes. */
export const BLOCK_BYTES = 512;
