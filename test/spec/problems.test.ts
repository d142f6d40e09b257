import { expect } from "chai";
import { problemsOf, problemsWith, QUICKSTART } from "./experiments.js";

const GUESTS = { web: { run: "true" }, client: { run: "true", count: 3 } };
const NETWORK = {
  switches: ["core"],
  links: [
    { from: "web", to: "core" },
    { from: "client", to: "core" },
  ],
};
const TWO = { guests: GUESTS, network: NETWORK };

function links(...more: object[]) {
  return { guests: GUESTS, network: { ...NETWORK, links: [...NETWORK.links, ...more] } };
}

describe("an experiment with several mistakes", () => {
  it("is told all of them at once, in the order of the file, each with its place", async () => {
    const text = QUICKSTART.replace("cpu: 0.5", "cpu: 0")
      .replace("tcp: 8080", "tcp: 70000")
      .replace("count: 8", "cuont: 8")
      .replace("loss: 0.1%", "loss: 101%")
      .replace("to: edge, bandwidth", "to: egde, bandwidth")
      .replace("measure: 20s", "measure: 20")
      .replace("guest: client, csv", "guest: cleint, csv");
    expect(await problemsOf(text)).to.deep.equal([
      "experiment.yaml:3:18: machines.server.cpu: expected a number of cores from 1/1000 to 4096, such as 0.5 or 3/4, found 0",
      "experiment.yaml:6:69: guests.web.ready.tcp: expected a port 1 to 65535, found 70000",
      'experiment.yaml:7:30: guests.client.cuont: unknown key; did you mean "count"?',
      'experiment.yaml:12:67: network.links[1].loss: expected a probability such as 0.5%, from 0 to 100%, or a map of toBad and toGood, found "101%"',
      'experiment.yaml:13:27: network.links[2].to: expected the name of a guest, a group or a switch, found "egde"; did you mean "edge"?',
      "experiment.yaml:14:32: phases.measure: expected a duration such as 10ms (ns, us, ms, s, min, h), found 20",
      'experiment.yaml:20:24: metrics.latency.guest: expected the name of a group, found "cleint"; did you mean "client"?',
    ]);
  });
});

