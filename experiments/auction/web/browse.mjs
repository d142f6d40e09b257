// @ts-check
// Pages for looking around.
import { CATEGORIES } from "../shared/partition.mjs";
import { day, html, money, page } from "./html.mjs";
import { number, only } from "./request.mjs";

/** @typedef {import("./databases.mjs").Databases} Databases */

const PER_PAGE = 20;

export function home() {
  return page(
    "Auction",
    html`<p>Welcome. Look around by <a href="/categories">category</a> or <a href="/regions">region</a>.</p>`,
  );
}

/** The categories, of all regions or one. @param {Databases} databases @param {URLSearchParams} parameters */
export async function categories(databases, parameters) {
  const region = number(parameters, "region", -1);
  const within = region < 0 ? "" : `&region=${region}`;
  const query =
    "SELECT category AS id, count(*) AS items FROM items WHERE end_date > now() GROUP BY category";
  const rows =
    region < 0
      ? await databases.atSite(query, [])
      : (await databases.ofRegion(region).query(query.replace("WHERE", "WHERE region = $1 AND"), [region]))
          .rows;
  const counts = Array.from({ length: CATEGORIES }, () => 0);
  for (const { id, items } of rows) counts[id] = (counts[id] ?? 0) + Number(items);
  const list = counts.map(
    (count, id) => html`<li><a href="/search?category=${id}${within}">Category ${id}</a> (${count} items)</li>
`,
  );
  return page("Categories", html`<ul>${list}</ul>`);
}

/** @param {Databases} databases */
export async function regions(databases) {
  const { rows } = await databases.ofRegion(0).query("SELECT id, name FROM regions ORDER BY id");
  const list = rows.map(
    ({ id, name }) => html`<li><a href="/categories?region=${id}">${name}</a></li>
`,
  );
  return page("Regions", html`<ul>${list}</ul>`);
}

const FOUND =
  "SELECT id, name, left(description, 160) AS excerpt, initial_price, max_bid, bids, buy_now, end_date FROM items";

/**
 * Offers of a category that end next: of one region, or of all whose databases are at this site.
 * @param {Databases} databases @param {URLSearchParams} parameters
 */
export async function search(databases, parameters) {
  const [category, region, number_] = [
    number(parameters, "category"),
    number(parameters, "region", -1),
    number(parameters, "page", 0),
  ];
  const begin = number_ * PER_PAGE;
  let found;
  if (region < 0) {
    // Each database's first might be all that is shown.
    const query = `${FOUND} WHERE category = $1 AND end_date > now() ORDER BY end_date LIMIT $2`;
    const rows = await databases.atSite(query, [category, begin + PER_PAGE + 1]);
    found = rows.sort((a, b) => a.end_date - b.end_date).slice(begin, begin + PER_PAGE + 1);
  } else {
    const query = `${FOUND} WHERE region = $1 AND category = $2 AND end_date > now() ORDER BY end_date LIMIT $3 OFFSET $4`;
    found = (await databases.ofRegion(region).query(query, [region, category, PER_PAGE + 1, begin])).rows;
  }
  const rows = found.slice(0, PER_PAGE).map(
    (item) => html`<tr><td><a href="/item?id=${item.id}">${item.name}</a><br>${item.excerpt}…</td>
<td>${money(Math.max(item.initial_price, item.max_bid))}</td><td>${item.bids}</td><td>${day(item.end_date)}</td>
<td><a href="/put-bid?item=${item.id}">Bid</a> <a href="/buy?item=${item.id}">Buy now for ${money(item.buy_now)}</a></td></tr>
`,
  );
  const where = region < 0 ? "" : `&region=${region}`;
  const next =
    found.length > PER_PAGE
      ? html`<p><a href="/search?category=${category}${where}&page=${number_ + 1}" rel="next">Next</a></p>`
      : "";
  const table = html`<table><tr><th>Item</th><th>Price</th><th>Bids</th><th>Ends</th><th></th></tr>
${rows}</table>`;
  return page(`Category ${category}`, html`${table}${next}`);
}

/** @param {Databases} databases @param {URLSearchParams} parameters */
export async function item(databases, parameters) {
  const id = number(parameters, "id");
  const database = databases.of(id);
  const one = only(await database.query("SELECT * FROM items WHERE id = $1", [id]), "item");
  const seller = only(
    await database.query("SELECT id, nickname, rating FROM users WHERE id = $1", [one.seller]),
    "user",
  );
  const { rows } = await database.query(
    "SELECT bidder, bidder_name, amount FROM bids WHERE item = $1 ORDER BY amount DESC LIMIT 5",
    [id],
  );
  const best = rows.map(
    ({
      bidder,
      bidder_name,
      amount,
    }) => html`<li>${money(amount)} by <a href="/user?id=${bidder}">${bidder_name}</a></li>
`,
  );
  return page(
    one.name,
    html`<p>${one.description}</p>
<p>${one.quantity} of it, from ${money(one.initial_price)}; ends ${day(one.end_date)};
<a href="/bids?item=${id}">${one.bids} bids</a></p>
<ol>${best}</ol>
<p>Sold by <a href="/user?id=${seller.id}">${seller.nickname}</a> (${seller.rating})</p>
<p><a href="/put-bid?item=${id}">Bid</a> <a href="/buy?item=${id}">Buy now for ${money(one.buy_now)}</a>
<a href="/put-comment?to=${seller.id}&item=${id}">Comment</a></p>`,
  );
}

/** The history of an item's bids. @param {Databases} databases @param {URLSearchParams} parameters */
export async function bids(databases, parameters) {
  const id = number(parameters, "item");
  const database = databases.of(id);
  const { name } = only(await database.query("SELECT name FROM items WHERE id = $1", [id]), "item");
  const { rows } = await database.query("SELECT * FROM bids WHERE item = $1 ORDER BY placed DESC", [id]);
  const list = rows.map(
    (
      bid,
    ) => html`<tr><td><a href="/user?id=${bid.bidder}">${bid.bidder_name}</a></td><td>${money(bid.amount)}</td>
<td>${bid.quantity}</td><td>${day(bid.placed)}</td></tr>
`,
  );
  return page(`Bids for ${name}`, html`<p><a href="/item?id=${id}">${name}</a></p><table>${list}</table>`);
}

/** @param {Databases} databases @param {URLSearchParams} parameters */
export async function user(databases, parameters) {
  const id = number(parameters, "id");
  const database = databases.of(id);
  const one = only(
    await database.query("SELECT nickname, region, rating, created FROM users WHERE id = $1", [id]),
    "user",
  );
  const { rows } = await database.query(
    "SELECT * FROM comments WHERE to_user = $1 ORDER BY written DESC LIMIT 20",
    [id],
  );
  const list = rows.map(
    (
      comment,
    ) => html`<li><a href="/user?id=${comment.from_user}">${comment.from_name}</a> on ${day(comment.written)}
about <a href="/item?id=${comment.item}">this</a>, ${comment.rating} of 5: ${comment.text}</li>
`,
  );
  return page(
    one.nickname,
    html`<p>Of region ${one.region}, since ${day(one.created)}; rating ${one.rating}</p><ul>${list}</ul>
<p><a href="/put-comment?to=${id}">Comment</a></p>`,
  );
}
