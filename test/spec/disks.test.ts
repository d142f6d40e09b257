import { expect } from "chai";
import { experiment, problemsOf, problemsWith } from "./experiments.js";

function disk(given: unknown): Record<string, unknown> {
  return { machines: { m: { disk: given } }, guests: { a: { machine: "m" } } };
}

const GOOD = { model: "fixed", size: "64MiB" };

describe("machines.NAME.disk", () => {
  it("is one disk, with ext4 at /data unless it says otherwise", () => {
    expect(experiment(disk(GOOD)).guests[0]?.machine.disks).to.deep.equal([
      { model: "fixed", sizeBytes: 2 ** 26, fileSystem: "ext4", mount: "/data" },
    ]);
  });

  it("is a list of them; a model with a slash is a file beside the experiment", () => {
    const disks = [
      { ...GOOD, model: "./drives/own.json", mount: "/var/lib/db/" },
      { ...GOOD, fs: "none" },
    ];
    expect(experiment(disk(disks)).guests[0]?.machine.disks).to.deep.equal([
      { model: "/drives/own.json", sizeBytes: 2 ** 26, fileSystem: "ext4", mount: "/var/lib/db" },
      { model: "fixed", sizeBytes: 2 ** 26, fileSystem: "none", mount: undefined },
    ]);
  });

  const wrong: [what: string, given: unknown, problem: RegExp][] = [
    ["no size", { model: "fixed" }, /^machines\.m\.disk\.size: expected a size/],
    ["size 0", { ...GOOD, size: 0 }, /^machines\.m\.disk\.size: expected a size/],
    ["next to nothing", { ...GOOD, size: "4KiB" }, /^machines\.m\.disk\.size: expected a size from 1 MiB/],
    [
      "half a sector",
      { ...GOOD, size: "1048577B", fs: "none" },
      /^machines\.m\.disk\.size: expected whole sectors/,
    ],
    [
      "too small for its file system",
      { ...GOOD, fs: "xfs" },
      /^machines\.m\.disk\.size: expected at least 300MiB/,
    ],
    ["a relative mount", { ...GOOD, mount: "data" }, /^machines\.m\.disk\.mount: expected an absolute path/],
    [
      "one over the guest's own files",
      { ...GOOD, mount: "/proc/x" },
      /^machines\.m\.disk\.mount: .*guest's own/,
    ],
    ["one by a detour", { ...GOOD, mount: "/data/../" }, /^machines\.m\.disk\.mount: .*guest's own/],
    [
      "a bare device with a mount",
      { ...GOOD, fs: "none", mount: "/x" },
      /^machines\.m\.disk\.mount: .*cannot be/,
    ],
    [
      "two at one place",
      [GOOD, GOOD],
      /^machines\.m\.disk\[1\]\.mount: expected a place of its own, found \/data/,
    ],
  ];
  for (const [what, given, problem] of wrong) {
    it(`refuses ${what}`, () => {
      expect(problemsWith(disk(given)).join("\n")).to.match(problem);
    });
  }

  const text = (given: object) =>
    `name: test\nmachines:\n  m:\n    disk: ${JSON.stringify(given)}\nguests: { a: { machine: m } }\nphases: { measure: 1s }\n`;

  it("refuses a drive that does not exist, with its place and the nearest name", async () => {
    const problems = await problemsOf(text({ model: "seagate-st32171", size: "1GiB" }));
    expect(problems).to.have.lengthOf(1);
    expect(problems[0]).to.match(
      /^experiment\.yaml:4:20: machines\.m\.disk\.model: .*did you mean "seagate-st32171w"/,
    );
  });

  it("refuses a disk larger than its drive", async () => {
    const problems = await problemsOf(text({ model: "seagate-st32171w", size: "3GiB" }));
    expect(problems).to.have.lengthOf(1);
    expect(problems[0]).to.match(
      /machines\.m\.disk\.size: expected at most the drive's 2\d{9} B, found 3221225472 B/,
    );
  });
});
