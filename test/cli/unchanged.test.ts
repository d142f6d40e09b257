import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { DIECAST } from "../paths.js";

// A shell sets up what the command is to inherit; the same script then runs it natively and under diecast exec.
function compare(setUp: string, command: string): { native: string; dilated: string } {
  const run = (prefix: string) => {
    const script = `${setUp}\n${prefix} ${command}`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "latin1" });
    return stdout + stderr;
  };
  return { native: run(""), dilated: run(`'${DIECAST}' exec --tdf 1 --`) };
}

function expectSame(setUp: string, command: string, contains = ""): void {
  const { native, dilated } = compare(setUp, command);
  expect(dilated).to.equal(native);
  expect(native).to.contain(contains);
}

describe("diecast exec leaves as it is", () => {
  it("the environment, byte for byte and in its order", () => {
    expectSame(
      "export ODD=$'\\xff\\xfe' NODE_OPTIONS=--no-warnings DIECAST=1; unset PWD",
      "env -u _",
      "NODE_OPTIONS=--no-warnings",
    );
  });

  it("an environment without PWD", () => {
    const { stdout } = spawnSync(DIECAST, ["exec", "--tdf", "1", "/usr/bin/env"], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, ONLY: "1" },
    });
    expect(stdout).to.equal(`PATH=${process.env.PATH}\nONLY=1\n`);
  });

  it("arguments that are empty, look like options or are not UTF-8", () => {
    expectSame("", "printf '[%s]' '' --tdf 3 -- $'a\\xffb'", "[a\xffb]");
  });

  it("ignored signals", () => {
    expectSame("trap '' INT HUP USR1", "grep SigIgn /proc/self/status", "0000000000000203");
  });

  it("that no signal is ignored", () => {
    expectSame("", "grep SigIgn /proc/self/status", "0000000000000000");
  });

  it("blocked signals", () => {
    const block =
      "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [10, 35]); os.execvp(sys.argv[1], sys.argv[1:])";
    const run = (...prefix: string[]) =>
      spawnSync("python3", ["-c", block, ...prefix, "grep", "SigBlk", "/proc/self/status"], {
        encoding: "utf8",
      }).stdout;
    expect(run(DIECAST, "exec", "--tdf", "1", "--"))
      .to.equal("SigBlk:\t0000000400000200\n")
      .and.to.equal(run());
  });

  it("the limit on open files", () => {
    expectSame("ulimit -Sn 100", "bash -c 'ulimit -Sn; ulimit -Hn'", "100\n");
  });

  it("descriptors, also those of process substitution", () => {
    expectSame("exec 7<<<seven", "cat /dev/fd/7 <(echo substituted)", "seven\nsubstituted");
  });

  it("that no other descriptor is open", () => {
    expectSame("", "ls /proc/self/fd");
  });

  it("the blocking mode of standard input and output", () => {
    const directory = mkdtempSync(join(tmpdir(), "diecast-unchanged-"));
    try {
      const script = join(directory, "flags.py");
      writeFileSync(script, "import os; print([os.get_blocking(fd) for fd in (0, 1, 2)])");
      expectSame("", `python3 ${script} | cat`, "[True, True, True]");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
