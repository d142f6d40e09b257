/** What this process was started with before Node changed it; bin/diecast (native/front) writes it down. */
export interface Inherited {
  /** Bit n-1: signal n was ignored; hexadecimal. */
  readonly ignoredSignals: string;
  readonly blockedSignals: string | undefined;
  /** The soft limit on open files. */
  readonly openFiles: string | undefined;
  /** Open descriptors beyond the standard three. */
  readonly descriptors: readonly number[];
  /** Those of the standard three that were closed. */
  readonly closed: readonly number[];
}

/** Reads DIECAST_INHERITED. Without it (Node was started directly) no signal counts as ignored: Node ignores SIGPIPE. */
export function parseInherited(text: string | undefined): Inherited {
  const fields = new Map(
    (text ?? "").split(" ").map((field): [string, string] => {
      const [name = "", value = ""] = field.split("=");
      return [name, value];
    }),
  );
  return {
    ignoredSignals: fields.get("ignored") || "0",
    blockedSignals: fields.get("blocked") || undefined,
    openFiles: fields.get("nofile") || undefined,
    descriptors: numbers(fields.get("fds")),
    closed: numbers(fields.get("closed")),
  };
}

function numbers(list: string | undefined): number[] {
  return (list ?? "").split(",").filter(Boolean).map(Number);
}

/** The options of diecast-launch that restore it for the command. */
export function inheritedArguments(inherited: Inherited): string[] {
  const args = ["--ignored-signals", inherited.ignoredSignals];
  if (inherited.blockedSignals !== undefined) args.push("--blocked-signals", inherited.blockedSignals);
  if (inherited.openFiles !== undefined) args.push("--nofile", inherited.openFiles);
  return args;
}
