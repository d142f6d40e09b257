export {
  Clock,
  type ClockOptions,
  type ClockReading,
  type RealNs,
  type VirtualNs,
  type VirtualWallNs,
} from "./clock/clock.js";
export type { ExitResult, Stats } from "./clock/control.js";
export type { SpawnOptions, Stdio } from "./clock/options.js";
export { type DilatedProcess, spawn } from "./clock/spawn.js";
export { DieCastError, type ErrorCode } from "./errors.js";
export type { Tdf } from "./scale/tdf.js";
