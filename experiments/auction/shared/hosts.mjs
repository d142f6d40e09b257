// @ts-check
// Who is there: /etc/hosts of a guest names all others, so that nothing has to be told how many there are.
import { readFileSync } from "node:fs";
import { SITES } from "./partition.mjs";

/**
 * The guests of a group, in the order of their numbers: one is NAME, several are NAME-1, NAME-2, …
 * @param {string} group
 * @param {string} hosts the text of /etc/hosts
 */
export function guestsOf(group, hosts = readFileSync("/etc/hosts", "utf8")) {
  const names = hosts.split("\n").flatMap((line) => line.replace(/#.*/, "").trim().split(/\s+/).slice(1));
  const numbered = new RegExp(`^${group}(?:-(\\d+))?$`);
  const found = [...new Set(names)].flatMap((name) => {
    const match = numbered.exec(name);
    return match === null ? [] : [{ name, number: Number(match[1] ?? 1) }];
  });
  return found.sort((a, b) => a.number - b.number).map(({ name }) => name);
}

/**
 * All databases: those of the sites in turn, as databaseOf() counts them.
 * @returns {{ name: string, site: import("./partition.mjs").Site }[]}
 */
export function databases(/** @type {string | undefined} */ hosts = undefined) {
  const [east, west] = SITES.map((site) => guestsOf(`${site}-db`, hosts));
  if (east === undefined || west === undefined || east.length === 0 || east.length !== west.length) {
    throw new Error(`expected as many databases at both sites, found ${east?.length} and ${west?.length}`);
  }
  return east.flatMap((name, i) => [
    { name, site: "east" },
    { name: /** @type {string} */ (west[i]), site: "west" },
  ]);
}
