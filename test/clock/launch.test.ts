import { expect } from "chai";
import { launcherArguments } from "../../src/clock/launch.js";
import { ratio } from "../../src/scale/ratio.js";

describe("launcherArguments", () => {
  const plain = { tdf: ratio(10n, 1n), cgroupDirectories: [], tsc: false, fileTimes: true, stats: false };

  it("writes the TDF as a fraction and leaves out what is default", () => {
    expect(launcherArguments(plain).join(" ")).to.equal("--tdf 10/1 --cpu-scale 1/10");
  });

  it("leaves TDF and start to the time page where there is one", () => {
    expect(launcherArguments({ ...plain, clockFd: 3 }).join(" ")).to.equal("--clock-fd 3 --cpu-scale 1/10");
  });

  it("passes everything on", () => {
    const plan = {
      tdf: ratio(5n, 2n),
      startNs: 7n,
      cores: ratio(1n, 2n),
      cgroupDirectories: ["/a", "/b"],
      tsc: true,
      fileTimes: false,
      stats: true,
    };
    const expected =
      "--tdf 5/2 --cpu-scale 2/1 --start 7 --cgroup /a --cgroup /b --tsc --no-file-times --stats";
    expect(launcherArguments(plan).join(" ")).to.equal(expected);
  });
});
