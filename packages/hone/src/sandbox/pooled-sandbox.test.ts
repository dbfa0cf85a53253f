import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("keeps Node running until the interpreters are ready that a program waits for", async () => {
  const module = JSON.stringify(new URL("./javascript-sandbox.ts", import.meta.url).href);
  const code = `import { javascriptSandbox } from ${module};
    await javascriptSandbox({ size: 1 }).prefill();
    console.log("ready");`;
  const flags = ["--no-warnings", "--input-type=module", "-e", code];
  // It would end with code 13 before the line, and then fails here; afterwards nothing keeps it.
  const { stdout } = await promisify(execFile)(process.execPath, flags);
  expect(stdout).toBe("ready\n");
}, 60_000);
