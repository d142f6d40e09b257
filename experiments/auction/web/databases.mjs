// @ts-check
// Connections to the databases of all sites.
import pg from "pg";
import { databases } from "../shared/hosts.mjs";
import { databaseOf, regionOf } from "../shared/partition.mjs";

/** @typedef {{ query(text: string, values?: unknown[]): Promise<pg.QueryResult<any>> }} Connection */

/**
 * Connects to all of them.
 * @param {string} site the web server's own
 * @param {number} connections to each database
 */
export async function connect(site, connections) {
  const all = databases();
  const pools = all.map(({ name }) => {
    const pool = new pg.Pool({
      host: name,
      user: "postgres",
      database: "postgres",
      max: connections,
      idleTimeoutMillis: 0,
    });
    pool.on("error", (error) => console.error(`${name}: ${error.message}`));
    return pool;
  });
  // All of them now: a database forks a process for each, which is to be over when users come.
  await Promise.all(
    pools.map(async (pool) => {
      const clients = await Promise.all(Array.from({ length: connections }, () => pool.connect()));
      for (const client of clients) client.release();
    }),
  );
  const own = pools.filter((_, i) => all[i]?.site === site);
  /** @param {number} region */
  const poolOf = (region) => /** @type {pg.Pool} */ (pools[databaseOf(region, pools.length)]);
  return {
    /** The database of a region, wherever it is. @param {number} region @returns {Connection} */
    ofRegion: poolOf,

    /** The database of an item or a user. @param {number} id @returns {Connection} */
    of: (id) => poolOf(regionOf(id)),

    /** Asks all databases of this site at once. @param {string} text @param {unknown[]} values */
    async atSite(text, values) {
      const results = await Promise.all(own.map((pool) => pool.query(text, values)));
      return results.flatMap(({ rows }) => rows);
    },

    /**
     * Runs `work` as one transaction in the database of an item or a user.
     * @template T @param {number} id @param {(connection: Connection) => Promise<T>} work @returns {Promise<T>}
     */
    async transaction(id, work) {
      const client = await poolOf(regionOf(id)).connect();
      try {
        await client.query("BEGIN");
        const result = await work(client);
        await client.query("COMMIT");
        client.release();
        return result;
      } catch (error) {
        // Closed rather than handed to the next request in the midst of a transaction.
        client.release(true);
        throw error;
      }
    },
  };
}

/** @typedef {Awaited<ReturnType<typeof connect>>} Databases */
