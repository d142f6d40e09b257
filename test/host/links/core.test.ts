import { execFile, spawn as spawnChild } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect } from "chai";
import { DieCastError } from "../../../src/errors.js";
import type { LinkBackendOptions } from "../../../src/host/links/backend.js";
import { createLinkCore, type LinkCore } from "../../../src/host/links/core.js";
import { Clock, type DilatedProcess, spawn } from "../../../src/index.js";
import type { PlannedNetwork } from "../../../src/plan/plan.js";
import { tcpTimers } from "../../../src/scale/tcp_timers.js";
import { ROOT } from "../../paths.js";
import { expectDuration } from "../../tolerance.js";
import { face, guestNames, PERFECT, pair, star } from "./network.js";

const run = promisify(execFile);

const open: { core?: LinkCore; clock: Clock }[] = [];

async function links(network: PlannedNetwork, tdf = 1, options: Partial<LinkBackendOptions> = {}) {
  const clock = new Clock({ tdf });
  const entry: (typeof open)[number] = { clock };
  open.push(entry);
  const guests = guestNames(network.ports.length);
  const core = await createLinkCore({
    network,
    guests,
    clock,
    seed: 1,
    sysctls: tcpTimers(clock.tdf),
    ...options,
  });
  entry.core = core;
  return { core, clock };
}

/** Runs a command in a guest's network, undilated, and returns what it printed. */
async function inside(core: LinkCore, guest: string, ...command: string[]): Promise<string> {
  const { stdout } = await run("nsenter", [`--net=${core.namespacePath(guest)}`, ...command]);
  return stdout;
}

function dilated(core: LinkCore, clock: Clock, guest: string, ...command: string[]): DilatedProcess {
  return spawn("nsenter", [`--net=${core.namespacePath(guest)}`, ...command], {
    clock,
    stdio: ["ignore", "pipe", "ignore"],
  });
}

async function roundTrips(core: LinkCore, clock: Clock, count: number): Promise<number[]> {
  const ping = dilated(core, clock, "g0", "ping", "-n", "-c", `${count}`, "-i", "0.1", "10.0.0.2");
  const output = await text(ping.stdout as NodeJS.ReadableStream);
  await ping.exited;
  return [...output.matchAll(/time=([\d.]+) ms/g)].map(([, time]) => Number(time) * 1e6);
}

