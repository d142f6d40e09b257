import { TICK } from "../native.js";
import { type Helper, startHelper } from "./helper.js";

/**
 * Starts diecast-tick, which has the kernel look at guests' quotas of processor time more often than at its tick (native/tick).
 * @throws Error where it may not be, with the reason
 */
export function startQuotaTick(): Promise<Helper> {
  return startHelper(TICK);
}
