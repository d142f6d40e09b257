// @ts-check
// The application server: answers each page with what the databases hold.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { bids, categories, home, item, regions, search, user } from "./browse.mjs";
import { connect } from "./databases.mjs";
import { Refusal } from "./request.mjs";
import {
  about,
  commentForm,
  offerForm,
  registerForm,
  sellForm,
  storeBid,
  storeComment,
  storeItem,
  storePurchase,
  storeUser,
} from "./trade.mjs";

/** @type {Record<string, (databases: import("./databases.mjs").Databases, parameters: URLSearchParams) => string | Promise<string>>} */
const PAGES = {
  "GET /": home,
  "GET /categories": categories,
  "GET /regions": regions,
  "GET /search": search,
  "GET /item": item,
  "GET /bids": bids,
  "GET /user": user,
  "GET /put-bid": offerForm("bid"),
  "POST /bid": storeBid,
  "GET /buy": offerForm("buy"),
  "POST /buy": storePurchase,
  "GET /put-comment": commentForm,
  "POST /comment": storeComment,
  "GET /register": registerForm,
  "POST /register": storeUser,
  "GET /sell": sellForm,
  "POST /sell": storeItem,
  "GET /about": about,
};
const MOST_BODY_BYTES = 64 * 1024;

const { DIECAST_GUEST = "east-web", CONNECTIONS = "4" } = process.env;
const databases = await connect(DIECAST_GUEST.split("-")[0] ?? "", Number(CONNECTIONS));

const server = createServer(async (request, response) => {
  try {
    const url = new URL(request.url ?? "/", "http://localhost");
    const page = PAGES[`${request.method} ${url.pathname}`];
    if (page === undefined) throw new Refusal(404, "there is no such page");
    const parameters =
      request.method === "POST" ? new URLSearchParams(await bodyOf(request)) : url.searchParams;
    const text = await page(databases, parameters);
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(text);
  } catch (error) {
    const status = error instanceof Refusal ? error.status : 500;
    if (status === 500) console.error(`${request.method} ${request.url}: ${error}`);
    response.statusCode = status;
    response.end(`${error instanceof Error ? error.message : error}\n`);
  }
});
// nginx keeps its connections; requests wait for the processor as long as they must.
server.keepAliveTimeout = 0;
server.requestTimeout = 0;
server.headersTimeout = 0;
server.listen(8080, "127.0.0.1", startFront);

/** Starts nginx: who finds it listening finds the application behind it. */
function startFront() {
  const configuration = fileURLToPath(new URL("nginx.conf", import.meta.url));
  const front = spawn("nginx", ["-e", "stderr", "-c", configuration, "-g", "daemon off;"], {
    stdio: "inherit",
  });
  front.on("error", (error) => fail(error.message));
  front.on("exit", (code, signal) => fail(`ended with ${signal ?? code}`));
}

/** @param {string} why */
function fail(why) {
  console.error(`nginx: ${why}`);
  process.exit(1);
}

/** @param {import("node:http").IncomingMessage} request */
async function bodyOf(request) {
  const pieces = [];
  let bytes = 0;
  for await (const piece of request) {
    bytes += piece.length;
    if (bytes > MOST_BODY_BYTES) throw new Refusal(413, "that is too much");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