describe("createLinkCore", () => {
  afterEach(async () => {
    for (const { core, clock } of open.splice(0)) {
      await core?.close();
      clock.close();
    }
  });

  it("gives guests their interfaces, up, with addresses and routes", async () => {
    const network = star(3, PERFECT);
    const ports = network.ports.map((port, i) => ({
      ...port,
      interface: {
        ...port.interface,
        mtu: 1400,
        ...(i === 1 ? { ipv4PrefixLength: 32, hosts: ["10.0.0.3", "fd00::3"] } : {}),
      },
    }));
    const { core } = await links({ ...network, ports });
    const [link] = JSON.parse(await inside(core, "g0", "ip", "-j", "address", "show", "eth0"));
    expect(link).to.include({ address: "02:dc:00:00:00:01", mtu: 1400 });
    expect(link.flags).to.include("UP");
    const addresses = link.addr_info.map(
      ({ local, prefixlen }: { local: string; prefixlen: number }) => `${local}/${prefixlen}`,
    );
    expect(addresses).to.include.members(["10.0.0.1/8", "fd00::1/64"]);
    expect(await inside(core, "g1", "ip", "route", "show", "10.0.0.3")).to.contain("dev eth0");
    expect(await inside(core, "g1", "ip", "-6", "route", "show", "fd00::3")).to.contain("dev eth0");
    expect(await inside(core, "g2", "cat", "/proc/sys/net/ipv4/tcp_congestion_control")).to.equal("reno\n");
    expect(core.skippedSysctls.filter((line) => !line.includes("No such file"))).to.deep.equal([]);
  });

  it("scales the kernel's timers of each guest", async () => {
    const { core } = await links(pair(PERFECT), 10);
    expect(await inside(core, "g1", "cat", "/proc/sys/net/ipv4/tcp_fin_timeout")).to.equal("600\n");
    expect(await inside(core, "g1", "cat", "/proc/sys/net/ipv4/neigh/eth0/retrans_time_ms")).to.equal(
      "10000\n",
    );
  });

  it("has a namespace for guests without an interface too", async () => {
    const { core } = await links({ switches: [], ports: [], pipes: [], tables: [] }, 1, {
      guests: ["lonely"],
    });
    expect(await inside(core, "lonely", "ip", "-o", "link")).to.match(/^1: lo: <LOOPBACK,UP/);
    expect(() => core.namespacePath("other")).to.throw(DieCastError, "other");
  });

  it("carries IPv4 and IPv6, large packets included, and answers for neighbours", async () => {
    const { core } = await links(star(3, PERFECT));
    await inside(core, "g0", "ping", "-c", "2", "-i", "0.01", "-s", "5000", "10.0.0.3");
    await inside(core, "g2", "ping", "-c", "2", "-i", "0.01", "-s", "5000", "fd00::2");
    expect(await inside(core, "g0", "ip", "neighbour", "show", "10.0.0.3")).to.contain("02:dc:00:00:00:03");
  });

  for (const tdf of [1, 10]) {
    it(`has the latency asked for in a guest's time at TDF ${tdf}`, async () => {
      const { core, clock } = await links(pair({ ...PERFECT, latencyNs: 10e6 }), tdf);
      for (const measuredNs of (await roundTrips(core, clock, 5)).slice(1)) {
        // ping prints three digits.
        expectDuration({
          what: "ping",
          expectedNs: 20e6,
          measuredNs,
          tdf,
          grainNs: 0.1e6,
          setup: "two latencies of 10 ms",
        });
      }
      const { emulation } = await core.counters();
      expect(emulation.latenessRealNs.count).to.be.at.least(10);
      expect(emulation.cpuRealNs).to.be.above(0);
    });
  }

  it("lets packets rest while time stands still, and follows a change of the rate", async () => {
    const { core, clock } = await links(pair({ ...PERFECT, latencyNs: 100e6 }));
    const ping = dilated(core, clock, "g0", "ping", "-n", "-c", "1", "-W", "60", "10.0.0.2");
    const output = text(ping.stdout as NodeJS.ReadableStream);
    while ((await core.counters()).pipes[0]?.packets === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    await clock.freeze();
    const before = (await core.counters()).ports[1]?.receivedPackets;
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect((await core.counters()).ports[1]?.receivedPackets).to.equal(before);
    await clock.setRate(3);
    await clock.resume();
    const measuredNs = Number(/time=([\d.]+) ms/.exec(await output)?.[1]) * 1e6;
    await ping.exited;
    expectDuration({
      what: "ping",
      expectedNs: 200e6,
      measuredNs,
      tdf: 1,
      grainNs: 1e6,
      setup: "frozen under way, then TDF 3",
    });
  });

  it("changes a pipe at run time, and counts what happens to packets", async () => {
    const { core } = await links(pair(PERFECT));
    await inside(core, "g0", "ping", "-c", "1", "10.0.0.2");
    await core.change(0, { ...PERFECT, up: false });
    await inside(core, "g0", "ping", "-c", "3", "-i", "0.01", "-W", "0.1", "10.0.0.2").catch(() => {});
    const { pipes, ports } = await core.counters();
    expect(pipes[0]?.drops.down).to.be.at.least(3);
    expect(ports[0]).to.include({ unasked: 0 });
    expect(ports[0]?.sentPackets).to.be.at.least(4);
    const refused = await core.change(2, PERFECT).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(DieCastError);
  });

  it("tells if it ends by itself, and everything waiting fails", async () => {
    const { core } = await links(pair(PERFECT));
    process.kill(core.pid, "SIGKILL");
    const error = await core.ended.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(DieCastError).with.property("message").that.contains("SIGKILL");
    expect(await core.counters().catch((reason: unknown) => reason)).to.equal(error);
    await core.close();
  });

  it("closes once and for all", async () => {
    const { core } = await links(star(20, PERFECT));
    const path = core.namespacePath("g3");
    await Promise.all([core.close(), core.close()]);
    await core.ended;
    expect(existsSync(path)).to.equal(false);
  });

  it("ends with the process that made it, however that ends", async () => {
    const script = `
      const at = (path) => import("${ROOT}dist/" + path);
      const { Clock } = await at("src/index.js");
      const { createLinkCore } = await at("src/host/links/core.js");
      const { star, guestNames, PERFECT } = await at("test/host/links/network.js");
      const options = { network: star(20, PERFECT), guests: guestNames(20), seed: 1, sysctls: {} };
      const core = await createLinkCore({ ...options, clock: new Clock({ tdf: 1 }) });
      console.log(core.pid);
      setInterval(() => {}, 1000);`;
    const node = spawnChild(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(node.stdout, "data")) as [Buffer];
    const pid = Number(line);
    expect(readdirSync(`/proc/${pid}/fd`).length).to.be.above(60);
    node.kill("SIGKILL");
    const begin = performance.now();
    while (existsSync(`/proc/${pid}/fd/0`)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(performance.now() - begin).to.be.below(2000);
  });

  it("says what to do where there are no TAP devices", async () => {
    const script = `
      const at = (path) => import("${ROOT}dist/" + path);
      const { Clock } = await at("src/index.js");
      const { createLinkCore } = await at("src/host/links/core.js");
      const { pair, guestNames, PERFECT } = await at("test/host/links/network.js");
      const options = { network: pair(PERFECT), guests: guestNames(2), seed: 1, sysctls: {} };
      await createLinkCore({ ...options, clock: new Clock({ tdf: 1 }) }).catch(({ code, line }) => console.log(code, line));`;
    const hidden = 'mount -t tmpfs none /dev/net && exec "$@"';
    const node = [process.execPath, "--input-type=module", "-e", script];
    const { stdout } = await run("unshare", ["--mount", "sh", "-c", hidden, "sh", ...node]);
    expect(stdout).to.match(/^unsupported .*\/dev\/net\/tun.*modprobe tun/);
  });

  it("sets the least retransmission timeout by routes where the kernel has no setting for it", async () => {
    const script = `
      const at = (path) => import("${ROOT}dist/" + path);
      const { execFileSync } = await import("node:child_process");
      const { Clock } = await at("src/index.js");
      const { createLinkCore } = await at("src/host/links/core.js");
      const { tcpTimers } = await at("src/scale/tcp_timers.js");
      const { pair, guestNames, PERFECT } = await at("test/host/links/network.js");
      const clock = new Clock({ tdf: 10 });
      const core = await createLinkCore({ network: pair(PERFECT), guests: guestNames(2), clock, seed: 1, sysctls: tcpTimers(clock.tdf) });
      for (const family of ["-4", "-6"])
        console.log(execFileSync("nsenter", ["--net=" + core.namespacePath("g1"), "ip", family, "route"], { encoding: "utf8" }));
      await core.close();`;
    const hidden = 'mount -t tmpfs none /proc/sys && exec "$@"';
    const node = [process.execPath, "--input-type=module", "-e", script];
    const { stdout } = await run("unshare", ["--mount", "sh", "-c", hidden, "sh", ...node]);
    expect(stdout).to.match(/^10\.0\.0\.0\/8 dev eth0 .*src 10\.0\.0\.2 rto_min lock 2s *$/m);
    expect(stdout).to.match(/^fd00::\/64 dev eth0 .*rto_min lock 2s/m);
    expect(stdout.match(/^10\.0\.0\.0\/8/gm)).to.have.length(1);
  });

  it("names the guest whose interface cannot be made", async () => {
    const network = pair(PERFECT);
    const ports = [
      network.ports[0],
      { guest: "g1", interface: { ...face(1), name: "a.name.much.too.long" } },
    ];
    const error = await links({ ...network, ports } as PlannedNetwork).catch((reason: unknown) => reason);
    expect(error)
      .to.be.instanceOf(DieCastError)
      .with.property("message")
      .that.contains("a.name.much.too.long");
  });

  it("goes on without an interface that its guest has removed", async () => {
    const { core } = await links(star(3, PERFECT));
    const warned = once(process, "warning");
    await inside(core, "g1", "ip", "link", "delete", "eth0");
    expect(String((await warned)[0])).to.contain("removed");
    await inside(core, "g0", "ping", "-c", "1", "10.0.0.3");
  });

  it("does not let a guest that floods starve the others", async () => {
    const { core } = await links(star(4, { ...PERFECT, bandwidthBps: 1e9 }));
    const [flood] = [
      run("nsenter", [
        `--net=${core.namespacePath("g0")}`,
        "ping",
        "-f",
        "-w",
        "1",
        "-s",
        "1400",
        "-b",
        "10.255.255.255",
      ]),
    ];
    const output = await inside(core, "g2", "ping", "-c", "10", "-i", "0.05", "10.0.0.4");
    expect(output).to.contain(" 0% packet loss");
    await flood?.catch(() => {});
  });
});
