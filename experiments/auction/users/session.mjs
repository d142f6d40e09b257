// @ts-check
// One user at a time, who goes from page to page by the table of transitions and by the links of what was shown.
import { CATEGORIES, idIn, regionsAt, SITES } from "../shared/partition.mjs";
import { below, generator, oneOf, words } from "../shared/random.mjs";
import { PASSWORD } from "../shared/users.mjs";
import { nextPage } from "./transitions.mjs";

/** @typedef {import("./transitions.mjs").Page} Page */
/** @typedef {{ page: Page, method: "GET" | "POST", path: string, body: string | undefined }} Interaction */

/**
 * @typedef {object} Population
 * @property {number} seed
 * @property {number} usersPerRegion
 * @property {number} itemsPerRegion
 * @property {number} remote share of choices of a region that fall on one of the other site
 */

/** Sessions have some twenty interactions. */
const MOST_STEPS = 50;

export class Session {
  /** The user's own number, and the region of which lists are shown. */
  user = 0;
  region = 0;
  category = 0;
  /** What was looked at last: an item, a user, a list's page, the least bid. */
  item = 0;
  seller = 0;
  list = 0;
  amount = 0;
  hasNext = false;
  /** @type {Page} */
  page = "home";

  /** Made once for each seat: its choices do not depend on how fast the answers are. @param {number} seat @param {Population} population */
  constructor(seat, population) {
    this.random = generator(population.seed, 5, seat);
    this.population = population;
    this.site = /** @type {import("../shared/partition.mjs").Site} */ (SITES[seat % SITES.length]);
    this.#begin();
    // In the midst of it: were all to begin at home, it would take minutes until pages come up as often as in the long run.
    for (let steps = below(this.random, MOST_STEPS); steps > 0; steps--)
      this.#go(nextPage(this.page, this.random));
  }

  /** The first page of the next user. */
  #begin() {
    const { random } = this;
    this.user = idIn(oneOf(random, regionsAt(this.site)), 1 + below(random, this.population.usersPerRegion));
    this.region = this.#chooseRegion();
    this.category = below(random, CATEGORIES);
    this.item = idIn(this.region, 1 + below(random, this.population.itemsPerRegion));
    this.seller = idIn(this.region, 1 + below(random, this.population.usersPerRegion));
    this.list = 0;
    this.amount = 1000;
    this.hasNext = false;
    this.page = "home";
  }

  /** What the user asks for now. @returns {Interaction} */
  request() {
    const { page, random } = this;
    const me = { user: this.user, password: PASSWORD };
    switch (page) {
      case "home":
        return get(page, "/");
      case "categories":
      case "regions":
      case "register":
        return get(page, `/${page}`);
      case "region-categories":
        return get(page, "/categories", { region: this.region });
      case "search-category":
        return get(page, "/search", { category: this.category, page: this.list });
      case "search-region":
        return get(page, "/search", { category: this.category, region: this.region, page: this.list });
      case "item":
        return get(page, "/item", { id: this.item });
      case "bids":
        return get(page, "/bids", { item: this.item });
      case "user":
        return get(page, "/user", { id: this.seller });
      case "put-bid":
      case "buy":
        return get(page, `/${page}`, { item: this.item, ...me });
      case "put-comment":
        return get(page, "/put-comment", { to: this.seller, ...me });
      case "sell":
      case "about":
        return get(page, `/${page}`, me);
      case "store-bid":
        return post(page, "/bid", { item: this.item, amount: this.amount, quantity: 1, ...me });
      case "store-buy":
        return post(page, "/buy", { item: this.item, quantity: 1, ...me });
      case "store-comment":
        return post(page, "/comment", {
          to: this.seller,
          item: this.item,
          rating: below(random, 6),
          text: words(random, 20),
          ...me,
        });
      case "store-user":
        return post(page, "/register", { region: oneOf(random, regionsAt(this.site)), password: "secret" });
      case "store-item":
        return post(page, "/sell", {
          category: this.category,
          price: 100 + below(random, 100_000),
          name: words(random, 4),
          description: words(random, 100),
          ...me,
        });
    }
  }

  /** Reads the answer and decides what comes next. @param {string} html what was shown */
  read(html) {
    const items = numbers(html, /href="\/item\?id=(\d+)"/g);
    const users = numbers(html, /href="\/user\?id=(\d+)"/g);
    // Drawn in any case: the choices that follow are to be the same whatever was shown.
    const [which, who] = [this.random(), this.random()];
    if (items.length > 0) this.item = /** @type {number} */ (items[Math.floor(which * items.length)]);
    if (users.length > 0) this.seller = /** @type {number} */ (users[Math.floor(who * users.length)]);
    this.amount = Number(/name="amount" value="(\d+)"/.exec(html)?.[1] ?? this.amount);
    this.hasNext = html.includes('rel="next"');
    this.#go(nextPage(this.page, this.random));
  }

  /** After a failure the user starts over. */
  fail() {
    this.#begin();
  }

  /** @param {Page | "end"} next */
  #go(next) {
    if (next === "end") {
      this.#begin();
      return;
    }
    const sameList = next === this.page;
    this.list = sameList && this.hasNext ? this.list + 1 : 0;
    if (next === "regions") this.region = this.#chooseRegion();
    if (next === "search-category" || next === "search-region") {
      const category = below(this.random, CATEGORIES);
      if (!sameList) this.category = category;
    }
    this.page = next;
  }

  #chooseRegion() {
    const { random, population } = this;
    const away = random() < population.remote;
    const site = away ? SITES.find((other) => other !== this.site) : this.site;
    return oneOf(random, regionsAt(/** @type {import("../shared/partition.mjs").Site} */ (site)));
  }
}

/** @param {Page} page @param {string} path @param {Record<string, string | number>} [parameters] @returns {Interaction} */
function get(page, path, parameters) {
  const query = parameters === undefined ? "" : `?${encoded(parameters)}`;
  return { page, method: "GET", path: path + query, body: undefined };
}

/** @param {Page} page @param {string} path @param {Record<string, string | number>} parameters @returns {Interaction} */
function post(page, path, parameters) {
  return { page, method: "POST", path, body: encoded(parameters) };
}

/** @param {Record<string, string | number>} parameters */
function encoded(parameters) {
  const pairs = Object.entries(parameters).map(([name, value]) => [name, String(value)]);
  return new URLSearchParams(Object.fromEntries(pairs)).toString();
}

/** @param {string} html @param {RegExp} link */
function numbers(html, link) {
  return [...html.matchAll(link)].map(([, id]) => Number(id));
}
