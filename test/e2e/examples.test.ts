/** The examples run as they stand, and the README shows the first one word for word. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const tiny = join(root, "test/golden/models/qwen2");

/** Example → its arguments and what it must have printed at the end. */
const examples: Readonly<Record<string, { args: readonly string[]; prints: RegExp }>> = {
  "engine.ts": { args: [tiny], prints: /step 20: loss 0\.\d+ nats\n.*content: '4' }\n$/ },
};

it("has a row for every example", () => {
  expect(readdirSync(join(root, "examples")).filter((file) => file.endsWith(".ts"))).toEqual(
    Object.keys(examples),
  );
});

it.each(Object.entries(examples))("%s runs", async (file, { args, prints }) => {
  const command = ["--conditions=source", join(root, "examples", file), ...args];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root });
  expect(stdout).toMatch(prints);
});

it("are what the README shows", () => {
  const [, code] = /^(?:\/\/.*\n)([^]+)$/.exec(
    readFileSync(join(root, "examples/engine.ts"), "utf8"),
  )!;
  expect(readFileSync(join(root, "README.md"), "utf8")).toContain(code);
});
