import { PERFECT, pair, star } from "../../test/host/links/network.js";
import { median } from "../clock/samples.js";
import { bareLoop } from "./bare_loop.js";
import { pin, quantile, sendLoad, settle, withEmulation } from "./emulation.js";
import { iperfGoodput, pingRoundTrips } from "./iperf.js";
import type { Row } from "./row.js";

// A packet of 1,500 bytes is a payload of so many, an UDP and an IP header.
const PAYLOAD = 1472;
// What is left of a full packet's bytes on the wire: 1,448 with TCP's time stamps, of 1,500 + 14 + 24.
const TCP_SHARE = 1448 / 1538;

const thousands = (value: number): string => Math.round(value).toLocaleString("en-US");
const percent = (value: number, digits = 2): string => `${(value * 100).toFixed(digits)} %`;

/** What one core carries against a bare loop, and how late packets are at half of it. */
export async function throughputAndLateness(quick: boolean): Promise<Row[]> {
  const load = { seconds: quick ? 1 : 3, rate: 0, payloadBytes: PAYLOAD, senders: 1 };
  // As short as the bare loop's way, all but: packets in flight for long are no longer in the processor's cache.
  const network = pair({ ...PERFECT, bandwidthBps: 10e9, latencyNs: 100_000 });
  const carry = (rate: number) =>
    withEmulation(network, 1, async ({ core, hosts }) => {
      await pin(core.pid, 1);
      const sent = await sendLoad(hosts, { ...load, rate });
      await settle();
      const { ports, emulation } = await core.counters();
      const received = (ports[1]?.receivedPackets ?? 0) / load.seconds;
      return { sent, received, latenessRealNs: emulation.latenessRealNs };
    });
  const bare: number[] = [];
  const cores: number[] = [];
  for (let round = 0; round < (quick ? 2 : 5); round++) {
    bare.push(await bareLoop(load));
    cores.push((await carry(0)).received);
  }
  const ratio = median(cores.map((rate, i) => rate / (bare[i] ?? 1)));
  const throughput = median(cores);
  const half = await carry(throughput / 2);
  const p50 = quantile(half.latenessRealNs, 0.5) / 1000;
  const p99 = quantile(half.latenessRealNs, 0.99) / 1000;
  return [
    {
      what: "packets of 1,500 bytes, one core",
      expected: `${thousands(median(bare))} /s (bare loop)`,
      measured: `${thousands(throughput)} /s`,
      result: `ratio ${ratio.toFixed(2)}`,
      target: "≥ 0.70, ≥ 120,000 /s",
      reached: ratio >= 0.7 && throughput >= 120_000,
    },
    {
      what: "lateness at half load",
      expected: "0",
      measured: `p50 ${p50.toFixed(1)} µs, p99 ${p99.toFixed(1)} µs`,
      result: `max ${(half.latenessRealNs.max / 1000).toFixed(0)} µs`,
      target: "p50 < 60 µs, p99 < 300 µs",
      reached: p50 < 60 && p99 < 300,
    },
  ];
}

export async function tcpGoodput(quick: boolean): Promise<Row[]> {
  const cases: readonly (readonly [number, number, number])[] = quick
    ? [
        [1e6, 1, 4],
        [100e6, 1, 3],
        [100e6, 10, 2],
        [1e9, 10, 1],
      ]
    : [
        [1e6, 10, 3],
        [10e6, 1, 4],
        [10e6, 5, 3],
        [100e6, 1, 4],
        [100e6, 5, 3],
        [100e6, 10, 3],
        [100e6, 20, 3],
        [1e9, 1, 4],
        [1e9, 5, 3],
        [1e9, 10, 3],
        [1e9, 20, 3],
      ];
  const rows: Row[] = [];
  for (const [bps, tdf, seconds] of cases) {
    const expected = bps * TCP_SHARE;
    const measured = await iperfGoodput(bps, tdf, seconds);
    const error = measured / expected - 1;
    // 120,000 packets a second with the acknowledgements, beside iperf3's own two processes: more than two processors have.
    const fits = bps / tdf <= 500e6;
    rows.push({
      what: `iperf3, ${bps / 1e6} Mbit/s, TDF ${tdf}`,
      expected: `${(expected / 1e6).toFixed(2)} Mbit/s`,
      measured: `${(measured / 1e6).toFixed(2)} Mbit/s`,
      result: percent(error),
      target: fits ? "within 2 %" : "",
      reached: fits ? Math.abs(error) <= 0.02 : undefined,
    });
  }
  return rows;
}

