import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { DIECAST } from "../paths.js";

function diecast(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(DIECAST, args, { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("diecast: what it says about bad input", () => {
  const START = 'a date such as 2030-01-31 or 2030-01-31T12:00:00Z, "@" and seconds since 1970, or "now"';
  const cases: [args: string[], message: string][] = [
    [[], "a command is missing; see diecast --help"],
    [["frobnicate"], "unknown command 'frobnicate'; see diecast --help"],
    [["--frobnicate"], "unknown option '--frobnicate'; see diecast --help"],
    [["exec"], "exec: COMMAND is missing; see diecast exec --help"],
    [["exec", "--"], "exec: COMMAND is missing; see diecast exec --help"],
    [["exec", "--tdf", "2"], "exec: COMMAND is missing; see diecast exec --help"],
    [["exec", "--tfd", "2", "--", "true"], "unknown option '--tfd'; see diecast --help"],
    [["exec", "--tdf"], "option '--tdf <tdf>' argument missing; see diecast --help"],
    [["exec", "--tdf", "x", "true"], '--tdf: expected a decimal or fraction such as 10, 2.5 or 1/3, got "x"'],
    [["exec", "--tdf", "0", "true"], '--tdf: must be more than zero, got "0"'],
    [["exec", "--tdf", "-1", "true"], '--tdf: must be positive, got "-1"'],
    [["exec", "--tdf", "10001", "true"], '--tdf: must be from 1/1000 to 10000, got "10001"'],
    [
      ["exec", "--tdf=1/0", "true"],
      '--tdf: must be a fraction with a denominator other than zero, got "1/0"',
    ],
    [["exec", "--start", "noon", "true"], `--start: expected ${START}, got "noon"`],
    [
      ["exec", "--cpu", "lots", "true"],
      '--cpu: expected a decimal or fraction such as 1, 0.5 or 3/4, got "lots"',
    ],
    [["check", "--xml"], "unknown option '--xml'; see diecast --help"],
  ];
  for (const [args, message] of cases) {
    it(`diecast ${args.join(" ")}`, () => {
      expect(diecast(...args)).to.deep.equal({ status: 125, stdout: "", stderr: `diecast: ${message}\n` });
    });
  }

  it("adds where an error comes from with --verbose", () => {
    const { status, stderr } = diecast("--verbose", "exec", "--tdf", "x", "true");
    expect(status).to.equal(125);
    expect(stderr.split("\n")[1]).to.match(/^DieCastError: --tdf: /);
  });
});

describe("diecast: what it says when asked", () => {
  it("prints its version", () => {
    expect(diecast("--version")).to.deep.include({ status: 0, stdout: "0.1.0\n" });
  });

  it("prints help with examples", () => {
    const { status, stdout } = diecast("exec", "--help");
    expect(status).to.equal(0);
    expect(stdout).to.contain("Usage: diecast exec [options] -- COMMAND [ARG...]");
    expect(stdout).to.contain("diecast exec --tdf 10 -- bash -c 'time sleep 1'");
  });
});
