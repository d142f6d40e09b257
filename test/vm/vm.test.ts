import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { ROOT } from "../paths.js";

const VM = `${ROOT}scripts/vm`;

describe("scripts/vm", function () {
  // The machine is up after some 10 s, with what other tests leave of the processors (scripts/test) after 60: a limit for one that hangs.
  this.timeout(300_000);

  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "diecast-vm-test-"));
    // The first to need the kernel fetches it, and says so: not in the midst of what is compared here.
    spawnSync("sh", [`${ROOT}test/vm/kernel`], { stdio: "ignore" });
  });
  after(() => rmSync(directory, { recursive: true }));

  it("runs a command in the checkout under its own kernel: streams, files and exit code come out", () => {
    const script =
      'uname -r; pwd; echo complaint >&2; shift; printf "%s|" "$@" >/out/words; touch /etc/mark; exit 7';
    const words = ["two words", "it's", "$HOME", ""];
    const done = spawnSync(VM, ["--out", directory, "--", "sh", "-c", script, "sh", "-", ...words], {
      encoding: "utf8",
    });
    expect(done.stderr).to.equal("complaint\n");
    const [release, place] = done.stdout.split("\n");
    const ownRelease = readFileSync("/proc/sys/kernel/osrelease", "utf8").trim();
    expect(release)
      .to.match(/^\d+\.\d+/)
      .and.not.equal(ownRelease);
    expect(`${place}/`).to.equal(ROOT);
    expect(readFileSync(join(directory, "words"), "utf8")).to.equal(words.map((word) => `${word}|`).join(""));
    expect(readdirSync("/etc")).not.to.include("mark");
    expect(done.status).to.equal(7);
  });

  it("with --icount skips what is only waited for, and a wait takes exactly its time", async () => {
    const script = "a=$(date +%s%N); echo asleep; sleep 300; b=$(date +%s%N); echo $((b - a))";
    const options = ["--icount", "--cpus", "1", "--", "sh", "-c", script];
    const runner = spawn(VM, options, { stdio: ["ignore", "pipe", "pipe"] });
    const ended = once(runner, "close");
    let complaints = "";
    runner.stderr.setEncoding("utf8").on("data", (piece: string) => {
      complaints += piece;
    });
    const lines: { text: string; atMs: number }[] = [];
    for await (const text of createInterface({ input: runner.stdout }))
      lines.push({ text, atMs: Date.now() });
    expect(await ended).to.deep.equal([0, null]);
    expect(complaints).to.equal("");
    expect(lines).to.have.lengthOf(2);
    const [asleep, awake] = lines;
    expect(asleep?.text).to.equal("asleep");
    expect(Number(awake?.text)).to.be.within(300e9, 301e9);
    // Some 25 s where it has a processor to itself.
    expect((awake?.atMs ?? 0) - (asleep?.atMs ?? 0)).to.be.below(145_000);
  });

  it("takes the machine with it, even when killed with SIGKILL", async () => {
    const runner = spawn(VM, ["--out", directory, "--", "sleep", "1000"], { stdio: "ignore" });
    try {
      while (machines().length === 0) await sleep(50);
    } finally {
      runner.kill("SIGKILL");
    }
    await once(runner, "exit");
    // The kernel takes a moment to give the machine's memory back.
    while (machines().length > 0) await sleep(50);
    // Nor is there anybody left who waits for what it says.
    while (processes((words) => words.includes(`/diecast-vm.${runner.pid}.`)).length > 0) await sleep(50);
  });

  /** Processes of qemu that were given this test's directory. */
  function machines(): string[] {
    return processes((words) => words.startsWith("qemu-system") && words.includes(directory));
  }

  function processes(isOne: (words: string) => boolean): string[] {
    return readdirSync("/proc").filter((pid) => {
      if (!/^\d+$/.test(pid)) return false;
      try {
        return isOne(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      } catch {
        return false; // It has ended meanwhile.
      }
    });
  }

  const complaints: readonly (readonly [string, string[], RegExp])[] = [
    ["no command", [], /^vm: no command; usage: /],
    ["an unknown option", ["--cores", "2", "--", "true"], /^vm: --cores is no option; usage: /],
    ["an option without its value", ["--memory"], /^vm: --memory needs a value; usage: /],
    ["a size that is none", ["--memory", "much", "--", "true"], /^vm: --memory: expected .*, found much\n$/],
    ["a number that is none", ["--cpus", "0", "--", "true"], /^vm: --cpus: expected .*, found 0\n$/],
    ["a directory that is not there", ["--out", "/nowhere", "--", "true"], /^vm: --out: .*\/nowhere\n$/],
  ];
  for (const [title, args, message] of complaints) {
    it(`says what is wrong with ${title}`, () => {
      const done = spawnSync(VM, args, { encoding: "utf8" });
      expect(done.stderr).to.match(message);
      expect(done.status).to.equal(125);
    });
  }

  it("says what is wrong with a kernel that is none", () => {
    const env = { ...process.env, DIECAST_VM_KERNEL: directory };
    const done = spawnSync(VM, ["--", "true"], { encoding: "utf8", env });
    expect(done.stderr).to.equal(`vm: DIECAST_VM_KERNEL: no boot/vmlinuz-* in ${directory}\n`);
    expect(done.status).to.equal(125);
  });
});
