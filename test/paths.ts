import { fileURLToPath } from "node:url";

/** The top of the repository, seen from dist/test/. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The command `diecast`. */
export const DIECAST = `${ROOT}bin/diecast`;
