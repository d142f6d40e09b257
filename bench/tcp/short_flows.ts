import { join } from "node:path";
import { common, type Generated, guest, HUB, type NetworkChoice } from "./experiment.js";
import { table } from "./results.js";

/** What short connections fetch, and over what. Packets are lost in both directions. */
export interface ShortCell {
  readonly bytes: number;
  readonly loss: number;
}

/** What the fetches of one cell at one TDF came to: one line of fetches.jsonl. */
export interface ShortResult {
  readonly tdf: number;
  readonly cell: ShortCell;
  /** `kernel`: TCP's timers left in real time. */
  readonly timers: "scaled" | "kernel";
  /** Virtual ms to the last byte, each fetch of all guests; those that took longer than the limit count as the limit. */
  readonly completionMs: readonly number[];
  /** Fetches whose handshake took a second or more beyond a round trip, i.e. for which SYN or SYN-ACK was sent again. */
  readonly slowHandshakes: number;
  readonly beyondLimit: number;
  readonly verdict: string;
  readonly reasons: readonly string[];
}

export const SHORT_CELLS: readonly ShortCell[] = [0.05, 0.2].flatMap((loss) =>
  [10_000, 100_000].map((bytes) => ({ bytes, loss })),
);
export const ROUND_TRIP_MS = 80;
export const LIMIT_S = 10;
const EVERY_MS = 100;
/** As long as all of them are under way: a fetch that begins last has as long as the first. */
export const FETCHING_S = 5;
const PORT = 5002;
const BANDWIDTH = "100Mbit/s";

/** So many clients of a cell, where those of the long fetches have `pairs`: short ones are cheap, and vary more. */
function pairsOf({ bytes }: ShortCell, pairs: number): number {
  return bytes === 10_000 ? 5 * pairs : pairs;
}

export function shortExperiment(pairs: number, choice: NetworkChoice): Generated {
  const count = (FETCHING_S * 1000) / EVERY_MS;
  const cells = SHORT_CELLS.map((cell, i) => ({ cell, server: `server${i}`, client: `client${i}` }));
  const guests = cells.flatMap(({ cell, server, client }) => {
    // Each client has a server of its own, of the same number.
    const fetch = ["./short_flow", "fetch", "$peer", `${PORT}`, `${cell.bytes}`, `${count}`, `${EVERY_MS}`];
    // Not all at the same moment: a hundred bursts at once would be the emulation's business, not TCP's.
    const delayUs = `$((DIECAST_INDEX * ${EVERY_MS * 1000} / ${pairsOf(cell, pairs)}))`;
    const program = `exec ${fetch.join(" ")} ${LIMIT_S * 1000} ${delayUs}`;
    const run = ["sh", "-c", `peer=${server}-$DIECAST_INDEX; ${program}`];
    const ready = { tcp: PORT, timeout: "600s" };
    return [
      [
        server,
        { machine: "host", count: pairsOf(cell, pairs), run: ["./short_flow", "serve", `${PORT}`], ready },
      ] as const,
      guest(client, run, ["fetches.csv"], { count: pairsOf(cell, pairs), after: [server] }),
    ];
  });
  const links = cells.flatMap(({ cell, server, client }) => {
    const latency = `${ROUND_TRIP_MS / 4}ms`;
    return [
      { from: client, to: HUB, latency, bandwidth: BANDWIDTH },
      { from: HUB, to: server, latency, bandwidth: BANDWIDTH, loss: cell.loss },
    ];
  });
  return {
    program: "short_flow",
    document: {
      name: "short-flows",
      ...common(choice, links),
      guests: Object.fromEntries(guests),
      phases: { ready: "600s", measure: `${FETCHING_S + LIMIT_S + 0.5}s` },
    } as Generated["document"],
  };
}

/** Reads what the clients of a run have written. */
export function readFetches(
  directory: string,
  of: Pick<ShortResult, "tdf" | "timers" | "verdict" | "reasons"> & { readonly pairs: number },
): ShortResult[] {
  const { pairs, ...rest } = of;
  return SHORT_CELLS.map((cell, i) => {
    const clients = pairsOf(cell, pairs);
    const fetches = Array.from({ length: clients }, (_, pair) => {
      const client = clients === 1 ? `client${i}` : `client${i}-${pair + 1}`;
      return table(join(directory, "guests", client, "files", "fetches.csv"));
    }).flat();
    const done = fetches.map(([, , doneUs = Number.NaN]) => doneUs / 1e3);
    const connected = fetches.map(([, connectedUs = Number.NaN]) => connectedUs / 1e3);
    return {
      ...rest,
      cell,
      completionMs: done.map((ms) => (Number.isNaN(ms) ? LIMIT_S * 1e3 : ms)),
      slowHandshakes: connected.filter((ms) => !(ms < ROUND_TRIP_MS * 1.5)).length,
      beyondLimit: done.filter(Number.isNaN).length,
    };
  });
}

/** "10 KB, 5 %" */
export function describeShortCell({ bytes, loss }: ShortCell): string {
  return `${bytes / 1000} KB, ${loss * 100} %`;
}
