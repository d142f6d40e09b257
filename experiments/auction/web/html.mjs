// @ts-check
// Pages as text.

/** HTML that needs no escaping. */
class Html {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }
}

/** @typedef {Html | string | number | readonly (Html | string | number)[]} Part */

/**
 * A piece of HTML: what stands between ${ } is escaped, unless it is HTML itself.
 * @param {TemplateStringsArray} strings @param {...Part} parts
 */
export function html(strings, ...parts) {
  return new Html(
    strings.reduce((text, string, i) => text + textOf(/** @type {Part} */ (parts[i - 1])) + string),
  );
}

/** @param {Part} part @returns {string} */
function textOf(part) {
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(textOf).join("");
  return String(part).replace(/[&<>"]/g, (sign) => /** @type {string} */ (ENTITIES[sign]));
}

/** @type {Record<string, string>} */
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Cents as people write them. @param {number} cents */
export function money(cents) {
  return (cents / 100).toLocaleString("en-US", { style: "currency", currency: "USD" });
}

/** @param {Date} date */
export function day(date) {
  return date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });
}

/** A whole page. @param {string} title @param {Html} body @returns {string} */
export function page(title, body) {
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body>
<header>
<h1>${title}</h1>
<nav><a href="/">Home</a> <a href="/categories">Categories</a> <a href="/regions">Regions</a>
<a href="/register">Register</a> <a href="/sell">Sell</a> <a href="/about">About me</a></nav>
</header>
${body}
</body>
</html>
`.text;
}
