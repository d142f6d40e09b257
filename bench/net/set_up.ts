import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Clock } from "../../src/clock/clock.js";
import { createLinkCore } from "../../src/host/links/core.js";
import { createNetemLinks } from "../../src/host/links/netem/netem.js";
import { netemProblem } from "../../src/host/links/netem/probe.js";
import { tcpTimers } from "../../src/scale/tcp_timers.js";
import { guestNames, PERFECT, star } from "../../test/host/links/network.js";
import type { Row } from "./row.js";

const MOST_S = 10;

/** How long either back end takes to set up the links of many guests, and to take them down. */
export async function setUpTimes(quick: boolean): Promise<Row[]> {
  const guests = quick ? 100 : 500;
  const rows: Row[] = [];
  for (const [name, create] of [
    ["core", createLinkCore],
    ["netem", createNetemLinks],
  ] as const) {
    const restore = name === "netem" ? withoutNetem() : undefined;
    const clock = new Clock({ tdf: 10 });
    try {
      const network = star(guests, { ...PERFECT, bandwidthBps: 100e6, latencyNs: 5e6 });
      const sysctls = tcpTimers(clock.tdf);
      const beginMs = performance.now();
      const links = await create({ network, guests: guestNames(guests), clock, seed: 1, sysctls });
      const seconds = (performance.now() - beginMs) / 1000;
      const closeMs = performance.now();
      await links.close();
      const closing = (performance.now() - closeMs) / 1000;
      rows.push({
        what: `set-up of ${guests} guests, ${name}${restore === undefined ? "" : " (with tbf in netem's place)"}`,
        expected: "",
        measured: `${seconds.toFixed(1)} s, taken down in ${closing.toFixed(1)} s`,
        result: `${((seconds / guests) * 1000).toFixed(1)} ms a guest`,
        target: name === "netem" && !quick ? `< ${MOST_S} s` : "",
        reached: name === "netem" && !quick ? seconds < MOST_S : undefined,
      });
    } finally {
      clock.close();
      restore?.();
    }
  }
  return rows;
}

/**
 * Where the kernel has no netem, puts a tc before the real one that asks for a token bucket instead: the same number of
 * queueing disciplines in the same places. Returns how to take it away; undefined if netem is there.
 */
function withoutNetem(): (() => void) | undefined {
  if (netemProblem() === undefined) return undefined;
  const tc = execFileSync("sh", ["-c", "command -v tc"], { encoding: "utf8" }).trim();
  const directory = mkdtempSync(join(tmpdir(), "diecast-tc-"));
  const script = `#!/bin/sh\nsed 's/ netem .*/ tbf rate 10mbit burst 10000 limit 100000/' | "${tc}" "$@"\n`;
  writeFileSync(join(directory, "tc"), script, { mode: 0o755 });
  const path = process.env.PATH;
  process.env.PATH = `${directory}${delimiter}${path ?? ""}`;
  return () => {
    process.env.PATH = path;
    rmSync(directory, { recursive: true });
  };
}
