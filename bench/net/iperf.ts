import { text } from "node:stream/consumers";
import { spawn } from "../../src/clock/spawn.js";
import { PERFECT, pair } from "../../test/host/links/network.js";
import { withEmulation } from "./emulation.js";

/** TCP goodput in bit/s over a link as iperf3 perceives it at a TDF. The queue is the bandwidth-delay product, or 100 packets. */
export async function iperfGoodput(bandwidthBps: number, tdf: number, seconds: number): Promise<number> {
  const latencyNs = 1e6;
  const packets = Math.max(100, Math.ceil((bandwidthBps * 2 * latencyNs) / 1e9 / 8 / 1500));
  const network = pair({ ...PERFECT, latencyNs, bandwidthBps, queue: { ...PERFECT.queue, packets } });
  return withEmulation(network, tdf, async ({ core, clock }) => {
    const inside = (guest: string, words: readonly string[]) =>
      spawn("nsenter", [`--net=${core.namespacePath(guest)}`, "iperf3", ...words], {
        clock,
        stdio: ["ignore", "pipe", "ignore"],
      });
    const server = inside("g1", ["--server", "--one-off", "--forceflush"]);
    try {
      await new Promise((resolve) => server.stdout?.once("data", resolve));
      const client = inside("g0", ["--json", "--client", "10.0.0.2", "--time", `${seconds}`, "--omit", "1"]);
      const report = JSON.parse(await text(client.stdout as NodeJS.ReadableStream));
      await client.exited;
      const goodput = report.end?.sum_received?.bits_per_second;
      if (typeof goodput !== "number") throw new Error(`iperf3: ${report.error ?? "no result"}`);
      return goodput;
    } finally {
      server.kill("SIGKILL");
      await server.exited;
    }
  });
}

/** Round trips in ms that ping perceives. */
export async function pingRoundTrips(latencyNs: number, tdf: number, count: number): Promise<number[]> {
  return withEmulation(pair({ ...PERFECT, latencyNs }), tdf, async ({ core, clock }) => {
    const interval = `${Math.max(0.05, (latencyNs * 2.5) / 1e9)}`;
    const command = ["ping", "-n", "-c", `${count}`, "-i", interval, "10.0.0.2"];
    const ping = spawn("nsenter", [`--net=${core.namespacePath("g0")}`, ...command], {
      clock,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const output = await text(ping.stdout as NodeJS.ReadableStream);
    await ping.exited;
    // The first waits for the neighbour's address as well.
    return [...output.matchAll(/icmp_seq=(\d+) .*time=([\d.]+) ms/g)]
      .filter(([, sequence]) => sequence !== "1")
      .map(([, , time]) => Number(time));
  });
}
