/** When the kernel writes back what nobody has forced out, in hundredths of real seconds; for the whole host. */
export interface WritebackSetting {
  readonly path: string;
  /** What it takes beside 0, if it takes that. */
  readonly least: number;
  readonly most: number;
}

// The kernel makes milliseconds of them (mm/page-writeback.c), in 32 bits with a sign.
const VM = { least: 1, most: Math.floor((2 ** 31 - 1) / 10) };

export const WRITEBACK_SETTINGS: readonly WritebackSetting[] = [
  { path: "/proc/sys/vm/dirty_expire_centisecs", ...VM },
  { path: "/proc/sys/vm/dirty_writeback_centisecs", ...VM },
  // fs/xfs/xfs_globals.c: syncd_timer.
  { path: "/proc/sys/fs/xfs/xfssyncd_centisecs", least: 100, most: 720_000 },
];

export function scaledCentiseconds(before: number, factor: number): number {
  return Math.round(before * factor);
}

/** The nearest value that the kernel takes. 0 is none of its times: it turns the flusher off, which it stays. */
export function inRange({ least, most }: WritebackSetting, value: number): number {
  return value === 0 ? 0 : Math.min(Math.max(value, least), most);
}
