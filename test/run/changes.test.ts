import { expect } from "chai";
import { Experiment, TWO_GUESTS } from "./experiment.js";

describe("while a run goes on, it", function () {
  this.timeout(60_000);
  let experiment: Experiment | undefined;
  afterEach(function () {
    return experiment?.clear(this.currentTest?.state === "failed");
  });

  it("lets events happen at their times", async function () {
    // The verdict is on the host, too, which may have been busy.
    this.retries(2);
    experiment = new Experiment({
      ...TWO_GUESTS,
      phases: { warmup: "0.5s", measure: "2s" },
      guests: {
        a: { machine: "small" },
        b: { machine: "small", count: 1, run: "ping -D -i 0.1 a" },
      },
      events: [
        { at: "1s", link: "b-s", set: { loss: "100%" } },
        { at: "2s", link: "b-s", set: { loss: 0 } },
        { at: "2.2s", guest: "b", kill: true },
      ],
    });
    const run = await experiment.run("--tdf", "3");
    expect(run.code, run.said).to.equal(0);
    const answered = [...run.output("b").matchAll(/icmp_seq=(\d+)/g)].map((match) => Number(match[1]));
    const longest = Math.max(...answered.map((number, i) => number - (answered[i - 1] ?? number)));
    expect(longest, run.output("b")).to.be.within(9, 12);
    expect(new Set(run.record.events.map((event) => event.atNs))).to.deep.equal(new Set([1e9, 2e9, 2.2e9]));
    expect(run.record.guests.find(({ name }) => name === "b")?.ends).to.have.length(1);
  });

  it("changes what an event names of a link, in its direction, in the order of their times", async () => {
    experiment = new Experiment({
      ...TWO_GUESTS,
      phases: { warmup: "0.5s", measure: "1.7s" },
      guests: { a: { machine: "small" }, b: { machine: "small", run: "ping -i 0.1 a" } },
      events: [
        { at: "1.5s", link: "b-s", direction: "reverse", set: { latency: "60ms" } },
        { at: "0.8s", link: "b-s", direction: "forward", set: { latency: "30ms" } },
        { at: "1.2s", link: "b-s", direction: "forward", set: { loss: 0 } },
      ],
    });
    const run = await experiment.run("--tdf", "3");
    expect(run.code, run.said).to.equal(0);
    const rttsMs = [...run.output("b").matchAll(/time=([\d.]+)/g)].map((match) => Number(match[1]));
    // One a tenth of a second; two 10 ms links there and back at first.
    for (const [first, last, expectedMs] of [
      [1, 6, 40],
      [9, 13, 60],
      [17, 19, 110],
    ] as const) {
      const least = Math.min(...rttsMs.slice(first, last));
      expect(least, run.output("b")).to.be.within(expectedMs, expectedMs + 5);
    }
  });

  it("sends signals as events ask, and foresees the end only of those that end", async () => {
    const waiting = "trap 'echo heard' USR1; while :; do sleep 0.02; done";
    experiment = new Experiment({
      ...TWO_GUESTS,
      guests: { a: { machine: "small", run: waiting }, b: { machine: "small", run: "sleep 100" } },
      events: [
        { at: "0.4s", guest: "a", signal: "SIGUSR1" },
        { at: "0.4s", guest: "b", signal: "SIGTERM" },
      ],
    });
    const run = await experiment.run("--tdf", "2");
    expect(run.code, run.said).to.equal(0);
    expect(run.output("a")).to.equal("heard\n");
    expect(run.record.guests.map(({ ends }) => ends[0]?.signal)).to.deep.equal(["SIGTERM", "SIGTERM"]);
    const [a, b] = run.record.guests.map(({ ends }) => Number(ends[0]?.virtualNs));
    expect(b).to.be.within(0.4e9, 0.6e9);
    expect(a).to.be.greaterThan(1.3e9);
  });

  it("warns of an event's command that fails, not of one that still runs at the end", async () => {
    experiment = new Experiment({
      ...TWO_GUESTS,
      guests: { a: { machine: "small" }, b: { machine: "small" } },
      events: [
        { at: "0.1s", guest: "a", run: "exit 3" },
        { at: "0.1s", guest: "b", run: "sleep 1000" },
      ],
    });
    const run = await experiment.run("--tdf", "2");
    expect(run.code, run.said).to.equal(0);
    expect(run.record.warnings.filter((line) => /event/.test(line))).to.deep.equal([
      "a: the event's sh -c exit 3 ended with exit code 3",
    ]);
  });

  it("starts programs again as their policy says", async () => {
    experiment = new Experiment({
      ...TWO_GUESTS,
      guests: {
        a: {
          machine: "small",
          run: "echo again; sleep 0.2; exit 3",
          restart: { when: "on-failure", delay: "50ms", most: 2 },
          exit: [3],
        },
        b: { machine: "small", run: "echo once", restart: "on-failure", exit: 0 },
      },
    });
    const run = await experiment.run("--tdf", "2");
    expect(run.code, run.said).to.equal(0);
    expect(run.output("a")).to.equal("again\nagain\nagain\n");
    expect(run.output("b")).to.equal("once\n");
  });

  it("starts a program once when an event asks for what its policy would do, too", async () => {
    experiment = new Experiment({
      ...TWO_GUESTS,
      guests: {
        a: {
          machine: "small",
          run: "echo again; sleep 100",
          restart: { when: "always", delay: 0, most: 10 },
        },
        b: { machine: "small" },
      },
      events: [{ at: "0.5s", guest: "a", restart: true }],
    });
    const run = await experiment.run("--tdf", "2");
    expect(run.code, run.said).to.equal(0);
    expect(run.output("a")).to.equal("again\nagain\n");
    const ends = run.record.guests.find(({ name }) => name === "a")?.ends;
    expect(ends?.map(({ foreseen }) => foreseen)).to.deep.equal([true, true]);
  });

  it("starts a program that waits for its policy's delay when an event asks, and not once more then", async () => {
    experiment = new Experiment({
      ...TWO_GUESTS,
      guests: {
        a: {
          machine: "small",
          run: "echo again; if [ -e second ]; then sleep 100; fi; touch second; exit 3",
          restart: { when: "on-failure", delay: "0.8s", most: 10 },
          exit: [3],
        },
        b: { machine: "small" },
      },
      events: [{ at: "0.4s", guest: "a", restart: true }],
    });
    const run = await experiment.run("--tdf", "2");
    expect(run.code, run.said).to.equal(0);
    expect(run.output("a")).to.equal("again\nagain\n");
    expect(run.record.guests.find(({ name }) => name === "a")?.ends).to.have.length(2);
  });
});
