import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { DieCastError } from "../../errors.js";
import { type KernelProbe, LAUNCHER, loadNative } from "../../native.js";
import { type CheckItem, lacking, ok, problemOf } from "./item.js";

const NO_EXEC = "diecast exec does not work";

/** What `diecast exec` needs: each part by itself, and at the end all of it together. */
export function checkDilation(): CheckItem[] {
  let probe: KernelProbe;
  try {
    probe = loadNative().probeKernel();
  } catch (error) {
    if (!(error instanceof DieCastError)) throw error;
    return [lacking("native code", "missing", error.message, NO_EXEC, error.remedy ?? "npm run build")];
  }
  return [
    checkKernel(probe),
    checkArchitecture(),
    checkFilter(probe),
    checkNotification(probe),
    checkPtrace(probe),
    checkVdso(probe),
    checkExec(),
  ];
}

function checkKernel(probe: KernelProbe): CheckItem {
  const version = release();
  const lacks: [string | null, string, string][] = [
    [probe.notifyContinue, "5.5 (notified calls may continue)", NO_EXEC],
    [probe.notifyAddFd, "5.9 (descriptors for notified processes)", NO_EXEC],
    [probe.pidfdGetfd, "5.6 (pidfd_getfd)", "a program that has used up its descriptors cannot exec"],
    [
      probe.epollPwait2,
      "5.11 (epoll_pwait2)",
      "programs wait with epoll in steps of a millisecond, as without diecast",
    ],
    [
      probe.notifyAddFdSend,
      "5.14 (descriptor and reply in one step)",
      "an exec killed at the wrong moment can leak a descriptor",
    ],
  ];
  const missing = lacks.filter(([problem]) => problem !== null);
  if (missing.length === 0) return ok("kernel", `Linux ${version}`);
  const [, , cost] = missing[0] as [string | null, string, string];
  return lacking(
    "kernel",
    cost === NO_EXEC ? "missing" : "limited",
    `Linux ${version} lacks what came with ${missing.map(([, what]) => what).join(", ")}`,
    cost,
    "use Linux 5.14 or later",
  );
}

function checkArchitecture(): CheckItem {
  // The addon does not load on another one; here for whoever reads the table.
  return ok("architecture", process.arch === "x64" ? "x86-64" : process.arch);
}

function checkFilter(probe: KernelProbe): CheckItem {
  if (probe.seccompTrap === null) return ok("seccomp filter", "calls can be handled inside the process");
  return lacking(
    "seccomp filter",
    "missing",
    probe.seccompTrap,
    NO_EXEC,
    "use a kernel with CONFIG_SECCOMP_FILTER; in a container allow the seccomp call",
  );
}

function checkNotification(probe: KernelProbe): CheckItem {
  const name = "seccomp notification";
  const problem = probe.seccompNotify ?? probe.notifyContinue ?? probe.notifyAddFd;
  if (problem === null)
    return ok(name, probe.notifyAddFdSend === null ? "all of it" : "without ADDFD_FLAG_SEND");
  return lacking(
    name,
    "missing",
    problem,
    NO_EXEC,
    "use Linux 5.9 or later; in a container allow the seccomp call (docker run --security-opt seccomp=unconfined)",
  );
}

function checkPtrace(probe: KernelProbe): CheckItem {
  const scope = yamaScope();
  if (probe.ptrace === null) return ok("ptrace", `descendants can be attached to (${scope})`);
  return lacking(
    "ptrace",
    "missing",
    `${probe.ptrace} (${scope})`,
    NO_EXEC,
    "sysctl kernel.yama.ptrace_scope=1, or run as root; in a container: docker run --cap-add SYS_PTRACE",
  );
}

function yamaScope(): string {
  const path = "/proc/sys/kernel/yama/ptrace_scope";
  return existsSync(path) ? `yama scope ${readFileSync(path, "utf8").trim()}` : "no yama";
}

function checkVdso(probe: KernelProbe): CheckItem {
  if (probe.vdso === null) return ok("vDSO", "time is read without a system call");
  return lacking(
    "vDSO",
    "limited",
    probe.vdso,
    "reading the time takes a system call",
    "boot without vdso=0",
  );
}

/** The one that counts: a real program in dilated time. */
function checkExec(): CheckItem {
  if (!existsSync(LAUNCHER))
    return lacking("diecast exec", "missing", `${LAUNCHER} is missing`, NO_EXEC, "npm run build");
  const problem = problemOf(LAUNCHER, ["--tdf", "10/1", "--", "true"]);
  if (problem === null) return ok("diecast exec", "a program ran in dilated time");
  return lacking(
    "diecast exec",
    "missing",
    problem,
    NO_EXEC,
    "see the items that are missing, or report it with this output",
  );
}
