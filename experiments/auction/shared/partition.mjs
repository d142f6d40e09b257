// @ts-check
// Which database has what. Items and users belong to a region, which their number tells; regions are dealt out to the
// databases of all sites in turn, so that every web server finds everything without asking.

/** As in RUBiS. */
export const REGIONS = 62;
export const CATEGORIES = 20;
export const SITES = /** @type {const} */ (["east", "west"]);

/** @typedef {typeof SITES[number]} Site */

/** The region of an item or a user. @param {number} id */
export function regionOf(id) {
  return id % REGIONS;
}

/** The number of the `n`th item or user of a region, from 1. @param {number} region @param {number} n */
export function idIn(region, n) {
  return n * REGIONS + region;
}

/** The place of a region's database in databases(). @param {number} region @param {number} count of databases */
export function databaseOf(region, count) {
  return region % count;
}

/** The regions of the `index`th of `count` databases. @param {number} index @param {number} count */
export function regionsOf(index, count) {
  return Array.from({ length: REGIONS }, (_, region) => region).filter(
    (region) => databaseOf(region, count) === index,
  );
}

/**
 * The regions whose databases are at a site; the databases of the sites take turns.
 * @param {Site} site
 */
export function regionsAt(site) {
  // With as many databases at each site, the even ones are at the first: databaseOf() is even where the region is.
  return Array.from({ length: REGIONS }, (_, region) => region).filter(
    (region) => region % SITES.length === SITES.indexOf(site),
  );
}
