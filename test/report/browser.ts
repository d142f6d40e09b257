import { accessSync, constants } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Debian's package `chromium`. */
const CHROMIUM = "/usr/bin/chromium";

/** Undefined if there is a browser to test with, else why not. */
export function whyNoBrowser(): string | undefined {
  try {
    accessSync(CHROMIUM, constants.X_OK);
    return undefined;
  } catch {
    return `${CHROMIUM} is missing`;
  }
}

export function launchBrowser(): Promise<Browser> {
  // Its sandbox cannot be had as root.
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}
