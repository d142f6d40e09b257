import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** As the kernel: then it says ELOOP. */
const MOST_LINKS = 40;

/**
 * The path on the host of a path in a guest whose root directory is `root`. Symbolic links, also the last one, are followed
 * as the guest would: seen from the host an absolute one would lead to the host's own files. What does not exist stays as
 * it is written.
 */
export function resolveInside(root: string, path: string): string {
  const ahead = path.split("/").reverse();
  const resolved: string[] = [];
  for (let links = 0; ahead.length > 0; ) {
    const name = ahead.pop() as string;
    if (name === "" || name === ".") continue;
    if (name === "..") {
      resolved.pop();
      continue;
    }
    const target = links < MOST_LINKS ? linkAt(join(root, ...resolved, name)) : undefined;
    if (target === undefined) {
      resolved.push(name);
      continue;
    }
    links += 1;
    if (target.startsWith("/")) resolved.length = 0;
    ahead.push(...target.split("/").reverse());
  }
  return join(root, ...resolved);
}

function linkAt(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}
