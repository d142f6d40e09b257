import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Clock } from "../../../src/clock/clock.js";
import type { DiskBackend, DriveOrder } from "../../../src/host/disks/backend.js";
import { createBlockDisks } from "../../../src/host/disks/block.js";
import { loadDrive } from "../../../src/host/disks/drives.js";
import { processes, until } from "../../launch/tree.js";
import { expectDuration } from "../../tolerance.js";
import { fio } from "./fio.js";

const MIB = 2 ** 20;
const LATENCY_NS = 1_000_000;
const BYTES_PER_SECOND = 50e6;
const TDF = 10;

/** Bytes go one after the other, each request takes a constant time on top. */
const FIXED = order(LATENCY_NS, BYTES_PER_SECOND);

function order(latencyNs: number, bytesPerSecond: number): DriveOrder {
  const sources = [{ fields: ["latencyUs"], origin: "typical", source: "chosen for a test" }];
  const folder = mkdtempSync(join(tmpdir(), "diecast-test-"));
  try {
    const file = join(folder, "drive.json");
    const parameters = { kind: "fixed", latencyUs: latencyNs / 1e3, bytesPerSecond, queueDepth: 32 };
    writeFileSync(file, JSON.stringify({ ...parameters, description: "of a test", sources }));
    return loadDrive(file).order as DriveOrder;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function transferNs(bytes: number): number {
  return (bytes / BYTES_PER_SECOND) * 1e9;
}

function serviceNs(bytes: number): number {
  return LATENCY_NS + transferNs(bytes);
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: "pipe" });
}

/** Whether a loop device of this path serves a file at present. */
function isBound(device: string): boolean {
  return readdirSync(`/sys/block/${device.slice("/dev/".length)}`).includes("loop");
}

/** The descriptor by which a process has its first disk's contents. */
function contentsOf(pid: number, directory: string): string {
  const fds = `/proc/${pid}/fd`;
  const found = readdirSync(fds).find((fd) => readlinkSync(`${fds}/${fd}`).startsWith(`${directory}/`));
  if (found === undefined) throw new Error(`diecast-block has no file in ${directory}`);
  return `${fds}/${found}`;
}

