/**
 * A program's beginning: in `works` what servers do, four kinds of it, each for about a quarter of a millisecond, compiled by having run;
 * and `now`, in ns.
 */
export const SERVER_WORK = `
import { pbkdf2Sync } from "node:crypto";
const text = JSON.stringify(Array.from({ length: 60 }, (_, id) => ({ id, name: "item" + id, price: id * 1.5, tags: ["a", String(id)] })));
const works = {
  "PBKDF2": () => pbkdf2Sync("a", "b", 400, 32, "sha256"),
  "JSON": () => { for (let i = 0; i < 3; i++) JSON.stringify(JSON.parse(text)); },
  "regular expressions": () => { for (let i = 0; i < 3; i++) text.replace(/item(\\d+)/g, "x$1y"); },
  "sorting": () => { Array.from({ length: 800 }, (_, i) => (i * 7919) % 1009).sort((x, y) => x - y); },
};
for (let i = 0; i < 300; i++) for (const work of Object.values(works)) work();
const now = () => process.hrtime.bigint();
`;
