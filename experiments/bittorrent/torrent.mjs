// Makes the file that the swarm shares, and its description. The same seed gives the same bytes, so each guest makes its own, and
// nothing has to be handed round.
import { createCipheriv, createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    /** Where the .torrent file goes. */
    metainfo: { type: "string" },
    /** Where the file itself goes; only who has it from the beginning needs it. */
    content: { type: "string" },
    /** Where the tracker finds which torrents it may serve. */
    allow: { type: "string" },
    announce: { type: "string", default: "http://tracker:6969/announce" },
    bytes: { type: "string", default: process.env.FILE_BYTES ?? `${4 * 2 ** 20}` },
    "piece-bytes": { type: "string", default: process.env.PIECE_BYTES ?? `${64 * 2 ** 10}` },
    seed: { type: "string", default: process.env.DIECAST_SEED ?? "1" },
  },
});

const fileBytes = positive("bytes");
const pieceBytes = positive("piece-bytes");
const content = noise(fileBytes, values.seed);
const info = {
  length: fileBytes,
  name: "file.bin",
  "piece length": pieceBytes,
  pieces: Buffer.concat(piecesOf(content, pieceBytes).map(sha1)),
};
if (values.content !== undefined) writeFileSync(values.content, content);
if (values.metainfo !== undefined) writeFileSync(values.metainfo, encode({ announce: values.announce, info }));
if (values.allow !== undefined) writeFileSync(values.allow, `${sha1(encode(info)).toString("hex")}\n`);

/** Bytes that nothing can compress: AES in counter mode over zeros, with a key that follows from `seed`. */
function noise(bytes, seed) {
  const key = createHash("sha256").update(`diecast ${seed}`).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

function piecesOf(buffer, bytes) {
  const count = Math.ceil(buffer.length / bytes);
  return Array.from({ length: count }, (_, i) => buffer.subarray(i * bytes, (i + 1) * bytes));
}

function sha1(buffer) {
  return createHash("sha1").update(buffer).digest();
}

/** Bencoding (BEP 3). Keys of dictionaries must be given in the order of their bytes. */
function encode(value) {
  if (typeof value === "number") return Buffer.from(`i${value}e`);
  if (typeof value === "string") return encode(Buffer.from(value));
  if (Buffer.isBuffer(value)) return Buffer.concat([Buffer.from(`${value.length}:`), value]);
  const entries = Object.entries(value).flatMap(([key, item]) => [encode(key), encode(item)]);
  return Buffer.concat([Buffer.from("d"), ...entries, Buffer.from("e")]);
}

function positive(name) {
  const number = Number(values[name]);
  if (Number.isSafeInteger(number) && number > 0) return number;
  console.error(`torrent.mjs: --${name}: expected a whole number above 0, found "${values[name]}"`);
  process.exit(2);
}
