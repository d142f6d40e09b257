import { invalidTrace, type RequestKind, type Trace, type TraceRequest } from "./trace.js";

// device, processor, sequence number, seconds, pid, action, kind of request, sector + sectors
const LINE = /^\s*(\d+,\d+)\s+\d+\s+\d+\s+(\d+)\.(\d{1,9})\s+\d+\s+([A-Z]+)\s+([A-Z]+)\s*(?:(\d+) \+ (\d+))?/;

interface Open {
  readonly index: number;
  readonly timeNs: bigint;
}

/**
 * The text that blkparse prints by default. What was issued to the driver (action D) is a request, its completion (C) the
 * reference. Summary lines and other actions are passed over. One device only.
 */
export function parseBlkparse(text: string, file: string): Trace {
  const requests: TraceRequest[] = [];
  const responseMs: (number | undefined)[] = [];
  const open = new Map<string, Open[]>();
  let device: string | undefined;
  let firstNs: bigint | undefined;
  text.split("\n").forEach((line, i) => {
    const match = LINE.exec(line);
    if (match === null) return;
    const [, dev = "", seconds = "0", fraction = "0", action = "", flags = "", sector, sectors] = match;
    if (action !== "D" && action !== "C") return;
    device ??= dev;
    if (dev !== device)
      throw invalidTrace(file, `line ${i + 1}: expected one device, found ${device} and ${dev}`);
    const timeNs = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
    const key = `${flags} ${sector ?? ""}`;
    if (action === "C") {
      const issued = open.get(key)?.shift();
      if (issued !== undefined) responseMs[issued.index] = Number(timeNs - issued.timeNs) / 1e6;
      return;
    }
    const kind = kindOf(flags);
    if (kind === undefined) return;
    const index = requests.length;
    firstNs ??= timeNs;
    open.set(key, [...(open.get(key) ?? []), { index, timeNs }]);
    requests.push({
      timeNs: timeNs - firstNs,
      lbn: Number(sector ?? 0),
      blocks: Number(sectors ?? 0),
      kind: kind === "write" && Number(sectors ?? 0) === 0 ? "flush" : kind,
      fua: kind === "write" && /W.*F/.test(flags),
    });
    responseMs.push(undefined);
  });
  const complete = requests.length > 0 && responseMs.every((ms) => ms !== undefined);
  return {
    format: "blkparse",
    closed: false,
    requests,
    ...(complete ? { reference: { responseMs: responseMs.map((ms) => ms ?? 0) } } : {}),
  };
}

// RWBS: R read, W write, D discard, F before them flush, behind W force unit access, N nothing.
function kindOf(flags: string): RequestKind | undefined {
  if (flags.includes("D")) return "discard";
  if (flags.includes("R")) return "read";
  if (flags.includes("W")) return "write";
  return flags.startsWith("F") ? "flush" : undefined;
}
