import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { buildC } from "../../guests/build.js";
import { until } from "../../launch/tree.js";
import { TestRun } from "./model.js";

describe("a guest", function () {
  this.timeout(60_000);
  let run: TestRun;
  afterEach(() => run.close());

  it("is a machine of its own", async () => {
    run = new TestRun();
    const guest = await run.guest("web-1");
    const shown = await run.output(
      guest,
      'hostname; cat /etc/hostname /etc/hosts; cat given.txt; echo "$DIECAST_GUEST $HOME $USER $PWD"; ls /tmp /run /sys/class/net; id -u; cat /etc/resolv.conf; cat /proc/1/comm',
    );
    expect(shown.split("\n")).to.deep.equal([
      "web-1",
      "web-1",
      "127.0.0.1 localhost",
      "10.0.0.1 web-1",
      "given",
      "web-1 /root root /experiment",
      "/run:",
      "lock",
      "",
      "/sys/class/net:",
      "lo",
      "",
      "/tmp:",
      "0",
      "diecast-guest",
      "",
    ]);
    for (const kind of ["mnt", "uts", "ipc", "pid", "net"]) {
      const [theirs, ours] = [guest.pid, process.pid].map((pid) => readlinkSync(`/proc/${pid}/ns/${kind}`));
      expect(theirs, kind).to.not.equal(ours);
    }
  });

  it("writes wherever it likes, and nobody else sees it", async () => {
    run = new TestRun();
    const [one, two] = [await run.guest("one"), await run.guest("two")];
    const mark = `diecast-mark-${process.pid}`;
    const places = [
      "/",
      "/etc/",
      "/usr/bin/",
      "/tmp/",
      "/var/tmp/",
      "/run/",
      "/dev/shm/",
      "/experiment/",
      "/root/",
    ];
    await one.exec(["sh", "-c", places.map((place) => `echo > ${place}${mark}`).join(" && ")]);
    await one.exec([
      "sh",
      "-c",
      "rm -rf /etc/passwd /usr/share && mv /var/log /var/moved && echo changed > given.txt",
    ]);
    for (const place of places) {
      expect(existsSync(one.path(place + mark)), place).to.equal(true);
      expect(existsSync(two.path(place + mark)), place).to.equal(false);
      expect(existsSync(place + mark), place).to.equal(false);
    }
    expect(existsSync("/etc/passwd") && existsSync("/usr/share") && existsSync("/var/log")).to.equal(true);
    expect(existsSync(one.path("/var/moved")) && !existsSync(one.path("/usr/share"))).to.equal(true);
    expect(readFileSync(two.path("/experiment/given.txt"), "utf8")).to.equal("given\n");
    expect(readFileSync(join(run.directory, "files/given.txt"), "utf8")).to.equal("given\n");
  });

  it("has a root of another folder, if asked for", async () => {
    run = new TestRun();
    const root = join(run.directory, "root");
    mkdirSync(root);
    copyFileSync(await buildC("tell_time", "static-pie"), join(root, "tell"));
    const guest = await run.guest("small", undefined, { root, run: ["/tell"] });
    await guest.start();
    expect((await guest.programExit).code).to.equal(0);
    expect(existsSync(guest.path("/usr"))).to.equal(false);
    expect(existsSync(guest.path("/etc/hosts")) && existsSync(guest.path("/proc/1/stat"))).to.equal(true);
    expect(existsSync(join(root, "etc"))).to.equal(false);
  });

  it("sees what is mounted below its root, writable in private or read-only as it is", async () => {
    run = new TestRun();
    const root = join(run.directory, "root");
    const mounts = ["data", "fixed", "with space"].map((name) => join(root, name));
    for (const path of mounts) {
      mkdirSync(path, { recursive: true });
      execFileSync("mount", ["-t", "tmpfs", "test", path]);
      writeFileSync(join(path, "given"), "given\n");
    }
    try {
      execFileSync("mount", ["-o", "remount,ro", join(root, "fixed")]);
      const guest = await run.guest("small", undefined, { root });
      for (const name of ["data", "with space"]) {
        expect(readFileSync(guest.path(`/${name}/given`), "utf8")).to.equal("given\n");
        writeFileSync(guest.path(`/${name}/given`), "changed\n");
        expect(readFileSync(join(root, name, "given"), "utf8")).to.equal("given\n");
      }
      expect(readFileSync(guest.path("/fixed/given"), "utf8")).to.equal("given\n");
      expect(() => writeFileSync(guest.path("/fixed/given"), "")).to.throw("EROFS");
    } finally {
      for (const path of mounts) execFileSync("umount", [path]);
    }
  });

  it("says which user, folder or root is not there", async () => {
    run = new TestRun();
    const problem = (sketch: object) =>
      run
        .guest("web", "true", sketch)
        .then((guest) => guest.start().finally(() => guest.close()))
        .then(
          () => "none",
          (error: Error) => error.message,
        );
    expect(await problem({ user: "who" })).to.equal("the guest has no user who (in its /etc/passwd)");
    expect(await problem({ workingDirectory: "/nowhere" })).to.equal(
      "cannot go to the working directory /nowhere: No such file or directory",
    );
    expect(await problem({ root: "/nowhere" })).to.equal("guest web: root: /nowhere: ENOENT");
  });

  it("runs as the user asked for, for whom setuid programs work", async () => {
    run = new TestRun();
    const guest = await run.guest("web", undefined, { user: "nobody", workingDirectory: "/tmp" });
    copyFileSync("/usr/bin/id", guest.path("/tmp/id"));
    chmodSync(guest.path("/tmp/id"), 0o4755);
    const shown = await run.output(
      guest,
      'id -un; echo "$USER $HOME"; touch /etc/x || echo refused; ./id -un',
    );
    expect(shown).to.match(/^nobody\nnobody \S+\nrefused\nroot\n$/);
  });

  it("has resource limits, those of a fresh machine unless given", async () => {
    run = new TestRun();
    const usual = await run.guest("usual");
    expect(await run.output(usual, "ulimit -n")).to.equal("1024\n");
    const limited = await run.guest("limited", undefined, {
      limits: { nofile: 77, core: 0, fsize: "unlimited" },
    });
    expect(await run.output(limited, "ulimit -n; ulimit -Hn; ulimit -c; ulimit -f")).to.equal(
      "77\n77\n0\nunlimited\n",
    );
  });

  it("cannot reach the host's devices, clock, kernel settings or real-time priority", async () => {
    run = new TestRun();
    const guest = await run.guest("web");
    const attempts = [
      "mknod /tmp/disk b 8 0",
      "date -s 2001-01-01",
      "chrt -f 1 true",
      "echo 1 > /proc/sys/kernel/panic",
      "echo h > /proc/sysrq-trigger",
      "mkdir /sys/x",
      "dmesg",
    ];
    for (const attempt of attempts) {
      expect((await guest.exec(["sh", "-c", attempt])).code, attempt).to.not.equal(0);
    }
    // But its own mounts, host name and network are its own.
    const own =
      "mount -t tmpfs x /mnt && hostname y && ip link set lo up && echo 1 > /proc/sys/net/ipv4/ip_forward";
    expect(await guest.exec(["sh", "-c", own])).to.deep.equal({ code: 0, signal: null });
  });

  it("is reached by path(), links followed as it sees them", async () => {
    run = new TestRun();
    const guest = await run.guest("web");
    await guest.exec(["sh", "-c", "echo inside > /tmp/real && ln -s /tmp/real link && ln -s /tmp /etc/dir"]);
    symlinkSync("/nowhere", guest.path("/experiment/broken"));
    expect(readFileSync(guest.path("/experiment/link"), "utf8")).to.equal("inside\n");
    expect(readFileSync(guest.path("/etc/dir/real"), "utf8")).to.equal("inside\n");
    expect(guest.path("/experiment/broken")).to.equal(`/proc/${guest.pid}/root/nowhere`);
    await guest.stop("SIGTERM", 100);
    expect(readFileSync(guest.path("/tmp/real"), "utf8")).to.equal("inside\n");
  });

  it("keeps itself to its share of the processor, and tells what it used", async () => {
    run = new TestRun(1);
    const guest = await run.guest("busy", "echo begun; while :; do :; done", { cores: 0.1 });
    await guest.start();
    await run.prints("busy", "begun");
    const before = guest.usage();
    await sleep(500);
    const after = guest.usage();
    expect((after.cpuRealNs - before.cpuRealNs) / 500e6).to.be.within(0.02, 0.2);
    expect(after.throttledPeriods).to.be.greaterThan(before.throttledPeriods);
    expect(after.memoryPeakBytes).to.be.greaterThan(0);
    expect(after.processes).to.equal(1);
    await guest.close();
    expect(guest.usage().cpuRealNs).to.be.at.least(after.cpuRealNs);
  });

  it("leaves nothing", async () => {
    run = new TestRun();
    const guest = await run.guest("web", "setsid sleep 1000 & sleep 1000");
    await guest.start();
    const namespace = readlinkSync(`/proc/${guest.pid}/ns/pid`);
    expect(namespace).to.match(/^pid:/);
    await guest.close();
    await guest.close();
    await until(() => !existsSync(`/proc/${guest.pid}`), "its end");
    expect(existsSync(`/run/diecast/${run.id}`)).to.equal(false);
    expect(existsSync(`/sys/fs/cgroup/pids/diecast-run-${run.id}`)).to.equal(false);
    await guest.ended;
  });
});
