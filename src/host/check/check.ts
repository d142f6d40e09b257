import { checkCgroups } from "./cgroups.js";
import { checkDilation } from "./dilation.js";
import { type HostFacts, hostFacts } from "./facts.js";
import type { CheckItem } from "./item.js";
import { checkNetwork } from "./network.js";
import { checkPages } from "./pages.js";
import { checkRests } from "./rests.js";
import { checkRights } from "./rights.js";
import { checkStorage } from "./storage.js";
import { checkTcpTimers } from "./tcp_timers.js";

export interface CheckReport {
  readonly host: HostFacts;
  readonly items: readonly CheckItem[];
  /** Whether `diecast exec` works here. */
  readonly exec: boolean;
  /** Whether `diecast run` does. */
  readonly run: boolean;
}

/** What every guest of a scale model is made of, beside dilated time. */
const PARTS_OF_GUESTS = ["network namespaces", "cgroup cpu", "cgroup memory", "overlay", "user rights"];

/** Tries everything. Leaves nothing behind but, where the kernel has modules, those that the trials loaded. */
export async function checkHost(): Promise<CheckReport> {
  const dilation = checkDilation();
  const items = [
    ...dilation,
    ...checkNetwork(),
    ...checkCgroups(),
    checkTcpTimers(),
    checkRests(),
    checkPages(),
    ...checkStorage(),
    ...checkRights(),
  ];
  const exec = dilation.at(-1)?.state === "ok";
  const isThere = (name: string) => items.some((item) => item.name === name && item.state === "ok");
  // Either of them carries links.
  const links = isThere("TUN") || isThere("netem");
  return { host: await hostFacts(), items, exec, run: exec && links && PARTS_OF_GUESTS.every(isThere) };
}