describe("what an experiment may not say", () => {
  const cases: [what: string, more: Record<string, unknown>, problem: string | RegExp][] = [
    ["no guest", { guests: {} }, "guests: expected at least one guest, found an empty map"],
    ["an empty run", { guests: { a: { run: [] } } }, /^guests\.a\.run: expected a command/],
    [
      "an unknown machine",
      { guests: { a: { machine: "big" } } },
      'guests.a.machine: expected the name of a machine, found "big"; there is none',
    ],
    [
      "names that are the same after expansion",
      { guests: { a: { count: 2 }, "a-1": {} } },
      'guests.a-1: "a-1" is a guest of group a already; expected another name',
    ],
    [
      "a switch named like a guest",
      { ...TWO, guests: { ...GUESTS, core: {} } },
      /"core" is group core already/,
    ],
    [
      "a cycle",
      { guests: { a: { after: "c" }, b: { after: "a" }, c: { after: ["b"] } } },
      "guests.b.after: expected no cycle, found a → c → b → a",
    ],
    [
      "a group that waits for itself",
      { guests: { a: { after: "a" } } },
      "guests.a.after: expected other groups, found the group itself",
    ],
    [
      "two ready checks",
      { guests: { a: { run: "x", ready: { tcp: 1, log: "x" } } } },
      "guests.a.ready: expected one of tcp, command, log, found tcp and log",
    ],
    [
      "a bad regular expression",
      { guests: { a: { run: "x", ready: { log: "(" } } } },
      'guests.a.ready.log: expected a regular expression, found "("',
    ],
    [
      "scratch beyond memory",
      { machines: { m: { memory: "8MiB", scratch: "9MiB" } } },
      /^machines\.m\.scratch: expected at most the machine's memory/,
    ],
    [
      "a link to itself",
      links({ from: "web", to: "web" }),
      'network.links[2].to: expected another end than from, found "web"',
    ],
    [
      "a link of a guest with its group",
      links({ from: "client-1", to: "client" }),
      "network.links[2].to: expected two different ends, found a guest and its own group",
    ],
    [
      "two links of one name",
      links({ from: "web", to: "core" }),
      'network.links[2]: another link is named "web-core"; expected a name of its own',
    ],
    [
      "too much uniform jitter",
      links({ name: "x", from: "web", to: "core", latency: "1ms", jitter: "2ms", distribution: "uniform" }),
      /^network\.links\[2\]\.jitter: expected at most the latency/,
    ],
    [
      "ECN without RED",
      links({ name: "x", from: "web", to: "core", ecn: true }),
      /^network\.links\[2\]\.ecn: expected red beside it/,
    ],
    [
      "RED thresholds that cross",
      links({ name: "x", from: "web", to: "core", red: { least: 9, most: 5 } }),
      /^network\.links\[2\]\.red\.least: expected less than most/,
    ],
    [
      "RED in another unit",
      links({ name: "x", from: "web", to: "core", queue: "64KiB", red: { least: 5 } }),
      /^network\.links\[2\]\.red\.least: expected a size, like the queue/,
    ],
    [
      "a bad direction",
      links({ name: "x", from: "web", to: "core", reverse: { from: "web" } }),
      /^network\.links\[2\]\.reverse\.from: unknown key/,
    ],
    [
      "a guest without a link",
      { ...TWO, guests: { ...GUESTS, lost: {} } },
      "guests.lost: expected a path to every other guest, found no link to lost",
    ],
    [
      "islands",
      {
        guests: GUESTS,
        network: {
          switches: ["x", "y"],
          links: [
            { from: "web", to: "x" },
            { from: "client", to: "y" },
          ],
        },
      },
      "guests.client: expected a path to every other guest, found no path from client-1 and 2 more to web",
    ],
    [
      "too small a network",
      { guests: GUESTS, network: { ...NETWORK, ipv4: "10.0.0.0/30" } },
      'network.ipv4: expected a network with at least 4 addresses, found "10.0.0.0/30"',
    ],
    [
      "loopback as network",
      { guests: GUESTS, network: { ...NETWORK, ipv4: "127.0.0.0/8" } },
      /^network\.ipv4: expected an IPv4 network/,
    ],
    [
      "bits behind the prefix",
      { guests: GUESTS, network: { ...NETWORK, ipv6: "fd00::1/64" } },
      /^network\.ipv6: expected an IPv6 network/,
    ],
    [
      "an event too late",
      { events: [{ at: "11s", guest: "a", kill: true }] },
      "events[0].at: expected at most 10 s, the end of the measuring, found 11 s",
    ],
    [
      "an event of nothing",
      { events: [{ at: "1s" }] },
      "events[0]: expected one of link and guest, found none",
    ],
    [
      "an event without action",
      { events: [{ at: "1s", guest: "a" }] },
      "events[0]: expected one of kill, signal, restart, run, found none",
    ],
    [
      "an event of both kinds",
      { events: [{ at: "1s", guest: "a", kill: true, set: { up: false } }] },
      "events[0].set: belongs to events of a link, found in one of a guest",
    ],
    [
      "an unknown link",
      { ...TWO, events: [{ at: "1s", link: "web-cor", set: { up: false } }] },
      'events[0].link: expected the name of a link, found "web-cor"; did you mean "web-core"?',
    ],
    [
      "a metric of one guest",
      { ...TWO, metrics: { m: { guest: "client-1", stdout: "(x)" } } },
      'metrics.m.guest: expected the name of a group, found "client-1", one guest of client',
    ],
    [
      "a pattern without a group",
      { metrics: { m: { guest: "a", stdout: "x" } } },
      /^metrics\.m\.stdout: expected a regular expression with exactly one group/,
    ],
    [
      "CSV without a column",
      { metrics: { m: { guest: "a", csv: "x.csv" } } },
      "metrics.m.column: expected the name of the column with the numbers, found nothing",
    ],
    [
      "combine with CSV",
      { metrics: { m: { guest: "a", csv: "x.csv", column: "y", combine: "sum" } } },
      /^metrics\.m\.combine: belongs to stdout and stderr/,
    ],
    ["a day that is none", { start: "2030-02-30" }, /^start: expected a date such as/],
    [
      "a name taken by an interface",
      {
        guests: { web: {}, "web-eth1": {} },
        network: {
          switches: ["s"],
          links: [
            { from: "web", to: "s" },
            { name: "b", from: "web", to: "s" },
            { from: "web-eth1", to: "s" },
          ],
        },
      },
      /"web-eth1" is the name of an interface of web already/,
    ],
    ["localhost", { guests: { localhost: {} } }, /^guests\.localhost: expected a name/],
    [
      "__proto__",
      { guests: { a: {}, ...JSON.parse('{"x":{"__proto__":1}}') } },
      /^guests\.x\.__proto__: unknown key/,
    ],
  ];
  for (const [what, more, problem] of cases) {
    it(`refuses ${what}`, () => {
      const found = problemsWith(more);
      expect(found).to.have.length(1);
      if (typeof problem === "string") expect(found[0]).to.equal(problem);
      else expect(found[0]).to.match(problem);
    });
  }

  it("allows several guests without any link", () => {
    expect(problemsWith({ guests: GUESTS })).to.deep.equal([]);
  });

  it("allows a guest that joins two networks", () => {
    const network = {
      links: [
        { from: "a", to: "b" },
        { from: "b", to: "c" },
      ],
    };
    expect(problemsWith({ guests: { a: {}, b: {}, c: {} }, network })).to.deep.equal([]);
  });
});
