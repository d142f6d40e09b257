import { invalidOption } from "../errors.js";

const NS_PER_SECOND = 1_000_000_000n;
const EXPECTED = 'a date such as 2030-01-31 or 2030-01-31T12:00:00Z, "@" and seconds since 1970, or "now"';

// A century before the nanosecond clock of a 64-bit kernel overflows (2262), so that a run has somewhere to go.
const LATEST_SECONDS = BigInt(Date.UTC(2200, 0, 1) / 1000);

const ISO_8601 =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;
const EPOCH_SECONDS = /^@(\d{1,11})(?:\.(\d{1,9}))?$/;

/**
 * Reads when the virtual wall clock begins: nanoseconds since 1970 in UTC, or undefined for `now`. A date without a time
 * is its midnight; without a zone it is local time, as the guest will show it.
 * @param value an ISO 8601 text, `@SECONDS`, `now`, a Date, or nanoseconds as a bigint
 * @throws DieCastError `invalid-option`, naming `option`
 */
export function parseStartTime(value: unknown, option: string): bigint | undefined {
  if (value === undefined || value === "now") return undefined;
  const startNs = toNanoseconds(value);
  if (startNs === undefined) throw invalidOption(option, EXPECTED, value);
  if (startNs < 0n || startNs > LATEST_SECONDS * NS_PER_SECOND) {
    throw invalidOption(option, "a time from 1970 to 2200", value);
  }
  return startNs;
}

function toNanoseconds(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? undefined : BigInt(value.getTime()) * 1_000_000n;
  }
  if (typeof value !== "string") return undefined;
  const epoch = EPOCH_SECONDS.exec(value);
  if (epoch !== null) return BigInt(epoch[1] ?? "") * NS_PER_SECOND + fractionNs(epoch[2]);
  const iso = ISO_8601.exec(value);
  return iso === null ? undefined : fromIso(iso);
}

function fromIso(match: RegExpExecArray): bigint | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((field) => (field === undefined ? undefined : Number(field)));
  // Date rolls 30 February over to March; that is a slip of whoever wrote it.
  const utc = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const rolled =
    utc.getUTCMonth() !== month - 1 ||
    utc.getUTCDate() !== day ||
    utc.getUTCHours() !== hour ||
    utc.getUTCMinutes() !== minute ||
    utc.getUTCSeconds() !== second;
  if (rolled) return undefined;
  const zone = match[8];
  let seconds: number;
  if (zone === undefined) {
    seconds = new Date(year, month - 1, day, hour, minute, second).getTime() / 1000;
  } else {
    const offset = zoneSeconds(zone);
    if (offset === undefined) return undefined;
    seconds = utc.getTime() / 1000 - offset;
  }
  return BigInt(seconds) * NS_PER_SECOND + fractionNs(match[7]);
}

function zoneSeconds(zone: string): number | undefined {
  if (zone.toUpperCase() === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || "0");
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -60 : 60) * (hours * 60 + minutes);
}

function fractionNs(digits: string | undefined): bigint {
  return BigInt((digits ?? "").padEnd(9, "0"));
}
