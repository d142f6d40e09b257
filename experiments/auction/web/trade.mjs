// @ts-check
// Pages for those who bid, buy, sell and comment: each a form, and what becomes of it.
import { CATEGORIES, idIn, REGIONS } from "../shared/partition.mjs";
import { hashOf, newSalt } from "../shared/users.mjs";
import { day, html, money, page } from "./html.mjs";
import { number, only, Refusal, signIn } from "./request.mjs";

/** @typedef {import("./databases.mjs").Databases} Databases */

const SIGN_IN = html`<label>Number <input name="user"></label> <label>Password <input name="password" type="password"></label>`;

/** Form for a bid or a purchase; the user has signed in. @param {"bid" | "buy"} what */
export function offerForm(what) {
  /** @param {Databases} databases @param {URLSearchParams} parameters */
  return async (databases, parameters) => {
    const id = number(parameters, "item");
    await signIn(databases, parameters);
    const item = only(await databases.of(id).query("SELECT * FROM items WHERE id = $1", [id]), "item");
    const least = Math.max(item.initial_price, item.max_bid) + 100;
    const amount =
      what === "bid"
        ? html`<label>Your bid <input name="amount" value="${least}"></label>`
        : html`<p>For ${money(item.buy_now)}</p>`;
    return page(
      item.name,
      html`<p>${item.description}</p><form method="post" action="/${what}"><input type="hidden" name="item" value="${id}">
${SIGN_IN}${amount}<label>How many of ${item.quantity} <input name="quantity" value="1"></label><button>Send</button></form>`,
    );
  };
}

/** @param {Databases} databases @param {URLSearchParams} parameters */
export async function storeBid(databases, parameters) {
  const [id, amount, quantity] = [
    number(parameters, "item"),
    number(parameters, "amount"),
    number(parameters, "quantity"),
  ];
  const bidder = await signIn(databases, parameters);
  const item = await databases.transaction(id, async (database) => {
    const query = "SELECT name, initial_price FROM items WHERE id = $1 AND end_date > now() FOR UPDATE";
    const one = only(await database.query(query, [id]), "offer");
    await database.query(
      "INSERT INTO bids (item, bidder, bidder_name, quantity, amount, placed) VALUES ($1, $2, $3, $4, $5, now())",
      [id, bidder.id, bidder.nickname, quantity, amount],
    );
    await database.query("UPDATE items SET bids = bids + 1, max_bid = greatest(max_bid, $2) WHERE id = $1", [
      id,
      amount,
    ]);
    return one;
  });
  return page(
    "Thank you",
    html`<p>Your bid of ${money(amount)} for <a href="/item?id=${id}">${item.name}</a> is stored.</p>`,
  );
}

/** @param {Databases} databases @param {URLSearchParams} parameters */
export async function storePurchase(databases, parameters) {
  const [id, quantity] = [number(parameters, "item"), number(parameters, "quantity")];
  const buyer = await signIn(databases, parameters);
  const item = await databases.transaction(id, async (database) => {
    const query = "SELECT name, quantity FROM items WHERE id = $1 FOR UPDATE";
    const one = only(await database.query(query, [id]), "offer");
    await database.query("INSERT INTO purchases (item, buyer, quantity, bought) VALUES ($1, $2, $3, now())", [
      id,
      buyer.id,
      quantity,
    ]);
    // The last one stays: a run of any length finds the same offers.
    await database.query("UPDATE items SET quantity = greatest(quantity - $2, 1) WHERE id = $1", [
      id,
      quantity,
    ]);
    return one;
  });
  return page("Thank you", html`<p>You have bought <a href="/item?id=${id}">${item.name}</a>.</p>`);
}

/** @param {Databases} databases @param {URLSearchParams} parameters */
export async function commentForm(databases, parameters) {
  const to = number(parameters, "to");
  await signIn(databases, parameters);
  const { nickname } = only(
    await databases.of(to).query("SELECT nickname FROM users WHERE id = $1", [to]),
    "user",
  );
  return page(
    `A comment for ${nickname}`,
    html`<form method="post" action="/comment"><input type="hidden" name="to" value="${to}">${SIGN_IN}
<textarea name="text"></textarea><input name="rating"><button>Send</button></form>`,
  );
}

