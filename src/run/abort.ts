import { DieCastError } from "../errors.js";

/**
 * An AbortSignal for Ctrl-C and its kin: the first asks for an orderly end, the second leaves at once (nothing of the run
 * outlives this process).
 * @returns the signal, and how to give the signals back
 */
export function abortOnSignals(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const handler = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new DieCastError("aborted", `interrupted by ${name}`));
  };
  const names: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const name of names) process.on(name, handler);
  return {
    signal: controller.signal,
    release: () => {
      for (const name of names) process.off(name, handler);
    },
  };
}
