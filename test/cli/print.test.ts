import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";

describe("print", () => {
  it("prints more than a pipe holds to a reader that takes its time", async () => {
    const module = new URL("../../src/cli/print.js", import.meta.url).href;
    // A look at process.stdout makes the pipe non-blocking, as a parent may have done.
    const script = `import { print } from ${JSON.stringify(module)}; process.stdout.writable; print("x".repeat(1e6));`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    let length = 0;
    child.stdout.on("data", (piece: Buffer) => {
      length += piece.length;
    });
    const [code] = await once(child, "close");
    expect({ code, length }).to.deep.equal({ code: 0, length: 1e6 });
  });
});
