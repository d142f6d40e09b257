// @ts-check
import { timingSafeEqual } from "node:crypto";
import { hashOf } from "../shared/users.mjs";

/** What a page answers if it cannot be shown. */
export class Refusal extends Error {
  /** @param {number} status of HTTP @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * The whole number that a request gives for a name.
 * @param {URLSearchParams} parameters @param {string} name @param {number} [absent] @returns {number}
 */
export function number(parameters, name, absent) {
  const given = parameters.get(name);
  if (given === null && absent !== undefined) return absent;
  if (given === null || !/^\d{1,9}$/.test(given)) {
    throw new Refusal(400, `${name}: expected a whole number, found ${given ?? "nothing"}`);
  }
  return Number(given);
}

/**
 * The first row, which there has to be.
 * @template T @param {{ rows: T[] }} result @param {string} what @returns {T}
 */
export function only({ rows }, what) {
  const [row] = rows;
  if (row === undefined) throw new Refusal(404, `there is no such ${what}`);
  return row;
}

/**
 * The user that a request comes from.
 * @param {import("./databases.mjs").Databases} databases @param {URLSearchParams} parameters
 */
export async function signIn(databases, parameters) {
  const id = number(parameters, "user");
  const query = "SELECT id, nickname, password_hash, salt, region FROM users WHERE id = $1";
  const user = only(await databases.of(id).query(query, [id]), "user");
  const hash = await hashOf(parameters.get("password") ?? "", user.salt);
  if (!timingSafeEqual(Buffer.from(hash), Buffer.from(user.password_hash)))
    throw new Refusal(403, "that is not the password");
  return user;
}
