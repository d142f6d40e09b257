import { once } from "node:events";
import { expect } from "chai";
import { Clock, spawn } from "../../src/index.js";
import { buildC, SOURCES } from "../guests/build.js";
import { parseLine, run } from "../guests/run.js";
import { expectNoFaults, onlyLate } from "../guests/suite.js";
import { faultsOf } from "../guests/verdict.js";
import { DIECAST } from "../paths.js";
import { expectDuration } from "../tolerance.js";

const isRoot = process.getuid?.() === 0;
const rootOnly = isRoot ? it : (title: string) => it.skip(`${title} (skipped: needs root)`);

describe("one second at TDF 10", function () {
  this.timeout(60_000);

  it("takes ten, and the shell's own time says one", async () => {
    const done = await run(DIECAST, [
      "exec",
      "--tdf",
      "10",
      "--",
      "bash",
      "-c",
      "TIMEFORMAT=%R; time sleep 1",
    ]);
    const setup = done.command;
    const measuredNs = Number(done.stderr.trim()) * 1e9;
    expectDuration({
      what: "time sleep 1",
      expectedNs: 1e9,
      measuredNs,
      tdf: 10,
      grainNs: 1e6,
      lateNs: 100e6,
      setup,
    });
    // Node and two programs start before it.
    expectDuration({
      what: "real time",
      expectedNs: 10e9,
      measuredNs: done.realMs * 1e6,
      tdf: 1,
      lateNs: 500e6,
      setup,
    });
    expect(done.realMs, "real time, from above").to.be.below(11_000);
  });
});

describe("the ends of the range of TDFs", function () {
  this.timeout(30_000);

  for (const [tdf, seconds] of [
    ["10000", "0.0001"],
    ["1/1000", "500"],
    ["7/3", "0.1"],
  ] as const) {
    it(`TDF ${tdf}: a sleep of ${seconds} s`, async () => {
      const done = await run("sleep", [seconds], { tdf });
      const expectedNs = Number(seconds) * done.tdf * 1e9;
      const measuredNs = done.realMs * 1e6;
      expect(done.code, done.stderr).to.equal(0);
      expectDuration({
        what: "real time",
        expectedNs,
        measuredNs,
        tdf: 1,
        lateNs: 300e6,
        setup: done.command,
      });
    });
  }

  // Durations only: an old value or an interval may come back up to 3 ns off, which is what a nanosecond of the host is.
  for (const guest of ["sleeps", "polls", "futexes", "timerfds"]) {
    it(`TDF 1/3: faster than the host (${guest})`, async () => {
      const program = await buildC(guest);
      let done = await run(program, [], { tdf: "1/3" });
      for (let i = 0; i < 2 && onlyLate(faultsOf(done)); i++) done = await run(program, [], { tdf: "1/3" });
      expectNoFaults(faultsOf(done), done);
    });
  }
});

// 3 February 2003, 04:05:06 UTC: long before the host's files were made.
const START_S = 1044245106;

describe("with the virtual clock far behind the real one", function () {
  this.timeout(60_000);
  const options = { tdf: "10", launcherOptions: ["--start", `${START_S}000000000`] };

  for (const [name, command] of [
    ["file times", async () => await buildC("file_times")],
    ["make, touch, cp -p, find, tar", async () => `${SOURCES}bash/waits.sh`],
    ["stamps on packets", async () => await buildC("packet_stamps")],
    ["clocks", async () => await buildC("clocks")],
  ] as const) {
    it(`${name} are sane`, async () => {
      let done = await run(await command(), [], options);
      for (let i = 0; i < 2 && onlyLate(faultsOf(done)); i++) done = await run(await command(), [], options);
      const off = done.lines.filter(
        (line) => line.name.startsWith("set.") && line.values.get("atime_off") !== "0",
      );
      expect(off.map((line) => line.name)).to.deep.equal([]);
      expectNoFaults(faultsOf(done), done);
    });
  }

  it("the date is the one that was asked for, in exec too", async () => {
    const args = [
      "exec",
      "--tdf",
      "3",
      "--start",
      "2003-02-03T04:05:06Z",
      "--",
      "date",
      "-u",
      "+%F %H:%M %s",
    ];
    const done = await run(DIECAST, args);
    const [day, time, seconds] = done.stdout.trim().split(" ");
    expect([day, time], done.stderr).to.deep.equal(["2003-02-03", "04:05"]);
    expect(Number(seconds)).to.be.within(START_S, START_S + 2);
  });

  it("--no-file-times shows the host's stamps", async () => {
    const script = 'f=$(mktemp) && stat -c %Y "$f" && rm "$f"';
    const dilated = await run("sh", ["-c", script], options);
    expect(Number(dilated.stdout)).to.be.within(START_S - 1, START_S + 5);
    const host = await run("sh", ["-c", script], {
      ...options,
      launcherOptions: [...options.launcherOptions, "--no-file-times"],
    });
    expect(Number(host.stdout)).to.be.closeTo(Date.now() / 1000, 10);
  });
});

