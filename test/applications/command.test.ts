import { expect } from "chai";
import { discard, run } from "../guests/run.js";
import { DIECAST } from "../paths.js";
import { expectDuration } from "../tolerance.js";
import { pythonDriver } from "./programs.js";

// The command `diecast` as a user types it, with programs that look at the clock.

/** What starting Node takes, on a busy machine. */
const START_NS = 1e9;

async function exec(options: readonly string[], command: readonly string[]) {
  return run(DIECAST, ["exec", ...options, "--", ...command], { limitMs: 60_000 });
}

describe("diecast exec with real programs", function () {
  this.timeout(60_000);

  it("makes ten real seconds one for `time sleep`", async () => {
    const done = await exec(["--tdf", "10"], ["bash", "-c", "TIMEFORMAT=%R; time sleep 0.3"]);
    const setup = done.command;
    const told = Number(done.stderr.trim().replace(",", ".")) * 1e9;
    // Three digits are printed.
    expectDuration({ what: "time", expectedNs: 0.3e9, measuredNs: told, tdf: 10, grainNs: 0.5e6, setup });
    expectDuration({
      what: "real time",
      expectedNs: 3e9,
      measuredNs: done.realMs * 1e6,
      tdf: 1,
      lateNs: START_NS,
      setup,
    });
    discard(done);
  });

  it("makes one real second ten for `time sleep` at TDF 1/10", async () => {
    const done = await exec(["--tdf", "1/10"], ["bash", "-c", "TIMEFORMAT=%R; time sleep 10"]);
    const told = Number(done.stderr.trim().replace(",", ".")) * 1e9;
    const setup = done.command;
    expectDuration({ what: "time", expectedNs: 10e9, measuredNs: told, tdf: 0.1, grainNs: 0.5e6, setup });
    expectDuration({
      what: "real time",
      expectedNs: 1e9,
      measuredNs: done.realMs * 1e6,
      tdf: 1,
      lateNs: START_NS,
      setup,
    });
    discard(done);
  });

  it("lets programs live at another date, with files, archives and certificates of that day", async () => {
    const script = `cd "$TMPDIR" && date -u +%F && touch file && stat -c %y file | cut -c 1-10
      tar -cf a.tar file && tar -tvf a.tar | grep -o "20[0-9-]*"
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=x -keyout k -out c 2>&1 |
        grep -i error
      openssl verify -CAfile c c && openssl x509 -in c -noout -startdate | grep -o "20[0-9]*"
      perl -e 'print((gmtime)[5] + 1900, "\\n")'
      python3 -c 'import datetime; print(datetime.date.today())'`;
    const done = await exec(
      ["--tdf", "2", "--start", "2040-02-29T12:00:00Z"],
      ["sh", "-c", `TZ=UTC; export TZ; ${script}`],
    );
    const day = "2040-02-29";
    expect(done.stdout.trim().split("\n"), done.stderr).to.deep.equal([
      day,
      day,
      day,
      "c: OK",
      "2040",
      "2040",
      day,
    ]);
    discard(done);
  });

  it("passes on how a program with its own timeout ended", async () => {
    for (const [command, code] of [
      [["timeout", "0.2", "sleep", "9"], 124],
      [["timeout", "-s", "KILL", "0.2", "sleep", "9"], 137],
      [["timeout", "9", "sh", "-c", "exit 3"], 3],
    ] as const) {
      const done = await exec(["--tdf", "3"], command);
      expect(done.code, done.command + done.stderr).to.equal(code);
      discard(done);
    }
  });

  it("runs a server and its client", async () => {
    const [program = "", ...args] = await pythonDriver("redis_throughput");
    const done = await exec(["--tdf", "2"], [program, ...args]);
    expect(done.stdout, done.stderr).to.match(/^GET per_second=\d/);
    discard(done);
  });
});
