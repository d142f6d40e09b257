// A sign-in service: each request costs the processor the derivation of a key, and the network a page.
import { pbkdf2Sync } from "node:crypto";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "8080" },
    /** Of PBKDF2: how much work a request is. */
    rounds: { type: "string", default: "2500" },
    /** Size of the page. */
    bytes: { type: "string", default: "8192" },
  },
});
const rounds = Number(values.rounds);
const bytes = Number(values.bytes);

const server = createServer((request, response) => {
  const key = pbkdf2Sync(request.url ?? "", "salt", rounds, 32, "sha256").toString("hex");
  response.setHeader("content-type", "text/plain");
  response.end(`${key}\n`.padEnd(bytes, "."));
});
// Connections stay as long as their users do, however long those think.
server.keepAliveTimeout = 0;
server.listen(Number(values.port), () => console.log(`listening on port ${values.port}`));

process.on("SIGTERM", () => process.exit(0));
