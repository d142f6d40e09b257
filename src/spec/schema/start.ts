import { parseStartTime } from "../../clock/start_time.js";
import { DieCastError } from "../../errors.js";
import { leaf } from "./leaf.js";

const DATE_ONLY = /^\d{4}-\d{2}-\d{2}$/;
const ZONE = /(?:Z|[+-]\d{2}(?::?\d{2})?)$/i;

/** The virtual wall clock at the beginning, ns since 1970. Without a zone it is UTC: a file means the same everywhere. */
export const startTime = leaf(
  "a date such as 2030-01-31 or 2030-01-31T12:00:00Z from 1970 to 2200, or @ and seconds since 1970",
  { type: "string" },
  (given): bigint | undefined => {
    if (typeof given !== "string" || given === "now") return undefined;
    try {
      return parseStartTime(withZone(given), "start");
    } catch (error) {
      if (error instanceof DieCastError) return undefined;
      throw error;
    }
  },
);

function withZone(given: string): string {
  if (given.startsWith("@")) return given;
  if (DATE_ONLY.test(given)) return `${given}T00:00:00Z`;
  return ZONE.test(given) ? given : `${given}Z`;
}
