import { loadDiskModel } from "../../disk/load.js";
import { BLOCK_BYTES } from "../../disk/model.js";
import type { DriveOrder } from "./backend.js";

/** A drive that a disk may be. */
export interface Drive {
  /** Undefined: it takes no time. */
  readonly order: DriveOrder | undefined;
  /** Undefined: it is as large as one likes. */
  readonly capacityBytes: number | undefined;
}

/**
 * Loads a drive by its name in models/disks, or from a file.
 * @throws DieCastError `invalid-option` if there is none, or its description cannot be used
 */
export function loadDrive(model: string): Drive {
  const { parameters, description, capacityBlocks } = loadDiskModel(model);
  return {
    order:
      parameters.kind === "none" ? undefined : { description, rotational: parameters.kind === "mechanical" },
    capacityBytes: capacityBlocks === undefined ? undefined : capacityBlocks * BLOCK_BYTES,
  };
}
