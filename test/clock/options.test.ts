import { expect } from "chai";
import { checkCommand, checkSpawnOptions, type SpawnOptions } from "../../src/clock/options.js";

describe("checkSpawnOptions", () => {
  it("fills in the defaults", () => {
    const plan = checkSpawnOptions({ tdf: 10 });
    expect(plan).to.deep.include({ tsc: false, fileTimes: true, stats: false, cores: undefined });
    expect(plan.stdio).to.deep.equal(["pipe", "pipe", "pipe"]);
  });

  it("takes one word for all standard streams", () => {
    expect(checkSpawnOptions({ tdf: 1, stdio: "inherit" }).stdio).to.deep.equal([
      "inherit",
      "inherit",
      "inherit",
    ]);
  });

  const refused: [object, string][] = [
    [{}, "tdf: expected a decimal or fraction such as 10, 2.5 or 1/3, got undefined"],
    [{ tdf: "fast" }, 'tdf: expected a decimal or fraction such as 10, 2.5 or 1/3, got "fast"'],
    [{ tdf: -1 }, "tdf: must be positive, got -1"],
    [{ tdf: 1, cpu: 0 }, "cpu: must be more than zero, got 0"],
    [{ tdf: 1, tsc: 1 }, "tsc: expected true or false, got 1"],
    [{ tdf: 1, fileTimes: "no" }, 'fileTimes: expected true or false, got "no"'],
    [{ tdf: 1, cwd: 7 }, "cwd: expected a string, got 7"],
    [{ tdf: 1, env: "A=1" }, 'env: expected an object of strings, got "A=1"'],
    [{ tdf: 1, env: { A: 1 } }, "env.A: expected a string, got 1"],
    [
      { tdf: 1, stdio: "tty" },
      'stdio: expected "pipe", "inherit", "ignore", a descriptor, or three of them, got "tty"',
    ],
    [
      { tdf: 1, stdio: ["pipe"] },
      'stdio: expected "pipe", "inherit", "ignore", a descriptor, or three of them, got ["pipe"]',
    ],
    [{ tdf: 1, signal: "SIGTERM" }, 'signal: expected an AbortSignal, got "SIGTERM"'],
    [{ tdf: 1, clock: {} }, "clock: expected a Clock, got an object"],
    [{ tfd: 1 }, "tfd: there is no such option"],
  ];
  for (const [given, message] of refused) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      expect(() => checkSpawnOptions(given as SpawnOptions))
        .to.throw(message)
        .with.property("code", "invalid-option");
    });
  }
});

describe("checkCommand", () => {
  it("refuses what is no command line", () => {
    expect(() => checkCommand("", [])).to.throw('command: expected the name of a program, got ""');
    expect(() => checkCommand("ls", "-l")).to.throw('args: expected an array of strings, got "-l"');
    expect(() => checkCommand("ls", ["a\0b"])).to.throw(
      'args: expected words without NUL characters, got "a\\u0000b"',
    );
  });
});
