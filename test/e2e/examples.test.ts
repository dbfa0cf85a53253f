/** The examples run as they stand, if with fewer steps, and three of them stand in the documents word for word. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";
import { findsHone } from "../doubles/own-code.ts";

const root = join(import.meta.dirname, "../..");
const tiny = join(root, "test/golden/models/qwen2");
// Runs are written below the folder that an example is started in.
const folder = mkdtempSync(join(tmpdir(), "hone-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Example → its arguments and what it must have printed at the end. */
const examples: Readonly<Record<string, { args: readonly string[]; prints: RegExp }>> = {
  "agent.ts": { args: [], prints: /^0\.\d+ → (?:0\.\d+|1)\n$/ },
  "ai-sdk-agent.ts": {
    args: ["1", "0", "2"],
    prints: /^\d+ held-out questions: \d+ % .*\n\d+ % after it; .*\n.* -?\d+ % to -?\d+ %\)\n$/,
  },
  "engine.ts": { args: [tiny], prints: /step 20: loss 0\.\d+ nats\n.*content: '4' }\n$/ },
  "multi-turn.ts": {
    args: [],
    prints: /start: 0.*\nafter sft: .*\nafter grpo: .*\n\d+ of 64 better .*\n.*report\.md\n$/,
  },
  "stored-rollouts.ts": {
    args: [],
    prints:
      /^\d+ rollouts in \d+ groups, \d+ with the tokens that were sampled\n0(?:\.\d+)? → 1\n$/,
  },
  "team-adapters.ts": {
    args: [],
    prints:
      /^30 held-out requests: \d+ % .*\n\d+ % after it; .*\n.* -?\d+ % to -?\d+ %\)\ntold "east", .*\ntold "west", .*\n$/,
  },
  "team.ts": {
    args: [],
    prints:
      /"clearedVotes":2[^]*winner: cleo, after 3 rounds \(consensus\)\n[^]*\nteam +\d\.\d{3} \{.*\}\n$/,
  },
  "tool-agent.ts": {
    args: ["1", "0", "2"],
    prints: /^\d+ held-out questions: \d+ % .*\n\d+ % after it; .*\n.* -?\d+ % to -?\d+ %\)\n$/,
  },
  "traces.ts": {
    args: [],
    prints: /^That makes 42\.[^]*\n8 spans written, 0 dropped; see .*\n$/,
  },
  "train-agent.ts": {
    args: [],
    prints:
      /^36 held-out requests: \d+ % .*\n\d+ % after it; .*\n.* -?\d+ % to -?\d+ %\).*[/\\]model\n$/,
  },
};

it("has a row for every example", () => {
  expect(readdirSync(join(root, "examples")).filter((file) => file.endsWith(".ts"))).toEqual(
    Object.keys(examples),
  );
});

const fewSteps = ["--import", join(root, "test/doubles/few-steps.ts")];

it.each(Object.entries(examples))("%s runs", async (file, { args, prints }) => {
  const command = [...findsHone, ...fewSteps, join(root, "examples", file), ...args];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: folder });
  expect(stdout).toMatch(prints);
});

it.each([
  ["agent.ts", "README.md"],
  ["engine.ts", "docs/features.md"],
  ["stored-rollouts.ts", "docs/rollouts.md"],
])("%s is what %s shows", (file, page) => {
  const source = readFileSync(join(root, "examples", file), "utf8");
  const [, code] = /^(?:\/\/.*\n)([^]+)$/.exec(source)!;
  expect(readFileSync(join(root, page), "utf8")).toContain(code);
});
