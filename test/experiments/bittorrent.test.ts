import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { loadExperiment } from "../../src/spec/load.js";
import { Folder } from "../metrics/folder.js";
import { ROOT } from "../paths.js";
import { LiveRun } from "../run/experiment.js";

const BITTORRENT = join(ROOT, "experiments", "bittorrent");
const KINDS = ["cable", "dsl", "rural"];
const FILE_BYTES = 2 ** 19;
const MEASURE_S = 10;
/** Two peers of each kind, a small file; one peer is cut off in the midst and comes back. */
const SMALL = [
  ...KINDS.map((kind) => `guests.${kind}.count=2`),
  ...["tracker", "seed", ...KINDS].map((group) => `guests.${group}.env.FILE_BYTES=${FILE_BYTES}`),
  // Eight guests leave room for more of the host than 41 do.
  "machines.peer.cpu=0.15",
  `phases.measure=${MEASURE_S}s`,
  "events=[{ at: 2s, guest: dsl-2, kill: true }, { at: 3s, guest: dsl-2, restart: true }]",
];
/** What all of them together send, bit/s: the seed and two of each kind. */
const UPLOAD_BPS = 8e6 + 2 * (2e6 + 1.5e6 + 1e6);
const DOWNLOAD_BPS: Record<string, number> = { cable: 8e6, dsl: 6e6, rural: 4e6 };

describe("experiments/bittorrent", () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(function () {
    folder.close(this.currentTest);
  });

  it("can be loaded, also with peers that come and go", async () => {
    const { experiment } = await loadExperiment(join(BITTORRENT, "experiment.yaml"), {
      overrides: ["churn=yes"],
    });
    const peers = experiment.guests.filter(({ name }) => KINDS.includes(name));
    expect(peers.map(({ count }) => count)).to.deep.equal([13, 13, 13]);
    expect(experiment.metrics.map(({ groups }) => groups)).to.deep.equal([KINDS, KINDS]);
    // Whoever goes comes back.
    const guests = experiment.events.flatMap((event) => (event.kind === "guest" ? event.guests : []));
    expect(new Set(guests)).to.have.lengthOf(guests.length / 2);
    expect(guests).to.have.lengthOf(24);
  });

  it("describes its file as a client understands it, the same each time", () => {
    const [metainfo, content, allow] = ["file.torrent", "file.bin", "allowed"].map((name) =>
      join(folder.path, name),
    ) as [string, string, string];
    const make = (seed: string) => {
      const size = ["--bytes", "200000", "--piece-bytes", "65536", "--seed", seed];
      const files = ["--metainfo", metainfo, "--content", content, "--allow", allow];
      execFileSync("node", [join(BITTORRENT, "torrent.mjs"), ...size, ...files]);
      return readFileSync(allow, "utf8").trim();
    };
    const other = make("2");
    const hash = make("1");
    expect(make("1")).to.equal(hash);
    expect(hash).to.not.equal(other);
    expect(execFileSync("aria2c", ["--show-files", metainfo], { encoding: "utf8" })).to.include(hash);
    const check = ["--no-conf", `--dir=${folder.path}`, "--check-integrity", "--hash-check-only"];
    const offline = ["--enable-dht=false", "--bt-enable-lpd=false", "--seed-time=0"];
    expect(execFileSync("aria2c", [...check, ...offline, metainfo], { encoding: "utf8" })).to.match(
      /Verification finished successfully/,
    );
  });

  it("refuses a size that is none, with its name", () => {
    expect(() =>
      execFileSync("node", [join(BITTORRENT, "torrent.mjs"), "--bytes", "many"], { stdio: "pipe" }),
    ).to.throw('--bytes: expected a whole number above 0, found "many"');
  });

  it("has every peer fetch the file, bit for bit, no faster than the lines allow (TDF 2)", async function () {
    this.timeout(120_000);
    const out = join(folder.path, "run");
    const set = SMALL.flatMap((one) => ["--set", one]);
    const run = new LiveRun(["run", BITTORRENT, "--tdf", "2", "--out", out, ...set], out);
    await run.ended;
    // 1: the host did not keep up, which says nothing of what was fetched; or a guest has failed.
    expect(run.code, run.said).to.equal(run.isUntrustworthy ? 1 : 0);
    const failed = run.record.guests.filter(({ ends }) => ends.some(({ foreseen }) => !foreseen));
    expect(failed, run.said).to.deep.equal([]);
    const hash = /file\.bin ([0-9a-f]{64})/.exec(run.output("seed"))?.[1];
    expect(hash, "the hash of what the seed has").to.be.a("string");
    const times: number[] = [];
    for (const guest of KINDS.flatMap((kind) => [`${kind}-1`, `${kind}-2`])) {
      const csv = run.text("guests", guest, "root", "srv", "download.csv").trim().split("\n");
      expect(csv, `${guest}: ${run.said}`).to.have.lengthOf(2);
      const [at_ms, s, own] = csv[1]?.split(",") ?? [];
      expect(own, guest).to.equal(hash);
      expect(Number(at_ms)).to.be.greaterThan(0);
      const leastS = (FILE_BYTES * 8) / (DOWNLOAD_BPS[guest.replace(/-\d$/, "")] as number);
      expect(Number(s), guest).to.be.within(leastS, MEASURE_S);
      times.push(Number(s));
    }
    // The last has it when the swarm has sent it six times, at the earliest.
    expect(Math.max(...times)).to.be.greaterThan((6 * FILE_BYTES * 8) / UPLOAD_BPS);
    const values = run.text("metrics", "values", "download.csv").trim().split("\n").slice(1);
    expect(values).to.have.lengthOf(6);
    expect(values.map((line) => Number(line.split(",")[1])).sort()).to.deep.equal(times.sort());
  });
});