describe("disks by FUSE and loop devices", function () {
  this.timeout(60_000);
  let directory: string;
  let clock: Clock;
  let disks: (DiskBackend & { pid: number }) | undefined;
  const broken: string[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "diecast-test-"));
    clock = new Clock({ tdf: TDF });
    broken.length = 0;
  });
  afterEach(async () => {
    await disks?.close();
    disks = undefined;
    clock.close();
    rmSync(directory, { recursive: true });
  });

  async function make(drive: DriveOrder | undefined, sizeBytes = 64 * MIB, count = 1): Promise<string[]> {
    disks = await createBlockDisks({
      disks: Array.from({ length: count }, (_, i) => ({ name: `test:${i}`, sizeBytes, drive })),
      clock,
      directory,
      broken: (_, message) => broken.push(message),
    });
    return [...disks.devices];
  }

  /** Disks whose contents lie in `folder`. */
  async function makeIn(folder: string, ...sizes: number[]): Promise<DiskBackend> {
    disks = await createBlockDisks({
      disks: sizes.map((sizeBytes, i) => ({ name: `test:${i}`, sizeBytes, drive: undefined })),
      clock,
      directory: folder,
      broken: (disk, message) => broken.push(`${disk}: ${message}`),
    });
    return disks;
  }

  /** Has a small file system of its own for the contents of disks; they are closed before it goes. */
  async function within(kind: "tmpfs" | "ramfs", work: (folder: string) => Promise<void>): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "diecast-test-"));
    run("mount", "-t", kind, "-o", "size=8m", "small", folder);
    try {
      await work(folder);
    } finally {
      await disks?.close();
      run("umount", folder);
      rmSync(folder, { recursive: true });
    }
  }

  for (const [rw, bytes, depth] of [
    ["randread", 4096, 1],
    ["randwrite", 4096, 1],
    ["read", 65_536, 1],
    ["randread", 4096, 16],
    ["write", 65_536, 16],
  ] as const) {
    it(`answer when the model says, never before: ${rw} of ${bytes} B at depth ${depth}`, async function () {
      this.retries(4); // other tenants of the machine
      const [device] = (await make(FIXED)) as [string];
      await disks?.bypass(false);
      const found = await fio(device, {
        rw,
        bs: bytes,
        iodepth: depth,
        runtime: 4,
        time_based: 1,
        size: "32m",
      });
      const expectedNs = Math.max(serviceNs(bytes), transferNs(bytes) * depth);
      expectDuration({
        what: "a request",
        expectedNs: expectedNs * TDF,
        measuredNs: found.meanLatencyNs,
        tdf: 1,
        // The first requests find the queue shorter than the others do; and replies leave a little earlier than they are to arrive.
        grainNs: expectedNs * TDF * 0.03,
        setup: `fio on ${device}`,
      });
      // One at a time, what the host takes from a request is missing from the sum; among many, others make up for it.
      if (depth === 1) return;
      const expectedRate = (depth * bytes * 1e9) / expectedNs;
      expect(found.bytesPerSecond * TDF).to.be.within(expectedRate * 0.97, expectedRate * 1.03);
    });
  }

  it("count what the model saw", async () => {
    const [device] = (await make(FIXED)) as [string];
    await disks?.bypass(false);
    run("dd", "if=/dev/zero", `of=${device}`, "bs=64k", "count=8", "oflag=direct", "conv=fsync");
    const [counters] = (await disks?.counters())?.disks ?? [];
    expect(counters).to.include({ writes: 8, writtenBytes: 8 * 65_536, errors: 0, underWay: 0 });
    expect(counters?.latenessRealNs.count).to.equal(
      8 + (counters?.flushes ?? 0) + (counters?.reads ?? 0) + (counters?.discards ?? 0),
    );
    expect(counters?.flushes).to.be.at.least(1);
    expect(counters?.serviceVirtualNs).to.be.closeTo(
      8 * serviceNs(65_536) + (counters?.flushes ?? 0) * LATENCY_NS,
      10,
    );
  });

  it("answer at once while the model is bypassed, even if time stands still", async () => {
    const [device] = (await make(order(1e9, 1000))) as [string];
    await clock.freeze();
    run("dd", "if=/dev/zero", `of=${device}`, "bs=1M", "count=32", "oflag=direct");
    await disks?.bypass(false);
    const reader = spawn("dd", [`if=${device}`, "of=/dev/null", "bs=4k", "count=1", "iflag=direct"]);
    while (((await disks?.counters())?.disks[0]?.underWay ?? 0) === 0) await sleep(10);
    expect(reader.exitCode).to.equal(null);
    // What is under way as well.
    const ended = once(reader, "exit");
    await disks?.bypass(true);
    expect((await ended)[0]).to.equal(0);
  });

  it("keep what is written, under a file system, to the last byte", async () => {
    const [device] = (await make(undefined, 128 * MIB)) as [string];
    await disks?.bypass(false);
    run("mkfs.ext4", "-q", "-F", device);
    const check =
      "mount $0 $1 && fio --name=v --filename=$1/f --rw=randwrite --bs=4k-64k --size=32m --verify=crc32c --verify_state_save=0 --ioengine=libaio --iodepth=8 --direct=1 && rm $1/f && fstrim -v $1 && umount $1";
    run("unshare", "--mount", "sh", "-c", check, device, directory);
    expect(run("e2fsck", "-fn", device)).to.match(/Pass 5/);
    expect(broken).to.deep.equal([]);
  });

  it("lose nothing that was flushed, and hold nobody up, when their server is killed", async () => {
    const [device] = (await make(undefined, 128 * MIB)) as [string];
    await disks?.bypass(false);
    run("mkfs.ext4", "-q", "-F", "-E", "nodiscard", device);
    const work = `
      mount $0 $1 && cd $1 || exit 1
      seq 100000 > kept && sync kept && echo flushed
      # Until it fails; then the unmounting has to work all the same.
      while seq 300000 > more 2>&1 && sync more 2>&1 && cat more > /dev/null; do :; done
      cd /; umount $1; echo over`;
    const worker = spawn("unshare", ["--mount", "sh", "-c", work, device, directory], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    let said = "";
    worker.stdout.setEncoding("utf8").on("data", (piece: string) => {
      said += piece;
    });
    const ended = once(worker, "exit");
    await until(() => said.includes("flushed"), "the first file on the disk", 20_000);
    const pid = disks?.pid as number;
    const contents = openSync(contentsOf(pid, directory), "r");
    try {
      process.kill(pid, "SIGKILL");
      await disks?.ended.then(
        () => expect.fail("the end of the server went unnoticed"),
        (error: Error) => expect(error.message).to.match(/diecast-block.*SIGKILL/),
      );
      await Promise.race([ended, until(() => said.includes("over"), "the end of its user", 20_000)]);
      await until(() => !isBound(device), "the end of the loop device", 5_000);
      expect(processes().filter(({ commandLine }) => commandLine.includes(device))).to.deep.equal([]);
      // A copy, since it is repaired.
      const copy = join(directory, "copy");
      run("cp", "--sparse=always", `/proc/${process.pid}/fd/${contents}`, copy);
      const repaired = spawn("e2fsck", ["-fy", copy], { stdio: "ignore" });
      expect((await once(repaired, "exit"))[0]).to.be.at.most(1);
      run("debugfs", "-R", `dump /kept ${join(directory, "kept")}`, copy);
      expect(run("cat", join(directory, "kept"))).to.equal(run("seq", "100000"));
    } finally {
      closeSync(contents);
    }
  });

  it("pass a full host on as an error, to the disk that needs the room alone", async () => {
    await within("tmpfs", async (small) => {
      // There is room for each, but not for both.
      const made = await makeIn(small, 7 * MIB, 7 * MIB);
      const [greedy, modest] = made.devices as [string, string];
      const write = (device: string, count: number) =>
        run("dd", "if=/dev/urandom", `of=${device}`, "bs=64k", `count=${count}`, "oflag=direct");
      write(modest, 32);
      expect(() => write(greedy, 112)).to.throw(/No space left on device|Input\/output error/);
      await until(() => broken.length > 0, "a word of it", 5_000);
      expect(broken).to.have.lengthOf(1);
      expect(broken[0]).to.match(/^0: the host could not keep .*No space left on device/);
      run("dd", `if=${modest}`, "of=/dev/null", "bs=64k", "count=8", "iflag=direct");
      expect((await made.counters()).disks.map(({ errors }) => errors > 0)).to.deep.equal([true, false]);
      await made.close();
      expect((await made.counters().catch((error: Error) => error.message)) as string).to.match(/closed/);
    });
  });

  it("that have no room on the host even alone are refused", async () => {
    await within("tmpfs", async (small) => {
      const failure = await makeIn(small, 7 * MIB, 64 * MIB).catch((error: Error) => error);
      expect(failure)
        .to.have.property("message")
        .that.matches(/expected 67108864 bytes free, found \d{7}$/);
      expect(failure)
        .to.have.property("remedy")
        .that.matches(/^make room/);
    });
  });

  it("cannot discard where the host cannot, which is no failure of the host's", async () => {
    // It has no holes, and does not tell its size.
    await within("ramfs", async (folder) => {
      const made = await makeIn(folder, 8 * MIB);
      const [device] = made.devices as [string];
      run("dd", "if=/dev/urandom", `of=${device}`, "bs=1M", "count=1", "oflag=direct");
      run("blkdiscard", device);
      // The kernel then writes zeros as bytes.
      run("blkdiscard", "--zeroout", device);
      run("cmp", "-n", `${MIB}`, device, "/dev/zero");
      expect((await made.counters()).disks[0]).to.include({ errors: 0 });
      expect(broken).to.deep.equal([]);
    });
  });

  it("tell when the process has ended that holds their devices", async () => {
    await make(undefined, MIB);
    const [holder] = processes().filter(({ parent }) => parent === disks?.pid);
    process.kill(holder?.pid as number, "SIGKILL");
    await disks?.ended.then(
      () => expect.fail("its end went unnoticed"),
      (error: Error) => expect(error.message).to.match(/holder of the disks' devices has ended/),
    );
  });

  it("answer with errors, rather than not at all, once their server cannot read requests", async () => {
    const [device] = (await make(undefined, MIB)) as [string];
    const inject = ["-P", "/dev/fuse", "-e", "trace=read", "-e", "inject=read:error=EIO:when=1"];
    const strace = spawn("strace", ["-p", `${disks?.pid}`, ...inject], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(strace, "exit");
    try {
      await new Promise<void>((resolve) => {
        strace.stderr.setEncoding("utf8").on("data", (said: string) => {
          if (said.includes("attached")) resolve();
        });
      });
      const read = spawn("dd", [`if=${device}`, "of=/dev/null", "bs=4k", "count=1", "iflag=direct"]);
      expect((await once(read, "exit"))[0]).to.equal(1);
      await until(() => broken.length > 0, "a word of it", 5_000);
      expect(broken[0]).to.match(/^the kernel's requests cannot be read: Input\/output error/);
    } finally {
      strace.kill("SIGINT");
      await ended;
    }
  });

  it("are gone with their server's end, many at once", async () => {
    const devices = await make(FIXED, MIB, 30);
    expect(new Set(devices).size).to.equal(30);
    expect(devices.every(isBound)).to.equal(true);
    await disks?.close();
    expect(devices.filter(isBound)).to.deep.equal([]);
  });

  it("refuse what cannot be: a size beyond the drive's, a description that is none", async () => {
    const failure = (drive: DriveOrder, sizeBytes?: number) =>
      make(drive, sizeBytes).then(
        () => "nothing",
        (error: Error) => error.message,
      );
    const drive = loadDrive("seagate-st32171w").order as DriveOrder;
    expect(await failure(drive, 4096 * MIB)).to.match(/at most the drive's \d+ sectors, found 8388608/);
    expect(await failure({ ...FIXED, description: "model clay" })).to.match(/unknown kind of model/);
  });
});
