import si from "systeminformation";

/** What kind of host this is, for people who compare results. */
export interface HostFacts {
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
}

export async function hostFacts(): Promise<HostFacts> {
  const [cpu, memory, system] = await Promise.all([si.cpu(), si.mem(), si.osInfo()]);
  return {
    processor: `${cpu.manufacturer} ${cpu.brand}`.trim(),
    cores: cpu.cores,
    memoryBytes: memory.total,
    system: `${system.distro} ${system.release}`.trim(),
  };
}
