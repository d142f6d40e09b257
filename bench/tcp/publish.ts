import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DieCastError } from "../../src/errors.js";
import type { Report } from "./report.js";

const PAGE = fileURLToPath(new URL("../../../docs/tcp.md", import.meta.url));
const PICTURES = fileURLToPath(new URL("../../../docs/tcp", import.meta.url));

/**
 * Puts a report into docs/tcp.md, between its marks for that section, and the pictures beside it.
 * @throws DieCastError `failed` if the marks are not there
 */
export function publish({ markdown, figures }: Report, section: "results" | "back ends"): void {
  writeFileSync(PAGE, between(readFileSync(PAGE, "utf8"), section, markdown));
  mkdirSync(PICTURES, { recursive: true });
  for (const [name, svg] of figures) writeFileSync(`${PICTURES}/${name}`, svg);
}

/** The page with what is between the section's two marks replaced. */
export function between(page: string, section: string, text: string): string {
  const [begin, end] = [`<!-- ${section} -->\n`, `<!-- end of ${section} -->\n`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from)
    throw new DieCastError(
      "failed",
      `docs/tcp.md: expected "${begin.trim()}" and "${end.trim()}", in this order`,
    );
  return `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`;
}
