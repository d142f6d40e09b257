import { checkCgroups } from "./cgroups.js";
import { checkDilation } from "./dilation.js";
import { type HostFacts, hostFacts } from "./facts.js";
import type { CheckItem } from "./item.js";
import { checkNetwork } from "./network.js";
import { checkRights } from "./rights.js";
import { checkStorage } from "./storage.js";

export interface CheckReport {
  readonly host: HostFacts;
  readonly items: readonly CheckItem[];
  /** Whether `diecast exec` works here. */
  readonly exec: boolean;
}

/** Tries everything. Leaves nothing behind but, where the kernel has modules, those that the trials loaded. */
export async function checkHost(): Promise<CheckReport> {
  const dilation = checkDilation();
  return {
    host: await hostFacts(),
    items: [...dilation, ...checkNetwork(), ...checkCgroups(), ...checkStorage(), ...checkRights()],
    exec: dilation.at(-1)?.state === "ok",
  };
}
