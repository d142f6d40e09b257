// @ts-check
// What users do: from each page, which comes next and how often. In the manner of RUBiS's bidding mix: 15 % of the
// interactions write. `end` is the end of a session; the next one begins at home.

/**
 * @typedef {"home" | "categories" | "regions" | "region-categories" | "search-category" | "search-region" | "item" |
 *   "bids" | "user" | "put-bid" | "store-bid" | "buy" | "store-buy" | "put-comment" | "store-comment" | "register" |
 *   "store-user" | "sell" | "store-item" | "about"} Page
 */

/** Those that write. @type {ReadonlySet<Page>} */
export const WRITES = new Set(
  /** @type {Page[]} */ (["store-bid", "store-buy", "store-comment", "store-user", "store-item"]),
);

/** In percent. @type {Record<Page, Partial<Record<Page | "end", number>>>} */
export const TRANSITIONS = {
  home: { categories: 45, regions: 25, register: 8, sell: 12, about: 10 },
  categories: { "search-category": 98, home: 2 },
  regions: { "region-categories": 98, home: 2 },
  "region-categories": { "search-region": 98, home: 2 },
  "search-category": { "search-category": 16, item: 74, categories: 8, end: 2 },
  "search-region": { "search-region": 14, item: 76, "region-categories": 8, end: 2 },
  item: {
    "put-bid": 44,
    bids: 10,
    user: 10,
    buy: 6,
    "put-comment": 6,
    "search-category": 12,
    "search-region": 8,
    end: 4,
  },
  bids: { item: 60, user: 20, "search-category": 16, end: 4 },
  user: { item: 40, "put-comment": 30, "search-region": 24, end: 6 },
  "put-bid": { "store-bid": 92, item: 8 },
  "store-bid": { item: 20, "search-category": 40, "search-region": 20, about: 10, end: 10 },
  buy: { "store-buy": 85, item: 15 },
  "store-buy": { "search-category": 50, about: 20, end: 30 },
  "put-comment": { "store-comment": 90, user: 10 },
  "store-comment": { item: 30, "search-category": 50, end: 20 },
  register: { "store-user": 90, home: 10 },
  "store-user": { categories: 60, regions: 30, sell: 10 },
  sell: { "store-item": 90, home: 10 },
  "store-item": { sell: 20, categories: 30, about: 20, end: 30 },
  about: { item: 60, home: 30, end: 10 },
};

/** What comes after a page. @param {Page} page @param {import("../shared/random.mjs").Random} random @returns {Page | "end"} */
export function nextPage(page, random) {
  const choices = /** @type {[Page | "end", number][]} */ (Object.entries(TRANSITIONS[page]));
  let left = random() * 100;
  for (const [choice, percent] of choices) {
    left -= percent;
    if (left < 0) return choice;
  }
  return "end";
}
