import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { output } from "./program.js";

/**
 * Starts redis-server under `prefix` (a command that runs a command, or nothing), measures GET with redis-benchmark under the
 * same prefix in the same tree, and stops the server. Returns requests per second, as the benchmark perceived them.
 */
export async function serveAndMeasure(prefix: readonly string[]): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "diecast-bench-"));
  // The server listens on a socket in a directory of its own: no port to collide with, nothing to find by name.
  const script = `
    redis-server --port 0 --unixsocket "$1/socket" --save "" --dir "$1" --logfile "$1/log" &
    server=$!
    trap 'kill $server 2>/dev/null; wait $server' EXIT
    for attempt in $(seq 100); do [ -S "$1/socket" ] && break; sleep 0.05; done
    redis-benchmark -s "$1/socket" -t get -n 100000 -c 50 --csv`;
  try {
    const csv = await output([...prefix, "sh", "-c", script, "sh", directory]);
    const rate = Number(/^"GET","([\d.]+)"/m.exec(csv)?.[1]);
    if (!Number.isFinite(rate)) throw new Error(`redis-benchmark printed ${JSON.stringify(csv)}`);
    return rate;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
