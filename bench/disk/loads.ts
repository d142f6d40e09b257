/** What fio is asked to do. */
export interface FioLoad {
  readonly rw: "randread" | "randwrite" | "read" | "write";
  readonly blockBytes: number;
  readonly depth: number;
}

/** Random and sequential, read and write, one after the other and sixteen at once. */
export const LOADS: readonly FioLoad[] = (["randread", "randwrite", "read", "write"] as const).flatMap((rw) =>
  [1, 16].map((depth) => ({ rw, blockBytes: rw.startsWith("rand") ? 4096 : 65_536, depth })),
);

export function describeLoad({ rw, blockBytes, depth }: FioLoad): string {
  return `${rw} ${blockBytes / 1024} KiB, depth ${depth}`;
}

export function directionOf({ rw }: FioLoad): "read" | "write" {
  return rw.endsWith("read") ? "read" : "write";
}

/** fio's arguments for direct requests to a file or device, its findings as JSON. */
export function fioArguments(
  load: FioLoad,
  file: string,
  more: Readonly<Record<string, string | number>>,
): string[] {
  const options = {
    name: "bench",
    filename: file,
    rw: load.rw,
    bs: load.blockBytes,
    iodepth: load.depth,
    ioengine: "libaio",
    direct: 1,
    time_based: 1,
    ...more,
    "output-format": "json",
  };
  return Object.entries(options).map(([key, value]) => `--${key}=${value}`);
}
