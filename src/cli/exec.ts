import { launcherArguments } from "../clock/launch.js";
import { parseStartTime } from "../clock/start_time.js";
import { DieCastError } from "../errors.js";
import { createCpuCap } from "../host/cgroup/cap.js";
import { LAUNCHER, loadNative } from "../native.js";
import { cpuBandwidth, parseCores } from "../scale/cpu.js";
import { parseTdf } from "../scale/tdf.js";
import { inheritedArguments, parseInherited } from "./inherited.js";

/** The options of `diecast exec` as the user wrote them. */
export interface ExecFlags {
  tdf: string;
  start: string;
  cpu?: string;
  tsc?: boolean;
  fileTimes: boolean;
  stats?: boolean;
}

/**
 * Becomes the command: this process is replaced by diecast-launch, so that the command has our pid's place with the
 * shell and no Node stands between the two. Until then nothing may touch process.stdin, stdout or stderr: Node would
 * make them non-blocking, for everybody who shares them.
 * @throws DieCastError
 */
export function exec(command: readonly string[], flags: ExecFlags): never {
  const tdf = parseTdf(flags.tdf, "--tdf");
  const startNs = parseStartTime(flags.start, "--start");
  const cores = flags.cpu === undefined ? undefined : parseCores(flags.cpu, "--cpu");
  const bandwidth = cores === undefined ? undefined : cpuBandwidth(cores, tdf, "--cpu");
  if (command.length === 0) {
    throw new DieCastError("invalid-option", "exec: COMMAND is missing", {
      remedy: "see diecast exec --help",
    });
  }
  const native = loadNative();
  const inherited = parseInherited(process.env.DIECAST_INHERITED);
  const cap = bandwidth === undefined ? undefined : createCpuCap(bandwidth);
  const plan = launcherArguments({
    tdf,
    startNs,
    cores,
    cgroupDirectories: cap?.directories ?? [],
    tsc: flags.tsc ?? false,
    fileTimes: flags.fileTimes,
    stats: flags.stats ?? false,
  });
  try {
    const args = [LAUNCHER, ...plan, ...inheritedArguments(inherited), "--"];
    return native.replaceProcess(LAUNCHER, args, command.length, inherited.descriptors, inherited.closed);
  } catch (cause) {
    cap?.remove();
    throw new DieCastError("not-built", `cannot start diecast-launch: ${(cause as Error).message}`, {
      remedy: "build it: npm run build",
      cause,
    });
  }
}
