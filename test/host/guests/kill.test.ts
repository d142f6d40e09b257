import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readlinkSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { processes, until } from "../../launch/tree.js";
import { DIECAST } from "../../paths.js";

interface Victim {
  readonly id: string;
  readonly mark: string;
  readonly directory: string;
  readonly pids: readonly number[];
}

const SCRIPT = fileURLToPath(new URL("victim.js", import.meta.url));
const LIMIT_MS = 2000;

/** All namespaces that any process is in; zombies are in none. */
function namespaces(): Set<string> {
  return new Set(processes().flatMap(({ pid }) => namespacesOf(pid)));
}

function namespacesOf(pid: string | number): string[] {
  return ["mnt", "net", "pid", "uts", "ipc"].flatMap((kind) => {
    try {
      return [readlinkSync(`/proc/${pid}/ns/${kind}`)];
    } catch {
      return [];
    }
  });
}

describe("kill -9 of diecast", function () {
  this.timeout(60_000);

  for (const phase of ["frozen", "preparing", "running", "entered"]) {
    it(`leaves nothing that lives (${phase}), and the next start removes the rest`, async () => {
      const diecast = spawn(process.execPath, [SCRIPT, phase, DIECAST], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(diecast.stdout, "data")) as [Buffer];
      const victim = JSON.parse(`${line}`) as Victim;
      const before = namespaces();
      const theirs = victim.pids.flatMap(namespacesOf).filter((one) => before.has(one));
      const ours = new Set(namespacesOf(process.pid));
      expect(theirs).to.have.length(10);
      try {
        diecast.kill("SIGKILL");
        await once(diecast, "exit");
        const begin = Date.now();
        const left = () => processes().filter(({ commandLine }) => commandLine.includes(victim.mark));
        await until(() => left().length === 0, "the end of its processes", LIMIT_MS);
        await until(
          () => {
            const now = namespaces();
            return theirs.every((one) => ours.has(one) || !now.has(one));
          },
          "the end of its namespaces",
          LIMIT_MS,
        );
        expect(Date.now() - begin).to.be.lessThan(LIMIT_MS);

        const { stdout, status } = spawnSync(DIECAST, ["clean", "--json"], { encoding: "utf8" });
        expect(status).to.equal(0);
        const cleaned = JSON.parse(stdout) as { runs: string[]; cgroups: string[] };
        expect(cleaned.runs).to.include(victim.id);
        expect(cleaned.cgroups.filter((path) => path.endsWith(`diecast-run-${victim.id}`))).to.not.deep.equal(
          [],
        );
        expect(cleaned.cgroups.some((path) => existsSync(path))).to.equal(false);
        expect(existsSync(`/run/diecast/${victim.id}`)).to.equal(false);
        expect(existsSync(`/run/diecast/${victim.id}.json`)).to.equal(false);
      } finally {
        diecast.kill("SIGKILL");
        rmSync(victim.directory, { recursive: true });
      }
    });
  }
});
