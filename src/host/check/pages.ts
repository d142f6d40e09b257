import { DieCastError } from "../../errors.js";
import { hugePagesAreUsual, tryToWatchPages } from "../touched_pages.js";
import { type CheckItem, lacking, ok } from "./item.js";

/** Whether it can be told how much memory guests touch. */
export function checkPages(): CheckItem {
  const name = "guests' pages";
  const cost =
    "with --steady-cores guests of a TDF above 1 are taken to touch as much memory as a server usually does";
  try {
    tryToWatchPages();
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    return lacking(name, "limited", error.message, cost, error.remedy ?? "run as root");
  }
  if (!hugePagesAreUsual()) return ok(name, "the kernel tells which have been touched");
  const remedy = "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled";
  return lacking(
    name,
    "limited",
    "programs have huge pages, of which the kernel does not tell",
    cost,
    remedy,
  );
}
