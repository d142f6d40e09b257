import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { LAUNCHER } from "../guests/run.js";

function statistics(...command: string[]): { code: number | null; rows: Map<string, string>; text: string } {
  const { status, stderr } = spawnSync(LAUNCHER, ["--tdf", "5/1", "--stats", "--", ...command], {
    encoding: "utf8",
  });
  const rows = stderr
    .split("\n")
    .map((line) => /^diecast: (\S.*?| {2}\S+) {2,}(\S.*)$/.exec(line))
    .flatMap((match) => (match ? [[match[1] as string, match[2] as string] as const] : []));
  return { code: status, rows: new Map(rows), text: stderr };
}

describe("--stats", () => {
  it("prints a table at the end", () => {
    const { code, rows, text } = statistics("sh", "-c", "sleep 0.1; sleep 0.1 & wait; exit 2");
    expect(code).to.equal(2);
    expect(text).to.match(/^(diecast: .*\n)+$/);
    expect([...rows.keys()].slice(0, 5)).to.deep.equal([
      "real time",
      "virtual time",
      "processes",
      "execs",
      "trapped calls",
    ]);
    expect(rows.get("processes")).to.equal("3");
    expect(rows.get("execs")).to.equal("3");
    expect(rows.get("  clock_nanosleep")).to.equal("2");
    const [real, virtual] = ["real time", "virtual time"].map((name) =>
      Number.parseFloat(rows.get(name) ?? ""),
    );
    expect(real).to.be.within(1, 2);
    expect(virtual).to.be.closeTo((real as number) / 5, 0.001);
  });

  it("adds the calls up, most frequent first", () => {
    const { rows } = statistics("bash", "-c", "for i in 1 2 3 4 5 6 7 8 9; do sleep 0.001; done");
    const calls = [...rows].filter(([name]) => name.startsWith("  ")).map(([, count]) => Number(count));
    expect(calls.reduce((sum, count) => sum + count, 0)).to.equal(Number(rows.get("trapped calls")));
    expect(calls).to.deep.equal([...calls].sort((a, b) => b - a));
  });

  it("counts processes, not threads", () => {
    // Node is one process of many threads.
    expect(statistics(process.execPath, "-e", "0").rows.get("processes")).to.equal("1");
  });

  it("says nothing where there was no command", () => {
    expect(statistics("/no/such/command").text).to.equal(
      "diecast: /no/such/command: No such file or directory\n",
    );
  });
});
