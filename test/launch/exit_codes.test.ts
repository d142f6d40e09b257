import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { LAUNCHER } from "../guests/run.js";

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function launch(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Result {
  const { status, stdout, stderr } = spawnSync(LAUNCHER, args, { encoding: "utf8", env, timeout: 15_000 });
  return { code: status, stdout, stderr };
}

const dilated = (...command: string[]) => launch(["--tdf", "2/1", "--", ...command]);

describe("the launcher's exit code", () => {
  it("is the command's", () => {
    expect(dilated("sh", "-c", "exit 7").code).to.equal(7);
    expect(dilated("true")).to.deep.equal({ code: 0, stdout: "", stderr: "" });
  });

  it("is 128 + n if signal n ended it", () => {
    expect(dilated("sh", "-c", "kill -TERM $$").code).to.equal(143);
    expect(dilated("sh", "-c", "kill -KILL $$").code).to.equal(137);
    // A real-time signal.
    expect(dilated("sh", "-c", "kill -40 $$").code).to.equal(168);
  });

  it("is 127 if the command does not exist", () => {
    expect(dilated("no-such-command")).to.deep.equal({
      code: 127,
      stdout: "",
      stderr: "diecast: no-such-command: command not found\n",
    });
    expect(dilated("/no/such/command")).to.deep.equal({
      code: 127,
      stdout: "",
      stderr: "diecast: /no/such/command: No such file or directory\n",
    });
  });

  it("is 126 if the command cannot be run", () => {
    expect(dilated("/etc/passwd")).to.deep.equal({
      code: 126,
      stdout: "",
      stderr: "diecast: /etc/passwd: Permission denied\n",
    });
    expect(dilated("/etc")).to.deep.equal({
      code: 126,
      stdout: "",
      stderr: "diecast: /etc: Permission denied\n",
    });
  });
});

describe("the launcher finds the command", () => {
  let directory = "";
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "diecast-path-"));
    writeFileSync(join(directory, "plain-script"), 'echo "script $0 $1"\n');
    writeFileSync(join(directory, "not-executable"), "echo no\n");
    chmodSync(join(directory, "plain-script"), 0o755);
  });
  after(() => rmSync(directory, { recursive: true }));

  const inPath = (path: string, ...command: string[]) =>
    launch(["--tdf", "2/1", "--", ...command], { ...process.env, PATH: path });

  it("along the PATH it is given", () => {
    const path = `/no/such/directory:/etc/passwd:${directory}:/usr/bin:/bin`;
    expect(inPath(path, "plain-script", "a")).to.deep.equal({
      code: 0,
      stdout: `script ${directory}/plain-script a\n`,
      stderr: "",
    });
    expect(inPath("/no/such/directory", "ls").code).to.equal(127);
  });

  it("in /bin and /usr/bin without a PATH", () => {
    expect(launch(["--tdf", "2/1", "--", "echo", "found"], {}).stdout).to.equal("found\n");
  });

  it("and says that it may not be executed where that is the only one", () => {
    expect(inPath(directory, "not-executable")).to.deep.equal({
      code: 126,
      stdout: "",
      stderr: "diecast: not-executable: Permission denied\n",
    });
  });

  it("and hands a script without #! to the shell", () => {
    expect(dilated(join(directory, "plain-script"), "b").stdout).to.equal(
      `script ${directory}/plain-script b\n`,
    );
  });
});

describe("the launcher refuses", () => {
  const cases: [string, string[], string][] = [
    ["no command", ["--tdf", "2/1"], "expected -- and the command to run"],
    ["nothing behind --", ["--tdf", "2/1", "--"], "expected a command after --"],
    ["an unknown option", ["--fast", "--", "true"], "unknown option '--fast'"],
    ["an option without its value", ["--tdf"], "--tdf: expected a value"],
    ["no rate", ["--", "true"], "expected either --tdf or --clock-fd"],
    [
      "a rate of zero",
      ["--tdf", "0/1", "--", "true"],
      "--tdf: expected two positive integers NUM/DEN, found '0/1'",
    ],
    [
      "a rate that is no fraction",
      ["--tdf", "2", "--", "true"],
      "--tdf: expected two positive integers NUM/DEN, found '2'",
    ],
    ["a rate out of range", ["--tdf", "20000/1", "--", "true"], "a TDF lies between 1/1000 and 10000"],
    [
      "a start that is no number",
      ["--tdf", "1/1", "--start", "now", "--", "true"],
      "--start: expected nanoseconds since the epoch, found 'now'",
    ],
    [
      "a mask that is none",
      ["--tdf", "1/1", "--ignored-signals", "xyz", "--", "true"],
      "--ignored-signals: expected a mask in hexadecimal, found 'xyz'",
    ],
    [
      "a time page that is none",
      ["--clock-fd", "2", "--cpu-scale", "1/1", "--", "true"],
      "the descriptor given is no time page",
    ],
    [
      "a cgroup that is not there",
      ["--tdf", "1/1", "--cgroup", "/no/such/cgroup", "--", "true"],
      "cannot join the cgroup /no/such/cgroup: No such file or directory",
    ],
  ];
  for (const [title, args, message] of cases) {
    it(title, () => {
      expect(launch(args)).to.deep.equal({ code: 125, stdout: "", stderr: `diecast: ${message}\n` });
    });
  }

  it("to run inside itself", () => {
    const inner = [LAUNCHER, "--tdf", "2/1", "--", "true"];
    expect(dilated(...inner)).to.deep.equal({
      code: 125,
      stdout: "",
      stderr: "diecast: this process is in dilated time, or supervised, already; diecast cannot be nested\n",
    });
  });
});