/** @param {Databases} databases @param {URLSearchParams} parameters */
export async function storeComment(databases, parameters) {
  const [to, item, rating] = [
    number(parameters, "to"),
    number(parameters, "item"),
    number(parameters, "rating"),
  ];
  const author = await signIn(databases, parameters);
  await databases.transaction(to, async (database) => {
    const query = "UPDATE users SET rating = rating + $2 WHERE id = $1 RETURNING id";
    only(await database.query(query, [to, rating]), "user");
    await database.query(
      "INSERT INTO comments (to_user, from_user, from_name, item, rating, text, written) VALUES ($1, $2, $3, $4, $5, $6, now())",
      [to, author.id, author.nickname, item, rating, parameters.get("text") ?? ""],
    );
  });
  return page("Thank you", html`<p>Your comment is stored. <a href="/user?id=${to}">Back</a></p>`);
}

export function registerForm() {
  const regions = Array.from({ length: REGIONS }, (_, id) => html`<option>${id}</option>`);
  return page(
    "Register",
    html`<form method="post" action="/register"><select name="region">${regions}</select>
<label>Password <input name="password" type="password"></label><button>Send</button></form>`,
  );
}

/** @param {Databases} databases @param {URLSearchParams} parameters */
export async function storeUser(databases, parameters) {
  const region = regionIn(parameters);
  const database = databases.ofRegion(region);
  const salt = newSalt();
  const { rows } = await database.query("SELECT nextval('new_users') AS n");
  const id = idIn(region, Number(rows[0].n));
  await database.query(
    "INSERT INTO users (id, nickname, password_hash, salt, region, rating, created) VALUES ($1, $2, $3, $4, $5, 0, now())",
    [id, `user${id}`, await hashOf(parameters.get("password") ?? "", salt), salt, region],
  );
  return page("Welcome", html`<p>You are <a href="/user?id=${id}">user${id}</a> of region ${region}.</p>`);
}

/** @param {Databases} databases @param {URLSearchParams} parameters */
export async function sellForm(databases, parameters) {
  const seller = await signIn(databases, parameters);
  const categories = Array.from({ length: CATEGORIES }, (_, id) => html`<option>${id}</option>`);
  return page(
    `Sell, ${seller.nickname}`,
    html`<form method="post" action="/sell">${SIGN_IN}<select name="category">${categories}</select>
<input name="name"><textarea name="description"></textarea><input name="price"><button>Send</button></form>`,
  );
}

/** @param {Databases} databases @param {URLSearchParams} parameters */
export async function storeItem(databases, parameters) {
  const [category, price] = [number(parameters, "category"), number(parameters, "price")];
  const seller = await signIn(databases, parameters);
  const database = databases.of(seller.id);
  const { rows } = await database.query("SELECT nextval('new_items') AS n");
  const id = idIn(seller.region, Number(rows[0].n));
  await database.query(
    "INSERT INTO items (id, seller, region, category, name, description, quantity, initial_price, buy_now, bids, max_bid, start_date, end_date) " +
      "VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7 * 3, 0, 0, now(), now() + interval '7 days')",
    [
      id,
      seller.id,
      seller.region,
      category,
      parameters.get("name") ?? "",
      parameters.get("description") ?? "",
      price,
    ],
  );
  return page("Thank you", html`<p>Your <a href="/item?id=${id}">offer</a> is stored.</p>`);
}

/** What a user sells, and has bid for at this site. @param {Databases} databases @param {URLSearchParams} parameters */
export async function about(databases, parameters) {
  const user = await signIn(databases, parameters);
  const query = "SELECT id, name, max_bid, end_date FROM items WHERE seller = $1 ORDER BY end_date LIMIT 20";
  const { rows: sold } = await databases.of(user.id).query(query, [user.id]);
  const wanted = await databases.atSite(
    "SELECT i.id, i.name, max(b.amount) AS max_bid, i.end_date FROM bids b JOIN items i ON i.id = b.item " +
      "WHERE b.bidder = $1 GROUP BY i.id ORDER BY i.end_date LIMIT 20",
    [user.id],
  );
  const list = (/** @type {any[]} */ rows) =>
    rows.map(
      (row) => html`<tr><td><a href="/item?id=${row.id}">${row.name}</a></td><td>${money(row.max_bid)}</td>
<td>${day(row.end_date)}</td></tr>
`,
    );
  return page(
    `About ${user.nickname}`,
    html`<h2>You sell</h2><table>${list(sold)}</table><h2>You have bid for</h2><table>${list(wanted)}</table>`,
  );
}

/** @param {URLSearchParams} parameters */
function regionIn(parameters) {
  const region = number(parameters, "region");
  if (region >= REGIONS) throw new Refusal(400, `region: expected 0 to ${REGIONS - 1}, found ${region}`);
  return region;
}
