import { spawn, spawnSync } from "node:child_process";
import { expect } from "chai";
import { LAUNCHER } from "../guests/run.js";

const DILATED = `'${LAUNCHER}' --tdf 2/1 --`;

function shell(script: string, input = ""): { stdout: string; stderr: string; code: number | null } {
  const { stdout, stderr, status } = spawnSync("bash", ["-c", script], {
    encoding: "utf8",
    input,
    timeout: 15_000,
  });
  return { stdout, stderr, code: status };
}

describe("the launcher and the streams around it", () => {
  it("passes standard input, output and error through", () => {
    const done = shell(`${DILATED} sh -c 'cat; echo err >&2'`, "in\n");
    expect(done).to.deep.equal({ stdout: "in\n", stderr: "err\n", code: 0 });
  });

  it("does not hold a pipe open that the command has closed", () => {
    // cat ends when all writers have closed, while the command goes on for two real seconds.
    const begin = Date.now();
    const done = shell(`${DILATED} sh -c 'echo out; exec >&-; sleep 1' | { cat; date +%s%N; }`);
    const [out, atNs] = done.stdout.trim().split("\n");
    expect(out).to.equal("out");
    expect(Number(atNs) / 1e6 - begin).to.be.below(1500);
  });

  it("does not read what is meant for the command, or for who comes after it", () => {
    const done = shell(`${DILATED} sh -c 'read line; echo "first $line"'; cat`, "one\ntwo\nthree\n");
    expect(done.stdout).to.equal("first one\ntwo\nthree\n");
  });

  it("lets the command see the end of a pipe it reads", () => {
    expect(shell(`echo last | ${DILATED} cat; echo after`).stdout).to.equal("last\nafter\n");
  });

  it("lets the command die of a closed pipe", () => {
    const done = shell(`${DILATED} yes | head -n 1; echo "\${PIPESTATUS[0]}"`);
    expect(done.stdout).to.equal("y\n141\n");
  });

  it("leaves closed what was closed", () => {
    const script = (prefix: string) =>
      shell(
        `exec 3>&1; ${prefix} sh -c 'for fd in 0 1 2; do [ -e /proc/self/fd/$fd ] && echo "$fd open" >&3; done' <&- >&- 2>&-`,
      );
    expect(script(DILATED).stdout).to.equal(script("").stdout);
  });

  it("gives the command its descriptors and no others", () => {
    const script = (prefix: string) =>
      shell(`exec 5</etc/passwd 9>&1; ${prefix} ls /proc/self/fd | sort -n`).stdout;
    expect(script(DILATED)).to.equal(script(""));
  });

  it("gives the command its arguments", () => {
    const done = shell(`${DILATED} bash -c 'printf "[%s]" "$0" "$@"' 'a b' '' -- --tdf`);
    expect(done.stdout).to.equal("[a b][][--][--tdf]");
  });

  it("gives the command the environment as it is", () => {
    const script = (prefix: string) => shell(`${prefix} env -0 -u _ | sha256sum`).stdout;
    expect(script(DILATED)).to.equal(script(""));
  });

  it("is not in the way of a slow reader", async () => {
    const child = spawn(LAUNCHER, ["--tdf", "1/1", "--", "seq", "200000"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let length = 0;
    child.stdout.on("data", (piece: Buffer) => {
      length += piece.length;
    });
    await new Promise((resolve) => child.once("close", resolve));
    expect(length).to.equal(1_288_895);
  });
});
