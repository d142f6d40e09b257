import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { buildProgram } from "../clock/program.js";
import { type Load, sendLoad } from "./emulation.js";

/** Packets per second that a bare loop between two TAP devices copies on processor 1, under the same load as the core. */
export async function bareLoop(load: Load): Promise<number> {
  const copy = spawn(await buildProgram("tap_copy"), ["1"], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(copy.stdout)[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  const hosts = `${await next()}\n${await next()}\n`;
  await sendLoad(hosts, load);
  copy.stdin.end();
  const copied = Number(await next());
  if (copy.exitCode === null) await once(copy, "exit");
  return copied / load.seconds;
}
