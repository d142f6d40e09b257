import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect } from "chai";
import { buildC } from "../guests/build.js";
import { type Run, type RunOptions, run } from "../guests/run.js";
import { expectNoFaults } from "../guests/suite.js";
import { faultsOf } from "../guests/verdict.js";

const NOBODY = 65534;
const AS_NOBODY = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
const isRoot = process.getuid?.() === 0;
// Becoming somebody else is root's to do.
const rootOnly = isRoot ? it : (title: string) => it.skip(`${title} (skipped: needs root)`);

async function expectSame(program: string, args: readonly string[], options: RunOptions): Promise<void> {
  const native = await run(program, args, options);
  expectNoFaults(faultsOf(native), native);
  const dilated = await run(program, args, { ...options, tdf: "3" });
  expectNoFaults(faultsOf(dilated, native), dilated);
}

describe("rights of a guest", function () {
  this.timeout(60_000);
  // On a busy host any run can be late, the native one as well.
  this.retries(2);

  it("refuses to set the clock, and lets it be read", async () => {
    const done = await run(await buildC("set_clock"), ["--dilated=1"], { tdf: "10" });
    const set = done.lines.filter(
      (line) => line.values.get("ret") === "-1" && !line.name.endsWith(".pointer"),
    );
    const other = set.filter((line) => line.values.get("errno") !== "1");
    expect(other.map((line) => line.name)).to.deep.equal([]);
    expect(set).to.have.length(22);
    expectNoFaults(faultsOf(done), done);
  });

  for (const guest of ["sleeps", "polls", "children", "execs"]) {
    rootOnly(`runs as an ordinary user as well (${guest})`, async () => {
      await expectSame(await buildC(guest), [], { prefix: AS_NOBODY });
    });
  }

  rootOnly("execs a static program in a chroot without /proc", async () => {
    await expectSame(await buildC("execs", "musl"), ["--chroot=1"], {});
  });

  describe("of a setuid program", () => {
    let directory: string;
    before(() => {
      directory = mkdtempSync(`${tmpdir()}/diecast-test-`);
      chmodSync(directory, 0o755);
    });
    after(() => rmSync(directory, { recursive: true, force: true }));

    async function identity(owner: number, options: RunOptions): Promise<Run> {
      const copy = `${directory}/identity-${owner}`;
      copyFileSync(await buildC("identity"), copy);
      chownSync(copy, owner, owner);
      chmodSync(copy, 0o6755);
      const done = await run(copy, [], options);
      expectNoFaults(faultsOf(done), done);
      return done;
    }
    const ids = (done: Run) =>
      ["uid", "euid", "gid", "egid", "secure"].map((key) => Number(done.lines[0]?.values.get(key)));

    rootOnly("started by root: it becomes its owner", async () => {
      const native = await identity(NOBODY, {});
      const dilated = await identity(NOBODY, { tdf: "3" });
      expect(ids(native)).to.deep.equal([0, NOBODY, 0, NOBODY, 1]);
      expect(ids(dilated)).to.deep.equal(ids(native));
    });

    rootOnly("started by an ordinary user: it gains nothing, since a filter needs no_new_privs", async () => {
      const dilated = await identity(0, { tdf: "3", prefix: AS_NOBODY });
      expect(ids(dilated).slice(0, 4)).to.deep.equal([NOBODY, NOBODY, NOBODY, NOBODY]);
      expect(dilated.lines[0]?.values.get("no_new_privs")).to.equal("1");
    });
  });
});
