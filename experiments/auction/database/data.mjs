// @ts-check
// Prints what this guest's database holds at the beginning, for psql: users, items and bids of its regions. The same for
// the same seed; how many there are of each is said by the environment.
import { once } from "node:events";
import { databases } from "../shared/hosts.mjs";
import { CATEGORIES, idIn, REGIONS, regionsOf } from "../shared/partition.mjs";
import { below, generator, words } from "../shared/random.mjs";
import { hashOf, PASSWORD, SALT } from "../shared/users.mjs";

const { DIECAST_GUEST, DIECAST_SEED = "1", USERS = "100", ITEMS = "100", BIDS = "10" } = process.env;
const [usersPerRegion, itemsPerRegion, bidsPerItem] = [Number(USERS), Number(ITEMS), Number(BIDS)];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const nowMs = Date.now();

const all = databases();
const index = all.findIndex(({ name }) => name === DIECAST_GUEST);
if (index < 0) throw new Error(`${DIECAST_GUEST} is no database`);
const regions = regionsOf(index, all.length);

const range = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => i);
const at = (/** @type {number} */ ms) => new Date(ms).toISOString();

await copy("regions (id, name)", range(REGIONS), function* (region) {
  yield [region, `Region ${region}`];
});
await copy("categories (id, name)", range(CATEGORIES), function* (category) {
  yield [category, `Category ${category}`];
});
const hash = await hashOf(PASSWORD, SALT);
await copy("users (id, nickname, password_hash, salt, region, rating, created)", regions, function* (region) {
  const random = generator(Number(DIECAST_SEED), 1, region);
  for (let n = 1; n <= usersPerRegion; n++) {
    const id = idIn(region, n);
    yield [id, `user${id}`, hash, SALT, region, below(random, 100), at(nowMs - below(random, 1000) * DAY_MS)];
  }
});

/** @typedef {{ id: number, bids: number, price: number }} Offer */
/** @type {Offer[]} */
const offers = [];
await copy(
  "items (id, seller, region, category, name, description, quantity, initial_price, buy_now, bids, max_bid, start_date, end_date)",
  regions,
  function* (region) {
    const random = generator(Number(DIECAST_SEED), 2, region);
    for (let n = 1; n <= itemsPerRegion; n++) {
      const price = 100 + below(random, 100_000);
      // From none to twice the mean.
      const bids = below(random, 2 * bidsPerItem + 1);
      const offer = { id: idIn(region, n), bids, price };
      offers.push(offer);
      const seller = idIn(region, 1 + below(random, usersPerRegion));
      const description = words(random, 40 + below(random, 120));
      const started = nowMs - below(random, 7 * 24) * HOUR_MS;
      // Apart from each other, so that lists have one order.
      const ends = nowMs + DAY_MS + (n * REGIONS + region) * 1000;
      const price2 = bids === 0 ? 0 : price + 100 * bids;
      yield [
        offer.id,
        seller,
        region,
        n % CATEGORIES,
        words(random, 4),
        description,
        1 + below(random, 10),
      ].concat([price, price * 3, bids, price2], [at(started), at(ends)]);
    }
  },
);
await copy(
  "bids (item, bidder, bidder_name, quantity, amount, placed)",
  offers,
  function* ({ id, bids, price }) {
    const random = generator(Number(DIECAST_SEED), 3, id);
    for (let n = 1; n <= bids; n++) {
      const bidder = idIn(below(random, REGIONS), 1 + below(random, usersPerRegion));
      yield [id, bidder, `user${bidder}`, 1, price + 100 * n, at(nowMs - (bids - n + 1) * HOUR_MS)];
    }
  },
);
await copy(
  "comments (to_user, from_user, from_name, item, rating, text, written)",
  regions,
  function* (region) {
    const random = generator(Number(DIECAST_SEED), 4, region);
    for (let n = 1; n <= usersPerRegion; n++) {
      const author = idIn(below(random, REGIONS), 1 + below(random, usersPerRegion));
      const item = idIn(region, 1 + below(random, itemsPerRegion));
      const text = words(random, 10 + below(random, 40));
      const written = at(nowMs - below(random, 500) * DAY_MS);
      yield [idIn(region, n), author, `user${author}`, item, below(random, 6), text, written];
    }
  },
);
// New ones get numbers above these, and their region's remainder: see idIn().
await write(`CREATE SEQUENCE new_users START ${usersPerRegion + 1};\n`);
await write(`CREATE SEQUENCE new_items START ${itemsPerRegion + 1};\n`);

/**
 * The rows that `rowsOf` makes of each of `things`, in PostgreSQL's format for COPY.
 * @template T @param {string} table @param {readonly T[]} things
 * @param {(thing: T) => Iterable<(string | number)[]>} rowsOf
 */
async function copy(table, things, rowsOf) {
  await write(`COPY ${table} FROM STDIN;\n`);
  for (const thing of things) {
    let text = "";
    for (const row of rowsOf(thing)) text += `${row.join("\t")}\n`;
    await write(text);
  }
  await write("\\.\n");
}

/** @param {string} text */
async function write(text) {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}
