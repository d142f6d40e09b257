// @ts-check
import { pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

/** The password of all users of the first data, who share their salt, too: else filling the databases would take minutes. */
export const PASSWORD = "open sesame";
export const SALT = "00112233445566778899aabbccddeeff";

/** Of PBKDF2: NIST SP 800-63B (2017) asks for as many at least, and a page without a password costs the web server as much. */
const ROUNDS = 10_000;

/** What is stored of a password. @param {string} password @param {string} salt hexadecimal */
export async function hashOf(password, salt) {
  const key = await promisify(pbkdf2)(password, Buffer.from(salt, "hex"), ROUNDS, 32, "sha256");
  return key.toString("hex");
}

/** For a new user. */
export function newSalt() {
  return randomBytes(16).toString("hex");
}