describe("guests that share a clock", function () {
  this.timeout(30_000);

  it("agree on the time with each other and with the library", async () => {
    const clock = new Clock({ tdf: 4, start: "2030-01-01T00:00:00Z" });
    const program = await buildC("tell_time");
    const guests = [0, 1, 2].map(() => spawn(program, [], { clock, stdio: ["pipe", "pipe", "inherit"] }));
    const ended = new AbortController();
    for (const guest of guests) {
      guest.exited.then(
        () => ended.abort(new Error("a guest ended")),
        (cause) => ended.abort(cause),
      );
    }
    try {
      let last = 0n;
      for (let round = 0; round < 30; round++) {
        const guest = guests[round % guests.length] as (typeof guests)[number];
        const before = clock.now();
        guest.stdin?.write("?\n");
        const [answer] = (await once(guest.stdout as NodeJS.EventEmitter, "data", {
          signal: ended.signal,
        })) as [Buffer];
        const after = clock.now();
        const line = parseLine(`${answer}`.trim(), 0);
        const monotonic = BigInt(line.values.get("monotonic") ?? "0");
        const realtime = BigInt(line.values.get("realtime") ?? "0");
        const told = `round ${round}: ${before.virtualNs} ≤ ${monotonic} ≤ ${after.virtualNs}`;
        expect(monotonic >= before.virtualNs && monotonic <= after.virtualNs, told).to.equal(true);
        expect(
          realtime >= before.virtualWallNs && realtime <= after.virtualWallNs,
          "the wall clock",
        ).to.equal(true);
        expect(monotonic > last, `${monotonic} after ${last}`).to.equal(true);
        last = monotonic;
        if (round === 10) await clock.setRate(20);
        if (round === 20) await clock.setRate(1);
      }
    } finally {
      for (const guest of guests) guest.stdin?.end();
      await Promise.allSettled(guests.map((guest) => guest.exited));
      clock.close();
    }
  });
});

describe("a CPU cap", function () {
  this.timeout(60_000);

  rootOnly("lets a guest do as much work as its cores, and it sees 100 % of them", async () => {
    const program = await buildC("busy");
    const measure = async (command: string, args: readonly string[]) => {
      const done = await run(command, args);
      const values = done.lines[0]?.values;
      return { share: Number(values?.get("share")), rounds: Number(values?.get("rounds")), done };
    };
    // The host may be busy elsewhere: the best of some attempts counts.
    let ratio = 0;
    let share = 0;
    let setup = "";
    for (let attempt = 0; attempt < 3 && (ratio < 0.4 || ratio > 0.6 || share < 0.85); attempt++) {
      const native = await measure(program, ["--wall=600"]);
      const capped = await measure(DIECAST, [
        "exec",
        "--tdf",
        "3",
        "--cpu",
        "0.5",
        "--",
        program,
        "--wall=600",
      ]);
      ratio = capped.rounds / native.rounds;
      share = capped.share;
      setup = `${capped.done.command}: ${capped.done.stderr}`;
    }
    expect(ratio, `work done against native, ${setup}`).to.be.within(0.35, 0.65);
    expect(share, `CPU time perceived, ${setup}`).to.be.within(0.75, 1.1);
  });
});
