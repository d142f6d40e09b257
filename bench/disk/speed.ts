import { loadDiskModel } from "../../src/disk/load.js";
import { loadNative } from "../../src/native.js";
import type { Row } from "../net/row.js";

/** What a stream of requests consists of. */
interface Load {
  readonly what: string;
  readonly model: string;
  readonly requests: number;
  readonly everyNs: number;
  /** Share of reads. */
  readonly reads: number;
  readonly sequential: boolean;
  readonly leastPerSecond: number;
}

const LOADS: readonly Load[] = [
  {
    what: "mechanical, random 4 KiB, 70 % reads",
    model: "seagate-st32171w",
    requests: 1_000_000,
    everyNs: 15e6,
    reads: 0.7,
    sequential: false,
    leastPerSecond: 1e6,
  },
  {
    what: "mechanical, random 4 KiB reads, zero latency",
    model: "quantum-atlas10k",
    requests: 1_000_000,
    everyNs: 12e6,
    reads: 1,
    sequential: false,
    leastPerSecond: 1e6,
  },
  {
    what: "mechanical, sequential 4 KiB reads",
    model: "seagate-st39102lw",
    requests: 1_000_000,
    everyNs: 1e6,
    reads: 1,
    sequential: true,
    leastPerSecond: 1e6,
  },
  {
    what: "mechanical, write buffer, random 4 KiB writes",
    model: "hdd-7200-sata-4tb",
    requests: 1_000_000,
    everyNs: 15e6,
    reads: 0,
    sequential: false,
    leastPerSecond: 1e6,
  },
  {
    what: "mechanical, write buffer, sequential 4 KiB writes",
    model: "hdd-7200-sata-4tb",
    requests: 1_000_000,
    everyNs: 100_000,
    reads: 0,
    sequential: true,
    leastPerSecond: 1e6,
  },
  {
    what: "flash, random 4 KiB reads",
    model: "ssd-nvme-512gb",
    requests: 1_000_000,
    everyNs: 12_000,
    reads: 1,
    sequential: false,
    leastPerSecond: 2e6,
  },
  {
    what: "flash, random 4 KiB, 70 % reads",
    model: "ssd-nvme-512gb",
    requests: 1_000_000,
    everyNs: 12_000,
    reads: 0.7,
    sequential: false,
    leastPerSecond: 2e6,
  },
];

/** Requests a second of processor time that the models take, on one core; the best of `rounds`. */
export function modelSpeed(rounds: number): Row[] {
  return LOADS.map((load) => {
    const model = loadDiskModel(load.model);
    const units = Math.floor((model.capacityBlocks ?? 0) / 8);
    let state = 1;
    const next = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const times = new BigInt64Array(load.requests);
    const lbns = new BigInt64Array(load.requests);
    const kinds = new Uint8Array(load.requests);
    for (let i = 0; i < load.requests; i++) {
      times[i] = BigInt(i) * BigInt(load.everyNs);
      lbns[i] = BigInt(8 * (load.sequential ? i % units : Math.floor(next() * units)));
      kinds[i] = next() < load.reads ? 0 : 1;
    }
    const blocks = new Uint32Array(load.requests).fill(8);
    let best = 0;
    for (let round = 0; round < rounds; round++) {
      // Processor time: what else runs on the host does not count.
      const begun = process.cpuUsage();
      loadNative().replayDisk(model.description, undefined, times, lbns, blocks, kinds, false);
      const { user, system } = process.cpuUsage(begun);
      best = Math.max(best, (load.requests / (user + system)) * 1e6);
    }
    const millions = (perSecond: number) => `${(perSecond / 1e6).toFixed(2)} M/s`;
    return {
      what: load.what,
      expected: load.model,
      measured: millions(best),
      result: millions(best),
      target: `≥ ${millions(load.leastPerSecond)}`,
      reached: best >= load.leastPerSecond,
    };
  });
}
