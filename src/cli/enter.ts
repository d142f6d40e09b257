import { openSync } from "node:fs";
import { DieCastError } from "../errors.js";
import { joinArguments } from "../host/guests/join_arguments.js";
import { type LiveRun, liveRuns } from "../host/state/live.js";
import type { GuestRecord } from "../host/state/records.js";
import { LAUNCHER, loadNative } from "../native.js";
import { inheritedArguments, parseInherited } from "./inherited.js";

/** The options of `diecast enter` as the user wrote them. */
export interface EnterFlags {
  run?: string;
  user?: string;
}

/** Beside the guest's own environment: what concerns the terminal. */
const OF_THE_TERMINAL = ["TERM", "COLORTERM"];

/** Some users' shell only says that they have none. */
const SHELL = 'case "$SHELL" in */nologin | */false) exec sh ;; *) exec "$SHELL" ;; esac';

/**
 * Becomes the command, as `diecast exec` does: until then nothing may touch process.stdin, stdout or stderr.
 * @throws DieCastError
 */
export function enter(name: string, words: readonly string[], flags: EnterFlags): never {
  // Behind GUEST everything is passed through, the `--` that may stand there too.
  const command = words[0] === "--" ? words.slice(1) : words;
  const { run, guest } = findGuest(name, flags.run, liveRuns());
  const native = loadNative();
  const inherited = parseInherited(process.env.DIECAST_INHERITED);
  const clock = openClock(run);
  const as = flags.user === undefined ? guest : { ...guest, user: flags.user };
  const args = [
    LAUNCHER,
    ...joinArguments(as, run.tdf === "1"),
    ...terminalArguments(),
    ...inheritedArguments(inherited),
    "--clock-fd",
    `${clock}`,
    "--",
    ...(command.length === 0 ? ["sh", "-c", SHELL] : []),
  ];
  try {
    const descriptors = [...inherited.descriptors, clock];
    return native.replaceProcess(LAUNCHER, args, command.length, descriptors, inherited.closed);
  } catch (cause) {
    throw new DieCastError("not-built", `cannot start diecast-launch: ${(cause as Error).message}`, {
      remedy: "build it: npm run build",
      cause,
    });
  }
}

/** @throws DieCastError `invalid-option` unless there is exactly one */
export function findGuest(
  name: string,
  id: string | undefined,
  runs: readonly LiveRun[],
): { run: LiveRun; guest: GuestRecord } {
  const remedy = "see diecast ps";
  if (id !== undefined && !runs.some((run) => run.id === id)) {
    throw new DieCastError("invalid-option", `--run: there is no live run ${id} on this host`, { remedy });
  }
  const found = runs
    .filter((run) => id === undefined || run.id === id)
    .flatMap((run) => run.guests.filter((guest) => guest.name === name).map((guest) => ({ run, guest })));
  const [first, second] = found;
  if (first === undefined) {
    throw new DieCastError("invalid-option", `there is no live guest ${name} on this host`, { remedy });
  }
  if (second !== undefined) {
    const ids = found.map(({ run }) => run.id).join(", ");
    throw new DieCastError("invalid-option", `${name}: several runs have such a guest: ${ids}`, {
      remedy: "say which with --run ID",
    });
  }
  return first;
}

function openClock(run: LiveRun): number {
  if (run.clock === undefined) throw new DieCastError("failed", `the run ${run.id} has no clock on record`);
  try {
    return openSync(run.clock, "r+");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const denied = code === "EACCES" || code === "EPERM";
    throw new DieCastError(denied ? "permission" : "failed", `cannot open the clock of ${run.id}: ${code}`, {
      remedy: denied ? "enter it as the user who runs it" : "it may just have ended",
      cause,
    });
  }
}

function terminalArguments(): string[] {
  return OF_THE_TERMINAL.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : ["--env", `${name}=${value}`];
  });
}
