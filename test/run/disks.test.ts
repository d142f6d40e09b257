import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { Fidelity } from "../../src/run/fidelity.js";
import { fioResult } from "../host/disks/fio.js";
import { Experiment, type LiveRun } from "./experiment.js";

const MIB = 2 ** 20;

/** The rows of disks.csv of one disk, by column. */
function rowsOf(run: LiveRun, disk: string): Record<string, string>[] {
  const [header = "", ...lines] = run.text("metrics", "disks.csv").trim().split("\n");
  const columns = header.split(",");
  return lines
    .map((line) => line.split(","))
    .map((cells) => Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? ""])))
    .filter((row) => row.disk === disk);
}

/** Means of what the model made of the requests, weighted by their number. */
function modelled(run: LiveRun, disk: string): { responseNs: number; reads: number } {
  const rows = rowsOf(run, disk).map((row) => ({
    reads: Number(row["reads (1/s)"]),
    responseMs: Number(row["response (ms)"]),
  }));
  const reads = rows.reduce((sum, row) => sum + row.reads, 0);
  const sum = rows.reduce((total, row) => total + row.reads * row.responseMs, 0);
  return { responseNs: (sum / reads) * 1e6, reads };
}

describe("a guest's disk", function () {
  this.timeout(120_000);
  let experiment: Experiment | undefined;
  afterEach(function () {
    return experiment?.clear(this.currentTest?.state === "failed");
  });

  it("takes the time of its model, as the guest perceives it, within 3 %", async function () {
    this.retries(3); // other tenants of the machine
    const job = `--rw=randread --bs=4k --iodepth=1 --ioengine=libaio --direct=1 --size=64m --runtime=1.2s --time_based`;
    experiment = new Experiment({
      machines: { m: { cpu: 1, memory: "256MiB", disk: { model: "seagate-st32171w", size: "256MiB" } } },
      guests: {
        db: {
          machine: "m",
          prepare: "dd if=/dev/zero of=/data/file bs=1M count=64 status=none",
          run: `fio --name=test --filename=/data/file ${job} --output-format=json; exec sleep 1000`,
        },
      },
      phases: { warmup: "0.1s", measure: "2.6s" },
      sample: "100ms",
    });
    const run = await experiment.run("--tdf", "10");
    expect(run.code, run.said).to.equal(0);
    const perceived = fioResult(run.output("db"), "read");
    const { responseNs } = modelled(run, "db:/data");
    expect(perceived.requests).to.be.above(40);
    expect(responseNs).to.be.above(3e6);
    expect(perceived.meanLatencyNs).to.be.within(responseNs * 0.97, responseNs * 1.03);
    const { disks } = run.json("fidelity.json") as Fidelity;
    expect(disks?.requests).to.be.above(40);
    expect(disks?.failed).to.equal(0);
  });

  it("is filled by prepare at the host's speed, and then read from the drive, not from memory", async () => {
    experiment = new Experiment({
      machines: {
        m: {
          memory: "256MiB",
          disk: [{ model: "hdd-7200-sata-4tb", size: "300MiB", fs: "xfs", mount: "/srv/db" }],
        },
      },
      guests: {
        db: {
          machine: "m",
          user: "nobody",
          prepare: "dd if=/dev/urandom of=/srv/db/file bs=1M count=8 status=none",
          run: "md5sum < /srv/db/file && stat -f -c %T /srv/db && echo own > /srv/db/own && cat /srv/db/own",
          exit: 0,
        },
      },
      phases: { warmup: 0, measure: "2s" },
      sample: "20ms",
    });
    const run = await experiment.run("--tdf", "5");
    expect(run.code, run.said).to.equal(0);
    expect(run.output("db")).to.match(/^[0-9a-f]{32} {2}-\nxfs\nown\n$/);
    // Some of it falls before the first sample.
    const read = rowsOf(run, "db:/srv/db").reduce((sum, row) => sum + Number(row["read (B/s)"]) * 0.02, 0);
    expect(read).to.be.above(4 * MIB);
    expect(run.said).not.to.match(/still in use after prepare/);
  });

  it("may be several, one of them bare; none of another guest's can be seen", async () => {
    experiment = new Experiment({
      machines: {
        m: {
          memory: "64MiB",
          disk: [
            { model: "none", size: "16MiB" },
            { model: "none", size: "8MiB", fs: "none" },
          ],
        },
      },
      guests: {
        a: {
          machine: "m",
          count: 2,
          run: 'ls /dev/sd* && wc -c < /dev/sdb && printf "$DIECAST_GUEST" > /dev/sdb && head -c 3 /dev/sdb && ls /data',
          exit: 0,
        },
      },
      phases: { warmup: 0, measure: "1s" },
    });
    const run = await experiment.run("--tdf", "2");
    expect(run.code, run.said).to.equal(0);
    for (const guest of ["a-1", "a-2"]) {
      expect(run.output(guest)).to.equal(`/dev/sda\n/dev/sdb\n${8 * MIB}\n${guest}lost+found\n`);
    }
  });

  it("begins with everything on it and nothing in memory, be it bare or without prepare", async () => {
    const disk = { model: "hdd-7200-sata-4tb", size: "32MiB" };
    experiment = new Experiment({
      machines: {
        bare: { memory: "256MiB", disk: { ...disk, fs: "none" } },
        fresh: { memory: "256MiB", disk: { ...disk, fs: "ext4" } },
      },
      guests: {
        bare: {
          machine: "bare",
          prepare: "dd if=/dev/urandom of=/dev/sda bs=1M count=16 status=none; md5sum < /dev/sda",
          run: "exec md5sum < /dev/sda",
          exit: 0,
        },
        // What mkfs has written is in memory as well unless somebody sees to it.
        fresh: { machine: "fresh", run: "exec md5sum < /dev/sda", exit: 0 },
      },
      phases: { warmup: 0, measure: "2s" },
      sample: "20ms",
    });
    const run = await experiment.run("--tdf", "5");
    expect(run.code, run.said).to.equal(0);
    const [prepared, measured] = run.output("bare").split("\n");
    expect(measured).to.equal(prepared);
    for (const name of ["bare:sda", "fresh:/data"]) {
      const read = rowsOf(run, name).reduce((sum, row) => sum + Number(row["read (B/s)"]) * 0.02, 0);
      // Some of it falls before the first sample.
      expect(read, name).to.be.above(26 * MIB);
    }
  });

  it("that is read again, as the host has taken from memory what was there, is told of", async () => {
    // MADV_PAGEOUT has the kernel take pages as one does that clears its memory.
    const reader = [
      "import mmap",
      "file = open('/data/file', 'rb')",
      "pages = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)",
      "while True:",
      "  sum(pages[::4096])",
      "  pages.madvise(21)",
    ];
    experiment = new Experiment({
      machines: {
        m: { cpu: 1, memory: "256MiB", disk: { model: "hdd-7200-sata-4tb", size: "32MiB" } },
      },
      guests: {
        db: {
          machine: "m",
          prepare: "dd if=/dev/urandom of=/data/file bs=1M count=4 status=none",
          run: ["python3", "-c", reader.join("\n")],
        },
      },
      phases: { warmup: "0.2s", measure: "1s" },
    });
    const run = await experiment.runUndisturbed("--tdf", "2");
    expect(run.code, run.said).to.equal(0);
    const { rereads, reasons } = run.json("fidelity.json") as Fidelity;
    expect(rereads?.guest, run.said).to.equal("db");
    expect(rereads?.filePages).to.be.above(1024);
    expect(rereads?.diskShare).to.be.within(0.05, 1.05);
    expect(reasons.join()).to.contain("the host had taken from db's memory what it read again");
  });

  it("that the host has no room for any more, while it is being prepared, ends the run", async () => {
    experiment = new Experiment({
      machines: { m: { memory: "128MiB", disk: { model: "none", size: "20MiB", fs: "none" } } },
      guests: {
        a: { machine: "m", count: 2, prepare: "dd if=/dev/urandom of=/dev/sda bs=1M count=20", run: "true" },
      },
      phases: { warmup: 0, measure: "1s" },
    });
    const small = join(experiment.folder, "small");
    mkdirSync(small);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=32m", "small", small]);
    try {
      const run = await experiment.run("--tdf", "2", "--overcommit", "--out", join(small, "run"));
      expect(run.code, run.said).to.not.equal(0);
      expect(run.stderr).to.match(
        /a-[12]:sda: the host could not keep what was written.*No space left on device/,
      );
    } finally {
      execFileSync("umount", [small]);
    }
  });

  it("that the host has no room for is refused before anything is begun", async () => {
    experiment = new Experiment({
      machines: { m: { disk: { model: "none", size: "900000GiB", fs: "none" } } },
      guests: { a: { machine: "m", run: "true" } },
      phases: { warmup: 0, measure: "1s" },
    });
    const run = await experiment.run("--tdf", "2");
    expect(run.code, run.said).to.equal(125);
    expect(run.stderr).to.match(/disk \(wanted 900000\.00 GiB, there is/);
  });
});
