import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { VARIANTS } from "../../bench/experiments/variants.js";
import { loadExperiment } from "../../src/spec/load.js";
import { Folder } from "../metrics/folder.js";
import { ROOT } from "../paths.js";

const QUICKSTART = join(ROOT, "experiments", "quickstart");

describe("experiments/quickstart", () => {
  for (const { bottleneck, set } of [{ bottleneck: "nothing", set: [] }, ...VARIANTS]) {
    it(`can be loaded, with ${bottleneck} as bottleneck`, async () => {
      const { experiment } = await loadExperiment(join(QUICKSTART, "experiment.yaml"), { overrides: set });
      expect(experiment.guests.map(({ name, count }) => [name, count])).to.deep.equal([
        ["web", 1],
        ["client", 8],
      ]);
    });
  }

  it("has a server and a client that serve each other: rates, response times, a clean end", async () => {
    const folder = new Folder();
    const port = await freePort();
    const server = spawn("node", [join(QUICKSTART, "server.mjs"), "--port", `${port}`, "--rounds", "10"]);
    const listening = createInterface(server.stdout);
    expect(await once(listening, "line")).to.deep.equal([`listening on port ${port}`]);
    const options = ["--url", `http://127.0.0.1:${port}/`, "--users", "2", "--think-ms", "5"];
    const client = spawn("node", [join(QUICKSTART, "client.mjs"), ...options], { cwd: folder.path });
    const [line] = await once(createInterface(client.stdout), "line");
    client.kill();
    server.kill();
    const ends = await Promise.all([once(client, "exit"), once(server, "exit")]);
    const [header, ...rows] = readFileSync(join(folder.path, "latencies.csv"), "utf8").trim().split("\n");
    folder.close(undefined);
    expect(ends).to.deep.equal([
      [0, null],
      [0, null],
    ]);
    expect(line).to.match(/^requests\/s: \d+\.\d{3}$/);
    expect(header).to.equal("at_ms,ms");
    expect(rows.length).to.be.greaterThan(0);
    for (const row of rows) {
      const [at = Number.NaN, ms = Number.NaN] = row.split(",").map(Number);
      expect(Math.abs(at - Date.now())).to.be.lessThan(60_000);
      expect(ms).to.be.within(0, 60_000);
    }
  });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
