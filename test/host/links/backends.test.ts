import { execFile, spawn as spawnChild } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect } from "chai";
import { DieCastError } from "../../../src/errors.js";
import type { LinkBackend, LinkBackendOptions } from "../../../src/host/links/backend.js";
import { createLinkCore } from "../../../src/host/links/core.js";
import { createNetemLinks } from "../../../src/host/links/netem/netem.js";
import { netemProblem } from "../../../src/host/links/netem/probe.js";
import { Clock, spawn } from "../../../src/index.js";
import type { PlannedNetwork } from "../../../src/plan/plan.js";
import { tcpTimers } from "../../../src/scale/tcp_timers.js";
import { ROOT } from "../../paths.js";
import { expectDuration } from "../../tolerance.js";
import { guestNames, PERFECT, pair, row, star } from "./network.js";

const run = promisify(execFile);

// The second kernel has it: nothing is skipped there.
const lack = process.env.DIECAST_EMULATED_MACHINE === "1" ? undefined : netemProblem();
const BACKENDS: [
  name: string,
  module: string,
  create: (options: LinkBackendOptions) => Promise<Backend>,
  lack?: string | undefined,
][] = [
  ["core", "core.js", createLinkCore],
  ["netem", "netem/netem.js", createNetemLinks, lack?.problem],
];
type Backend = LinkBackend & { readonly pid: number };

