import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { expect } from "chai";
import { build32, buildC } from "../guests/build.js";
import { LAUNCHER, parseLine, type Run, run } from "../guests/run.js";
import { expectNoFaults } from "../guests/suite.js";
import { faultsOf } from "../guests/verdict.js";
import { ROOT } from "../paths.js";

const command = promisify(execFile);

/** How long the guest waits, in its own time, while somebody looks at it. */
const WAIT_MS = 1000;
/** gdb stops what it looks at until it has read all symbols: more than a second where others are at work. */
const GDB_WAIT_MS = 3000;

/** Starts a guest, does something to its process while it waits, and reads what it perceived. */
async function disturbed(
  tdf: string | undefined,
  disturb: (pid: number) => Promise<unknown>,
  waitMs: number,
): Promise<Run> {
  const program = await buildC("long_waits");
  const args = [`--wait=${waitMs}`, "--survivors=1"];
  const words =
    tdf === undefined ? [program, ...args] : [LAUNCHER, "--tdf", `${tdf}/1`, "--", program, ...args];
  const child = spawn(words[0] as string, words.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  try {
    let stdout = "";
    const ready = new Promise<number>((resolve, reject) => {
      child.stdout.setEncoding("utf8").on("data", (piece: string) => {
        stdout += piece;
        const pid = /^ready pid=(\d+)$/m.exec(stdout)?.[1];
        if (pid !== undefined) resolve(Number(pid));
      });
      child.once("error", reject);
      child.once("exit", () => reject(new Error(`the guest ended before it was ready: ${stdout}`)));
    });
    const ended = once(child, "close");
    await disturb(await ready);
    const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
    const lines = stdout.split("\n").filter((line) => line !== "" && !/^(begin|end|ready) /.test(line));
    return {
      command: words.join(" "),
      tdf: Number(tdf ?? 1),
      lines: lines.map((line) => parseLine(line, 0)),
      stdout,
      stderr: "",
      code,
      signal,
      timedOut: false,
      realMs: 0,
      directory: "",
    };
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
  }
}

async function expectUndisturbed(
  disturb: (pid: number) => Promise<unknown>,
  waitMs = WAIT_MS,
): Promise<void> {
  const [native, dilated] = await Promise.all([
    disturbed(undefined, disturb, waitMs),
    disturbed("3", disturb, waitMs),
  ]);
  const faults = [...faultsOf(native), ...faultsOf(dilated, native)];
  expect(faults.map((fault) => fault.text)).to.deep.equal(
    [],
    `${dilated.command} (attach to it while it waits)`,
  );
}

describe("tracers", function () {
  this.timeout(60_000);

  it("gdb -p looks at a guest from outside while it waits", async () => {
    let output = "";
    await expectUndisturbed(async (pid) => {
      const { stdout } = await command("gdb", [
        "-p",
        `${pid}`,
        "-batch",
        "-nx",
        "-ex",
        "info threads",
        "-ex",
        "x/i $pc",
      ]);
      output += stdout;
    }, GDB_WAIT_MS);
    expect(output).to.match(/Thread 0x.*LWP/);
  });

  it("strace -p follows a guest from outside while it waits", async () => {
    await expectUndisturbed(async (pid) => {
      const strace = spawn("strace", ["-f", "-p", `${pid}`], { stdio: ["ignore", "ignore", "pipe"] });
      strace.stderr.resume();
      const ended = once(strace, "close");
      await new Promise((resolve) => setTimeout(resolve, 300));
      strace.kill("SIGINT");
      await ended;
    });
  });

  it("SIGSTOP and SIGCONT from outside do not lengthen a wait", async () => {
    await expectUndisturbed(async (pid) => {
      process.kill(pid, "SIGSTOP");
      await new Promise((resolve) => setTimeout(resolve, 200));
      process.kill(pid, "SIGCONT");
    });
  });

  it("an exec by a process that is traced inside a guest is refused, and said why", async () => {
    const done = await run("strace", ["-o", "/dev/null", "true"], { tdf: "3" });
    expect(done.code, done.stderr).to.not.equal(0);
    expect(done.stderr).to.match(/^diecast: .*traced/m);
    expect(done.timedOut).to.equal(false);
  });
});

describe("a 32-bit program", function () {
  this.timeout(60_000);

  it("is refused as the command", async () => {
    const program = await build32("elf32");
    const done = await run(program, [], { tdf: "3" });
    expect(done.stderr).to.match(/^diecast: .*32-bit.*\n$/);
    expect(done.code).to.equal(125);
  });

  it("is refused inside a guest, which goes on", async () => {
    const program = await build32("elf32");
    const script = `"$1"; printf 'status %s\\n' "$?"; sleep 0.01`;
    const done = await run("bash", ["-c", script, "bash", program], { tdf: "3" });
    expect(done.stderr).to.match(/^diecast: .*32-bit/m);
    expect(done.stdout).to.match(/^status [1-9]/);
    expectNoFaults(faultsOf(done), done);
  });

  it("runs natively, so that it is worth refusing", async () => {
    expect((await run(await build32("elf32"))).code).to.equal(7);
  });
});

describe("what the launcher leaves behind", function () {
  this.timeout(30_000);

  it("is nothing: descriptors of a guest are the native ones", async () => {
    const list = ["-c", "exec ls -l /proc/self/fd | awk 'NR > 1 { print $9 }'"];
    const native = await run("sh", list);
    const dilated = await run("sh", list, { tdf: "10" });
    expect(dilated.stdout).to.equal(native.stdout);
  });

  it("is not its own path in a guest's command line or environment", async () => {
    const done = await run(
      "sh",
      ["-c", "tr '\\0' '\\n' </proc/self/environ; tr '\\0' ' ' </proc/self/cmdline"],
      { tdf: "10" },
    );
    expect(
      done.stdout
        .toLowerCase()
        .replaceAll(ROOT.toLowerCase(), "")
        .replace(/^(tmpdir|pwd|oldpwd)=.*$/gm, ""),
    ).to.not.contain("diecast-launch");
  });
});
