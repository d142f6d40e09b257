import { expect } from "chai";
import { formatIpv6 } from "../../src/plan/addresses.js";
import { hostsFile } from "../../src/plan/hosts.js";
import type { Plan } from "../../src/plan/plan.js";
import { planExperiment } from "../../src/plan/planner.js";
import { parseTdf } from "../../src/scale/tdf.js";
import { experiment } from "../spec/experiments.js";

const TEN = parseTdf("10", "tdf");

function planOf(more: Record<string, unknown>): Plan {
  return planExperiment(experiment(more), { tdf: TEN });
}

function guest(plan: Plan, name: string) {
  const found = plan.guests.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no guest ${name}`);
  return found;
}

/** The pipes that a packet takes from one guest's eth0 to another's, by their names. */
function path({ network }: Plan, from: string, to: string): string[] {
  const port = (name: string) => network.ports.findIndex((one) => one.guest === name);
  const target = port(to);
  const names: string[] = [];
  let pipe = network.pipes.find(({ from: end }) => "port" in end && end.port === port(from));
  while (pipe !== undefined && names.length < 20) {
    names.push(pipe.name);
    const end = pipe.to;
    if (!("switch" in end)) break;
    const route = network.tables[end.switch]?.find(({ ports }) => ports.includes(target));
    pipe = route && network.pipes[route.pipe];
  }
  return names;
}

describe("planExperiment", () => {
  const guests = { a: {}, b: { count: 2 } };
  const star = {
    switches: ["s"],
    links: [
      { from: "a", to: "s", latency: "1ms" },
      { from: "b", to: "s", bandwidth: "1Mbit/s", reverse: { bandwidth: "8Mbit/s" } },
    ],
  };

  it("gives every port addresses by its number", () => {
    const plan = planOf({ guests, network: star });
    expect(
      plan.network.ports.map((port) => [
        port.guest,
        port.interface.ipv4,
        port.interface.ipv6,
        port.interface.mac,
      ]),
    ).to.deep.equal([
      ["a", "10.0.0.1", "fd00:dc::1", "02:dc:00:00:00:00"],
      ["b-1", "10.0.0.2", "fd00:dc::2", "02:dc:00:00:00:01"],
      ["b-2", "10.0.0.3", "fd00:dc::3", "02:dc:00:00:00:02"],
    ]);
  });

  it("takes addresses from the networks of the file", () => {
    const plan = planOf({ guests, network: { ...star, ipv4: "192.168.4.0/22", ipv6: "2001:db8:1::/48" } });
    expect(plan.network.ports[2]?.interface).to.deep.include({
      ipv4: "192.168.4.3",
      ipv4PrefixLength: 22,
      ipv6: "2001:db8:1::3",
      ipv6PrefixLength: 48,
    });
  });

  it("makes two pipes of each link, each the other's opposite, with their own parameters", () => {
    const { pipes } = planOf({ guests, network: star }).network;
    expect(
      pipes.map(({ name, parameters, opposite }) => [name, parameters.bandwidthBps, opposite]),
    ).to.deep.equal([
      ["a>s", undefined, 1],
      ["s>a", undefined, 0],
      ["b-1>s", 1e6, 3],
      ["s>b-1", 8e6, 2],
      ["b-2>s", 1e6, 5],
      ["s>b-2", 8e6, 4],
    ]);
  });

  it("tells each guest who it is", () => {
    const plan = planExperiment(experiment({ guests: { b: { count: 2, env: { X: 1 } } } }), {
      tdf: TEN,
      seed: 7,
    });
    expect(guest(plan, "b-2").environment).to.deep.equal({
      X: "1",
      DIECAST_GUEST: "b-2",
      DIECAST_INDEX: "2",
      DIECAST_COUNT: "2",
      DIECAST_SEED: "7",
    });
  });

  it("caps processors, on another host by what its cores are to the reference's", () => {
    const one = experiment({ machines: { default: { cpu: 0.5 } } });
    const here = planExperiment(one, { tdf: TEN });
    expect(guest(here, "a").cpu?.bandwidth).to.deep.equal({ periodUs: 80_000n, quotaUs: 4000n });
    const faster = planExperiment(one, { tdf: TEN, cpuFactor: 0.5 });
    expect(guest(faster, "a").cpu?.bandwidth).to.deep.equal({ periodUs: 53_333n, quotaUs: 1333n });
  });

  it("refuses a share of a processor that the kernel cannot give", () => {
    const one = experiment({ machines: { default: { cpu: 0.005 } } });
    expect(() => planExperiment(one, { tdf: TEN })).to.throw(
      "guest a: expected a TDF of at most 5 with cpu 0.005, got 10",
    );
  });
});

describe("routes", () => {
  it("are the shortest by latency, then by hops, then by the order of the file", () => {
    const network = {
      switches: ["x", "y", "z"],
      links: [
        { from: "a", to: "x" },
        { from: "b", to: "z" },
        { from: "x", to: "z", latency: "10ms" },
        { from: "x", to: "y", latency: "4ms" },
        { from: "y", to: "z", latency: "4ms" },
      ],
    };
    const routed = (change: (links: { latency?: string }[]) => void) => {
      const links = structuredClone(network.links);
      change(links);
      return path(planOf({ guests: { a: {}, b: {} }, network: { ...network, links } }), "a", "b");
    };
    expect(routed(() => {})).to.deep.equal(["a>x", "x>y", "y>z", "z>b"]);
    expect(routed((links) => Object.assign(links[2] as object, { latency: "8ms" }))).to.deep.equal([
      "a>x",
      "x>z",
      "z>b",
    ]);
    // By hops, not because it stands first.
    const lastAndEqual = (links: { latency?: string }[]) => {
      const [direct] = links.splice(2, 1);
      links.push({ ...direct, latency: "8ms" });
    };
    expect(routed(lastAndEqual)).to.deep.equal(["a>x", "x>z", "z>b"]);
    const twin = { name: "twin", from: "x", to: "z", latency: "1ms" };
    expect(routed((links) => links.push(twin, { ...twin, name: "later" } as never))).to.deep.equal([
      "a>x",
      "twin:x>z",
      "z>b",
    ]);
  });

  it("may differ by direction", () => {
    const network = {
      switches: ["x", "y"],
      links: [
        { from: "a", to: "x" },
        { from: "b", to: "y" },
        { name: "p", from: "x", to: "y", latency: "1ms", reverse: { latency: "9ms" } },
        { name: "q", from: "x", to: "y", latency: "9ms", reverse: { latency: "1ms" } },
      ],
    };
    const plan = planOf({ guests: { a: {}, b: {} }, network });
    expect(path(plan, "a", "b")).to.deep.equal(["a>x", "p:x>y", "y>b"]);
    expect(path(plan, "b", "a")).to.deep.equal(["b>y", "q:y>x", "x>a"]);
  });

  it("go through the nearer interface of a guest with several", () => {
    const network = {
      switches: ["x", "y"],
      links: [
        { from: "a", to: "x" },
        { name: "a2", from: "a", to: "y" },
        { from: "b", to: "y" },
        { from: "c", to: "x" },
        { from: "x", to: "y", latency: "5ms" },
      ],
    };
    const plan = planOf({ guests: { a: {}, b: {}, c: {} }, network });
    const b = guest(plan, "b").interfaces[0];
    expect(guest(plan, "a").interfaces.map(({ hosts }) => hosts)).to.deep.equal([[], [b?.ipv4, b?.ipv6]]);
    expect(guest(plan, "b").nearest).to.deep.equal({ a: "eth1" });
    expect(guest(plan, "c").nearest).to.deep.equal({});
  });

  it("are laid for a thousand guests and fifty switches in little time", () => {
    const switches = Array.from({ length: 50 }, (_, i) => `s${i}`);
    const groups = switches.map((name, i) => [`g${i}`, name] as const);
    const rings = [1, 7].flatMap((step) =>
      switches.map((name, i) => ({
        name: `r${step}-${i}`,
        from: name,
        to: `s${(i + step) % 50}`,
        latency: `${i + step}ms`,
      })),
    );
    const big = experiment({
      guests: Object.fromEntries(groups.map(([group]) => [group, { count: 20 }])),
      network: { switches, links: [...groups.map(([group, to]) => ({ from: group, to })), ...rings] },
    });
    const began = performance.now();
    const plan = planExperiment(big, { tdf: TEN });
    expect(performance.now() - began).to.be.lessThan(3000);
    expect(
      plan.network.tables.every((table) => table.flatMap(({ ports }) => ports).length === 1000),
    ).to.equal(true);
  });
});

describe("hostsFile", () => {
  const network = {
    links: [
      { from: "a", to: "b" },
      { from: "b", to: "c" },
    ],
  };
  const plan = () => planOf({ guests: { a: {}, b: {}, c: {} }, network });

  it("has each guest's name with its first address, further interfaces by their own names", () => {
    expect(hostsFile(plan())).to.equal(
      [
        "127.0.0.1\tlocalhost",
        "::1\tlocalhost ip6-localhost ip6-loopback",
        "10.0.0.1\ta",
        "fd00:dc::1\ta",
        "10.0.0.2\tb b-eth0",
        "fd00:dc::2\tb b-eth0",
        "10.0.0.3\tb-eth1",
        "fd00:dc::3\tb-eth1",
        "10.0.0.4\tc",
        "fd00:dc::4\tc",
        "",
      ].join("\n"),
    );
  });

  it("has the address that a guest can reach", () => {
    expect(hostsFile(plan(), "c")).to.contain("10.0.0.3\tb b-eth1\n").and.to.contain("10.0.0.2\tb-eth0\n");
  });

  it("has a guest's own name without a network, too", () => {
    expect(hostsFile(planOf({}), "a")).to.contain("127.0.1.1\ta\n");
  });
});

describe("formatIpv6", () => {
  for (const [value, text] of [
    [0n, "::"],
    [1n, "::1"],
    [0xfd00_00dc_0000_0000_0000_0000_0001_0000n, "fd00:dc::1:0"],
    [0x2001_0db8_0000_0001_0001_0001_0001_0001n, "2001:db8:0:1:1:1:1:1"],
    [0x0001_0000_0000_0002_0000_0000_0000_0003n, "1:0:0:2::3"],
  ] as const) {
    it(`writes ${text}`, () => {
      expect(formatIpv6(value)).to.equal(text);
    });
  }
});
