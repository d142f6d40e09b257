import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { type Awake, keepAwake } from "../../src/host/awake.js";
import { until } from "../launch/tree.js";

const SCHED_IDLE = "5";

/** Scheduling classes (proc(5), field 41 of stat) of the threads of our diecast-awake; none: there is none. */
function classes(): string[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ");
  const pid = children.find((one) => /diecast-awake/.test(read(`/proc/${one}/stat`)));
  if (pid === undefined) return [];
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = read(`/proc/${pid}/task/${thread}/stat`);
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[38] ?? "";
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

describe("keepAwake (where cgroups are version 1)", () => {
  let awake: Awake | undefined;
  afterEach(() => awake?.close());

  it("runs only when nothing else wants to, on every processor, until it is closed", async function () {
    awake = await keepAwake();
    if (awake === undefined) return this.skip();
    await until(() => classes().length > 1, "its threads");
    expect(new Set(classes().slice(1))).to.deep.equal(new Set([SCHED_IDLE]));
    const running = awake;
    await until(() => running.cpuNs() > 0, "processor time");
    await running.close();
    expect(classes()).to.deep.equal([]);
  });
});
