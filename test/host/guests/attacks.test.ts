import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import type { Guest } from "../../../src/host/guests/guest.js";
import { until } from "../../launch/tree.js";
import { TestRun } from "./model.js";

// What a guest does to itself harms no other guest and not the host, is seen in its figures, and can be ended.
describe("a guest that", function () {
  this.timeout(60_000);
  let run: TestRun;
  let neighbour: Guest;

  beforeEach(async () => {
    run = new TestRun(2);
    neighbour = await run.guest("neighbour", "while :; do sleep 1000; done");
    await neighbour.start();
  });
  afterEach(async () => {
    try {
      // Unharmed: alive, and of use.
      expect(await neighbour.exec(["sh", "-c", "echo x > /tmp/x && test -s /etc/hosts && ps"])).to.deep.equal(
        {
          code: 0,
          signal: null,
        },
      );
      expect(neighbour.usage()).to.include({ outOfMemoryKills: 0, refusedForks: 0 });
    } finally {
      await run.close();
    }
  });

  async function attack(script: string, machine: object = {}): Promise<Guest> {
    const guest = await run.guest("bad", script, { machine, cores: 0.5 });
    await guest.start();
    return guest;
  }

  it("forks without end", async () => {
    const guest = await attack("bomb() { bomb | bomb & }; bomb; wait", { processes: 50 });
    await until(() => guest.usage().refusedForks > 0, "refused forks");
    expect(guest.usage().processes).to.be.at.most(50);
    await guest.kill();
    expect(guest.usage().processes).to.equal(0);
  });

  it("fills its disk", async () => {
    const guest = await attack("true", { scratchBytes: 8 * 2 ** 20 });
    for (const place of ["/tmp", "/var/lib", "/experiment", "/dev/shm", "/run"]) {
      const full = await guest.exec([
        "sh",
        "-c",
        `dd if=/dev/zero of=${place}/big bs=1M count=100; rm ${place}/big`,
      ]);
      expect(full.code, place).to.equal(0);
    }
    expect(run.stderr("bad").match(/No space left on device/g)).to.have.length(5);
    const names = "i=0; while [ $i -lt 40000 ] && : > /tmp/f$i; do i=$((i+1)); done; test $i -lt 40000";
    await guest.exec(["sh", "-c", names]);
    expect(run.stderr("bad")).to.match(/f\d+: No space left on device/);
  });

  it("takes more memory than it has", async () => {
    const guest = await attack("python3 -c 'x = bytearray(200 << 20)'; echo $?; sleep 1000", {
      memoryBytes: 64 * 2 ** 20,
    });
    await run.prints("bad", "137");
    expect(guest.usage().outOfMemoryKills).to.be.greaterThan(0);
    expect(guest.usage().memoryPeakBytes).to.be.at.most(64 * 2 ** 20);
  });

  it("fills its memory with files", async () => {
    const machine = { memoryBytes: 32 * 2 ** 20, scratchBytes: 256 * 2 ** 20 };
    const guest = await attack("dd if=/dev/zero of=/tmp/big bs=1M; echo $?", machine);
    await guest.programExit;
    expect(guest.usage().outOfMemoryKills).to.be.greaterThan(0);
  });

  it("kills its pid 1", async () => {
    const guest = await attack("kill -9 1; kill -15 1; kill -SEGV 1; echo done; sleep 1000");
    await run.prints("bad", "done");
    expect(await run.output(guest, "cat /proc/1/comm")).to.equal("diecast-guest\n");
  });

  it("kills all it can see, its keeper too", async () => {
    const guest = await attack("(setsid sleep 1000 &); sleep 0.01; kill -9 -1; echo alive");
    expect(await guest.programExit).to.deep.equal({ code: null, signal: "SIGKILL" });
    await guest.start();
    expect((await guest.programExit).signal).to.equal("SIGKILL");
  });

  it("unmounts what it can", async () => {
    const guest = await attack("umount -a -l; umount -l /proc /dev /tmp /sys; echo done; exec sleep 1000");
    await run.prints("bad", "done");
    // Its keeper does not depend on the guest's own /proc.
    await run.clock.setRate(4);
    await guest.stop("SIGTERM", 10_000);
    expect(await guest.programExit).to.deep.equal({ code: null, signal: "SIGTERM" });
  });

  it("deletes its system", async () => {
    const guest = await attack("rm -rf /etc /usr/sbin /usr/bin/env /experiment/*; echo done");
    await run.prints("bad", "done");
    expect(existsSync("/etc/passwd") && existsSync("/usr/bin/env") && existsSync("/usr/sbin")).to.equal(true);
    expect(readFileSync(`${run.directory}/files/given.txt`, "utf8")).to.equal("given\n");
    await guest.close();
  });

  it("mounts the cgroup file system sees its own groups only", async () => {
    const guest = await attack("true");
    const shown = await run.output(
      guest,
      "mount -t cgroup -o pids x /mnt && cat /mnt/cgroup.procs && find /mnt -type d",
    );
    if (shown === "") return; // version 2 alone
    expect(shown).to.match(/^(\d+\n)+\/mnt\n$/);
  });

  it("ends early is told", async () => {
    const guest = await attack("exit 9");
    expect(await guest.programExit).to.deep.equal({ code: 9, signal: null });
  });
});
