import { invalidOption } from "../errors.js";
import { presentStepsPerSecond } from "../host/present_speed.js";
import { abortOnSignals } from "../run/abort.js";
import { runProgress } from "./run_progress.js";

/** What no core of today comes near to, in either direction. */
const LEAST = 1e6;
const MOST = 1e12;

/**
 * What `--steady-cores` asks for: steps per second that guests' cores are to do.
 * @param flag true: as many as the host's do now, which takes four seconds to tell, and is not for a dry run
 * @throws DieCastError `invalid-option`, or `failed` if that cannot be told
 */
export async function steadyCoresOf(
  flag: true | string | undefined,
  options: { readonly dryRun?: boolean; readonly allowIdle?: boolean; readonly quiet?: boolean },
): Promise<number | undefined> {
  if (flag === undefined || (flag === true && options.dryRun)) return undefined;
  if (flag === true) return measured(options);
  const steps = Number(flag);
  if (!/^\d+(\.\d+)?(e\+?\d+)?$/i.test(flag) || !(steps >= LEAST && steps <= MOST))
    throw invalidOption("--steady-cores", "steps per second from 1e6 to 1e12, such as 1.8e9", flag);
  return steps;
}

async function measured({ allowIdle = false, quiet = false }: { allowIdle?: boolean; quiet?: boolean }) {
  const { signal, release } = abortOnSignals();
  try {
    const steps = await presentStepsPerSecond(allowIdle, signal);
    if (!quiet)
      runProgress().note(`guests' cores are kept as fast as the host's are now: --steady-cores ${steps}`);
    return steps;
  } finally {
    release();
  }
}