export async function pingTimes(quick: boolean): Promise<Row[]> {
  const rows: Row[] = [];
  for (const tdf of quick ? [1, 10] : [1, 10, 20]) {
    for (const ms of quick ? [1, 50] : [1, 10, 50, 200]) {
      const times = await pingRoundTrips((ms / 2) * 1e6, tdf, quick || tdf > 1 ? 6 : 11);
      const measured = median(times);
      const allowed = ms * 0.01 + 0.1 / tdf;
      rows.push({
        what: `ping, ${ms} ms, TDF ${tdf}`,
        expected: `${ms} ms`,
        measured: `${measured.toFixed(3)} ms`,
        result: `${((measured - ms) * 1000).toFixed(0)} µs`,
        target: `within ${(allowed * 1000).toFixed(0)} µs`,
        // ping prints four digits.
        reached: Math.abs(measured - ms) <= allowed + ms * 5e-4,
      });
    }
  }
  return rows;
}

export async function loss(): Promise<Row[]> {
  const probability = 0.01;
  const count = 100_000;
  const network = pair({ ...PERFECT, loss: { kind: "independent", probability } });
  const { sent, received } = await withEmulation(network, 1, async ({ core, hosts }) => {
    const rate = 20_000;
    await sendLoad(hosts, { seconds: count / rate, rate, payloadBytes: 100, senders: 1 });
    await settle();
    const { pipes, ports } = await core.counters();
    return { sent: pipes[0]?.packets ?? 0, received: ports[1]?.receivedPackets ?? 0 };
  });
  const lost = sent - received;
  // The answer to the one who asks for the address comes from the core and is no packet of the pipe.
  const margin = 2.576 * Math.sqrt(sent * probability * (1 - probability));
  return [
    {
      what: `loss, ${thousands(sent)} packets`,
      expected: percent(probability, 3),
      measured: percent(lost / sent, 3),
      result: `${lost - Math.round(sent * probability)} packets`,
      target: `within ${Math.round(margin)} (99 %)`,
      reached: Math.abs(lost - sent * probability) <= margin,
    },
  ];
}

/** The emulation's processor time for the same load from more and more guests. */
export async function emulationCost(quick: boolean): Promise<Row[]> {
  const load = { seconds: quick ? 2 : 5, rate: 20_000, payloadBytes: 1000 };
  const costs: { readonly guests: number; readonly usPerPacket: number }[] = [];
  for (const guests of [10, 100, 1000]) {
    const network = star(guests, { ...PERFECT, bandwidthBps: 100e6, latencyNs: 5e6 });
    const usPerPacket = await withEmulation(network, 1, async ({ core, hosts }) => {
      // Each guest learns its peer's address first.
      await sendLoad(hosts, { ...load, seconds: 1, senders: guests });
      const before = await core.counters();
      const sent = await sendLoad(hosts, { ...load, senders: guests });
      await settle();
      return ((await core.counters()).emulation.cpuRealNs - before.emulation.cpuRealNs) / sent / 1000;
    });
    costs.push({ guests, usPerPacket });
  }
  return costs.slice(1).map(({ guests, usPerPacket }, i) => {
    const fewer = costs[i] ?? { guests: 0, usPerPacket: 1 };
    const ratio = usPerPacket / fewer.usPerPacket;
    return {
      what: `processor time a packet, ${guests} guests`,
      expected: `${fewer.usPerPacket.toFixed(2)} µs (${fewer.guests} guests)`,
      measured: `${usPerPacket.toFixed(2)} µs`,
      result: `ratio ${ratio.toFixed(2)}`,
      target: "< 1.5",
      reached: ratio < 1.5,
    };
  });
}
