import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Clock } from "../../src/clock/clock.js";
import type { Model } from "../../src/run/model.js";
import type { Program } from "../../src/run/program.js";
import { Startup } from "../../src/run/startup.js";

/** Groups, and how long the host takes to get one of their guests to its gate; ms, real. */
const GROUPS = {
  db: { count: 2, after: [], takesMs: 1 },
  web: { count: 3, after: ["db"], takesMs: 5 },
  cache: { count: 2, after: ["db"], takesMs: 40 },
  client: { count: 2, after: ["web", "cache"], takesMs: 5 },
  watcher: { count: 1, after: ["cache", "web"], takesMs: 20 },
};

describe("the start of programs", () => {
  let clock: Clock;
  let events: string[];
  beforeEach(() => {
    clock = new Clock({ tdf: 1, frozen: true });
    events = [];
  });
  afterEach(() => clock.close());

  function startup(failing?: string): Startup {
    const programs = Object.entries(GROUPS).flatMap(([group, { count, after, takesMs }]) =>
      Array.from({ length: count }, () => ({
        plan: { name: group, group: { name: group, after } },
        start: async (gate: number) => {
          await sleep(takesMs);
          if (group === failing) throw new Error(`no ${group}`);
          events.push(`${group} at gate ${gate}`);
        },
      })),
    );
    const openGates = (gate: number) => {
      clock.openGates(gate);
      events.push(`gate ${gate} is open`);
    };
    const model = {
      clock: { now: () => clock.now(), tdf: clock.tdf, resume: () => clock.resume(), openGates },
      plan: {
        experiment: { guests: Object.keys(GROUPS).map((name) => ({ name })), phases: { readyNs: 60e9 } },
      },
    };
    return new Startup(
      model as unknown as Model,
      programs as unknown as Program[],
      () => ({ stdout: "", stderr: "" }),
      new AbortController().signal,
    );
  }

  it("has all that wait for the same others begin together, when the last one is ready for it", async () => {
    const starting = startup();
    await starting.load();
    expect(events).to.deep.equal(["db at gate 0", "db at gate 0"]);
    await starting.release();
    expect(events.slice(2)).to.deep.equal([
      ...Array(3).fill("web at gate 1"),
      ...Array(2).fill("cache at gate 1"),
      "gate 1 is open",
      ...Array(2).fill("client at gate 2"),
      "watcher at gate 2",
      "gate 2 is open",
    ]);
  });

  it("fails with the first that cannot be started", async () => {
    const starting = startup("cache");
    await starting.load();
    const error = await starting.release().catch((caught: Error) => caught);
    expect(error).to.be.an("error").with.property("message", "no cache");
    expect(events.join()).not.to.contain("client");
  });
});
