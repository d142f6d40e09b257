import { existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { expect } from "chai";
import { discard, run } from "../guests/run.js";
import { pythonDriver } from "./programs.js";

describe("servers that go to the background", () => {
  it("do not outlive the command that started them", async () => {
    const [program = "", ...args] = await pythonDriver("daemons");
    const done = await run(program, args, { tdf: "3" });
    const running = done.lines.map(({ name, values }) => ({ name, pid: values.get("pid") ?? "" }));
    expect(
      running.map(({ name }) => name),
      done.stdout + done.stderr,
    ).to.deep.equal(["redis-server", "nginx", "tmux", "sleep"]);
    await wait(50);
    const left = running.filter(({ pid }) => existsSync(`/proc/${pid}`));
    expect(left, "still running").to.deep.equal([]);
    discard(done);
  });
});
