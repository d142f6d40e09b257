/** experiments/quickstart with another bottleneck: overrides as `diecast run --set` takes them. */
export interface Variant {
  /** What its throughput hangs on. */
  readonly bottleneck: "cpu" | "bandwidth" | "latency";
  readonly set: readonly string[];
  /** Requests per second that the model allows at most. */
  readonly mostPerSecond: number;
}

const SERVER = (rounds: number) =>
  `guests.web.run=[node, server.mjs, --port, "8080", --rounds, "${rounds}", --bytes, "8192"]`;
const CLIENT = (users: number, thinkMs: number) =>
  `guests.client.run=[node, client.mjs, --url, "http://web:8080/", --users, "${users}", --think-ms, "${thinkMs}"]`;

export const VARIANTS: readonly Variant[] = [
  // 40,000 rounds of PBKDF2 take 5 to 15 ms of a present core, of which the server has a half.
  { bottleneck: "cpu", set: [SERVER(40_000), CLIENT(2, 35)], mostPerSecond: 100 },
  // A page is 8,192 bytes, its header, and the wire's 90 bytes for each of six packets. Sixteen pages on their way are 96
  // packets: fewer than the queue holds.
  {
    bottleneck: "bandwidth",
    set: ["network.links.core-edge.bandwidth=4Mbit/s", CLIENT(2, 20)],
    mostPerSecond: 4e6 / 8 / (8192 + 6 * 90),
  },
  // Thirty-two users, each of whom waits for at least 222 ms.
  {
    bottleneck: "latency",
    set: ["network.links.core-edge.latency=100ms", CLIENT(4, 5)],
    mostPerSecond: 32 / 0.222,
  },
];
