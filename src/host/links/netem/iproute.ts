import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { DieCastError } from "../../../errors.js";

/** The programs of iproute2. */
export type Tool = "ip" | "tc" | "bridge";

/**
 * Runs commands of one tool in a network namespace, in order, by one process.
 * @param namespace a path
 * @param directory where tc looks for NAME.dist
 * @throws DieCastError `failed` with the line that the kernel did not take, and its answer
 */
export async function batch(
  tool: Tool,
  namespace: string,
  lines: readonly string[],
  directory?: string,
): Promise<void> {
  if (lines.length === 0) return;
  const { status, stderr } = await runTool(tool, namespace, ["-batch", "-"], lines.join("\n"), directory);
  if (status === 0) return;
  // "Command failed -:7" names the line; what went wrong stands above it.
  const number = Number(/Command failed -:(\d+)/.exec(stderr)?.[1]);
  const line = lines[number - 1];
  throw new DieCastError(
    "failed",
    `${tool}${line === undefined ? "" : ` ${line}`}: ${answerIn(stderr) || `exit code ${status}`}`,
  );
}

/** Runs one query of a tool that answers in JSON. */
export async function query(tool: Tool, namespace: string, args: readonly string[]): Promise<unknown> {
  const { status, stdout, stderr } = await runTool(tool, namespace, args, "");
  if (status !== 0)
    throw new DieCastError(
      "failed",
      `${tool} ${args.join(" ")}: ${answerIn(stderr) || `exit code ${status}`}`,
    );
  return JSON.parse(stdout);
}

function answerIn(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return lines
    .filter((line) => !/^(Command failed|We have an error talking)/.test(line))
    .join("; ")
    .replace(/\b(Error|RTNETLINK answers): /g, "");
}

// By nsenter: -netns of these tools takes only names, which would outlive a run.
async function runTool(
  tool: Tool,
  namespace: string,
  args: readonly string[],
  input: string,
  directory?: string,
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const child = spawn("nsenter", [`--net=${namespace}`, tool, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C", ...(directory === undefined ? {} : { TC_LIB_DIR: directory }) },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("close", resolve);
    child.once("error", (cause) =>
      reject(
        new DieCastError("failed", `cannot start nsenter: ${cause.message}`, {
          remedy: "apt-get install util-linux",
          cause,
        }),
      ),
    );
  });
  // A tool that stops at a line does not read the rest.
  child.stdin.on("error", () => {});
  child.stdin.end(input === "" ? "" : `${input}\n`);
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (status === 127)
    throw new DieCastError("failed", `${tool} is not installed`, { remedy: "apt-get install iproute2" });
  return { status, stdout, stderr };
}
