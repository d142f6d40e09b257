import { DieCastError } from "../../errors.js";
import { tryToWatchPages } from "../touched_pages.js";
import { type CheckItem, lacking, ok } from "./item.js";

/** Whether it can be told how much memory guests touch. */
export function checkPages(): CheckItem {
  const name = "guests' pages";
  try {
    tryToWatchPages();
    return ok(name, "the kernel tells which have been touched");
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    const cost =
      "with --steady-cores all guests of a TDF above 1 are taken to touch as much memory as a server usually does";
    return lacking(name, "limited", error.message, cost, error.remedy ?? "run as root");
  }
}