/** What every back end must do alike. `npm run test:vm` runs it where the kernel has netem. */
for (const [name, module, create, problem] of BACKENDS) {
  const title = problem === undefined ? "" : `, skipped: this kernel's netem: ${problem}`;
  (problem === undefined ? describe : describe.skip)(`links by ${name}${title}`, () => {
    const open: { links?: Backend; clock: Clock }[] = [];

    async function make(network: PlannedNetwork, tdf = 1, frozen = false) {
      const clock = new Clock({ tdf, frozen });
      const entry: (typeof open)[number] = { clock };
      open.push(entry);
      const guests = guestNames(network.ports.length);
      const links = await create({ network, guests, clock, seed: 1, sysctls: tcpTimers(clock.tdf) });
      entry.links = links;
      return { links, clock };
    }

    afterEach(async () => {
      for (const { links, clock } of open.splice(0)) {
        await links?.close();
        clock.close();
      }
    });

    /** Runs a command in a guest's network, undilated; what it printed, also if it failed. */
    async function inside(links: Backend, guest: string, ...command: string[]): Promise<string> {
      const args = [`--net=${links.namespacePath(guest)}`, ...command];
      const { stdout } = await run("nsenter", args).catch((error: { stdout: string }) => error);
      return stdout;
    }

    /** Pings, and returns the round trips by sequence number, in ns of the guest. */
    async function ping(
      links: Backend,
      clock: Clock,
      target: string,
      ...options: string[]
    ): Promise<Map<number, number>> {
      const command = ["ping", "-n", ...options, target];
      const child = spawn("nsenter", [`--net=${links.namespacePath("g0")}`, ...command], {
        clock,
        stdio: ["ignore", "pipe", "ignore"],
      });
      const output = await text(child.stdout as NodeJS.ReadableStream);
      await child.exited;
      const replies = output.matchAll(/icmp_seq=(\d+) .*time=([\d.]+) ms/g);
      return new Map([...replies].map(([, sequence, time]) => [Number(sequence), Number(time) * 1e6]));
    }

    it("gives guests their interfaces, up, with addresses, routes and scaled timers", async () => {
      const { links } = await make(star(2, PERFECT), 10);
      const [face] = JSON.parse(await inside(links, "g1", "ip", "-j", "address", "show", "eth0"));
      expect(face).to.include({ address: "02:dc:00:00:00:02", mtu: 1500 });
      expect(face.flags).to.include("UP");
      const addresses = face.addr_info.map(
        (one: { local: string; prefixlen: number }) => `${one.local}/${one.prefixlen}`,
      );
      expect(addresses).to.include.members(["10.0.0.2/8", "fd00::2/64"]);
      expect(await inside(links, "g1", "cat", "/proc/sys/net/ipv4/tcp_fin_timeout")).to.equal("600\n");
      expect(await inside(links, "g1", "cat", "/proc/sys/net/ipv4/neigh/eth0/retrans_time_ms")).to.equal(
        "10000\n",
      );
      expect(() => links.namespacePath("other")).to.throw(DieCastError, "other");
    });

    for (const [what, network] of [
      ["a cable", pair(PERFECT)],
      ["a switch", star(3, PERFECT)],
      ["a row of switches", row(4, PERFECT, PERFECT)],
    ] as const) {
      it(`carries IPv4, IPv6 and broadcasts through ${what}, in fragments too`, async () => {
        const { links, clock } = await make(network);
        const last = network.ports.length;
        for (const target of [`10.0.0.${last}`, `fd00::${last}`])
          expect(
            (await ping(links, clock, target, "-c", "2", "-i", "0.05", "-s", "5000")).size,
            target,
          ).to.equal(2);
        await inside(links, `g${last - 1}`, "sysctl", "-qw", "net.ipv4.icmp_echo_ignore_broadcasts=0");
        const answers = await inside(
          links,
          "g0",
          "ping",
          "-n",
          "-b",
          "-c",
          "2",
          "-i",
          "0.05",
          "10.255.255.255",
        );
        expect(answers).to.contain(`from 10.0.0.${last}`);
      });
    }

    for (const tdf of [1, 10]) {
      it(`has the latency of every hop in a guest's time at TDF ${tdf}`, async () => {
        const { links, clock } = await make(
          row(2, { ...PERFECT, latencyNs: 5e6 }, { ...PERFECT, latencyNs: 20e6 }),
          tdf,
        );
        const [, ...rest] = (await ping(links, clock, "10.0.0.2", "-c", "5", "-i", "0.1")).values();
        expect(rest).to.have.length(4);
        for (const measuredNs of rest) {
          const setup = `${name}, 5 ms, 20 ms and 5 ms each way`;
          // ping prints three digits.
          expectDuration({ what: "ping", expectedNs: 60e6, measuredNs, tdf, grainNs: 0.1e6, setup });
        }
      });
    }

    it("sends at the bandwidth asked for, frames with what is around them", async () => {
      const { links, clock } = await make(pair({ ...PERFECT, bandwidthBps: 1e6 }), 2);
      await ping(links, clock, "10.0.0.2", "-c", "1");
      const times = await ping(links, clock, "10.0.0.2", "-c", "10", "-l", "10", "-s", "1372");
      const measuredNs = (times.get(10) ?? 0) - (times.get(1) ?? 0);
      // 1,372 bytes with 28 of ICMP and IP, 14 of Ethernet, and 24 of preamble, checksum and gap.
      const expectedNs = 9 * ((1372 + 28 + 14 + 24) * 8e3);
      const setup = `${name}, ten packets at once at 1 Mbit/s`;
      // They are not all sent at the same moment.
      expectDuration({ what: "the tenth", expectedNs, measuredNs, tdf: 2, grainNs: 2e6, setup });
    });

    it("drops what its queue has no room for, and tells so", async () => {
      const queue = { ...PERFECT.queue, packets: 5 };
      const { links, clock } = await make(pair({ ...PERFECT, bandwidthBps: 1e6, queue }), 2);
      await ping(links, clock, "10.0.0.2", "-c", "1");
      const times = await ping(links, clock, "10.0.0.2", "-c", "20", "-l", "20", "-s", "1372", "-W", "1");
      // One is on the wire and five wait.
      expect([...times.keys()]).to.deep.equal([1, 2, 3, 4, 5, 6]);
      const { pipes, ports } = await links.counters();
      expect(pipes[0]?.drops).to.deep.equal({ queue: 14, red: 0, loss: 0, down: 0 });
      expect(pipes[1]?.drops.queue).to.equal(0);
      expect(ports[0]?.unasked).to.equal(0);
    });

    it("loses its share on the way", async () => {
      const half = { kind: "independent", probability: 0.5 } as const;
      const { links, clock } = await make(star(2, PERFECT));
      await ping(links, clock, "10.0.0.2", "-c", "1");
      await links.change(0, { ...PERFECT, loss: half });
      const times = await ping(links, clock, "10.0.0.2", "-c", "400", "-i", "0.002", "-W", "0.5");
      // Six standard deviations.
      expect(times.size).to.be.within(140, 260);
      const { drops } = (await links.counters()).pipes[0] ?? {};
      expect(drops?.loss).to.be.within(400 - times.size, 410 - times.size);
    });

    it("keeps packets in order whatever the jitter, unless they may overtake", async () => {
      const jitter = { latencyNs: 20e6, jitterNs: 10e6, jitterDistribution: "exponential" } as const;
      const { links, clock } = await make(pair(PERFECT));
      await ping(links, clock, "10.0.0.2", "-c", "1");
      await links.change(0, { ...PERFECT, ...jitter });
      const burst = ["-c", "40", "-l", "40", "-W", "1"];
      const orderly = [...(await ping(links, clock, "10.0.0.2", ...burst)).keys()];
      expect(orderly).to.deep.equal([...orderly].sort((a, b) => a - b));
      expect(orderly).to.have.length(40);
      await links.change(0, { ...PERFECT, ...jitter, jitterReorders: true });
      const free = [...(await ping(links, clock, "10.0.0.2", ...burst)).keys()];
      expect(free).to.not.deep.equal([...free].sort((a, b) => a - b));
    });

    it("changes a pipe at run time, and counts what happens to packets", async () => {
      const { links, clock } = await make(pair(PERFECT));
      await ping(links, clock, "10.0.0.2", "-c", "1");
      await links.change(0, { ...PERFECT, up: false });
      expect((await ping(links, clock, "10.0.0.2", "-c", "3", "-i", "0.01", "-W", "0.1")).size).to.equal(0);
      await links.change(0, { ...PERFECT, latencyNs: 30e6 });
      const [, measuredNs = 0] = (await ping(links, clock, "10.0.0.2", "-c", "2", "-i", "0.1")).values();
      expectDuration({
        what: "ping",
        expectedNs: 30e6,
        measuredNs,
        tdf: 1,
        grainNs: 0.1e6,
        setup: `${name}, changed`,
      });
      const { pipes, ports } = await links.counters();
      expect(pipes[0]?.drops).to.include({ queue: 0, loss: 0 });
      expect(pipes[0]?.drops.down).to.be.at.least(3);
      expect(ports[0]?.sentPackets).to.be.at.least(6);
      expect(ports[1]?.receivedPackets).to.be.at.least(3);
      expect(ports[0]?.unasked).to.equal(0);
      const refused = await links.change(2, PERFECT).catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(DieCastError);
    });

    it("follows a change of the clock's rate", async () => {
      const { links, clock } = await make(pair({ ...PERFECT, latencyNs: 20e6 }));
      await ping(links, clock, "10.0.0.2", "-c", "1");
      await clock.setRate(4);
      const [measuredNs = 0] = (await ping(links, clock, "10.0.0.2", "-c", "1")).values();
      expectDuration({
        what: "ping",
        expectedNs: 40e6,
        measuredNs,
        tdf: 4,
        grainNs: 0.1e6,
        setup: `${name}, then TDF 4`,
      });
    });

    it("tells if it ends by itself, and everything after fails", async () => {
      const { links } = await make(pair(PERFECT));
      process.kill(links.pid, "SIGKILL");
      const error = await links.ended.catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(DieCastError).with.property("message").that.contains("SIGKILL");
      expect(await links.counters().catch((reason: unknown) => reason)).to.equal(error);
      expect(await links.change(0, PERFECT).catch((reason: unknown) => reason)).to.equal(error);
      await links.close();
    });

    it("closes once and for all", async () => {
      const { links } = await make(star(20, PERFECT));
      const path = links.namespacePath("g3");
      await Promise.all([links.close(), links.close()]);
      await links.ended;
      expect(existsSync(path)).to.equal(false);
    });

    it("ends with the process that made it, however that ends", async () => {
      const script = `
        const at = (path) => import("${ROOT}dist/" + path);
        const { Clock } = await at("src/index.js");
        const { ${create.name} } = await at("src/host/links/${module}");
        const { star, guestNames, PERFECT } = await at("test/host/links/network.js");
        const options = { network: star(20, PERFECT), guests: guestNames(20), seed: 1, sysctls: {} };
        const links = await ${create.name}({ ...options, clock: new Clock({ tdf: 1 }) });
        console.log(links.pid);
        setInterval(() => {}, 1000);`;
      const node = spawnChild(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(node.stdout, "data")) as [Buffer];
      const descriptor = `/proc/${Number(line)}/fd/0`;
      expect(existsSync(descriptor)).to.equal(true);
      node.kill("SIGKILL");
      const begin = performance.now();
      while (existsSync(descriptor)) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(performance.now() - begin).to.be.below(2000);
    });
  });
}
