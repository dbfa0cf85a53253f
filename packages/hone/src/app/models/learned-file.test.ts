import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { findModel } from "./find-model.ts";
import { keepLearned, readLearned } from "./learned-file.ts";

const golden = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-learned-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
async function kept(run: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = join(root, String(++count));
  cpSync(golden, folder, { recursive: true });
  await keepLearned(folder, run);
  return folder;
}

it("says of a copied model which tasks its run learned, and in which words", async () => {
  const run = { command: "run math", level: 3, maxActions: 8, maxTokens: 12, layers: 4 };
  const copy = await kept(run);
  // A system that made its own model worded tasks as briefly as can be.
  const learned = { command: "run math", domain: "math", levels: [3], prompt: "compact" };
  const found = await findModel(copy);
  expect(found).toMatchObject({ run: { ...learned, maxActions: 8, maxTokens: 12 }, isCopy: true });
  expect(found.run).not.toHaveProperty("layers");
});

it("keeps a system message of the user's, and no path of the user's machine", async () => {
  const run = { command: "train grpo", domain: "/home/ada/own.ts", prompt: "/home/ada/p.txt" };
  const folder = await kept({ ...run, levels: [1, 2], system: "Be brief." });
  expect(await readLearned(folder)).toEqual({
    ...{ command: "train grpo", levels: [1, 2], prompt: "instructed", system: "Be brief." },
  });
});

it.each([
  { command: "train", model: "tiny" },
  { command: "train sft", data: "mine.jsonl" },
  { command: "train grpo", agent: "python agent.py", tasks: "tasks.jsonl" },
])("says nothing of %j, which learned no domain's tasks", async (run) => {
  const folder = await kept(run);
  expect(existsSync(join(folder, "hone.json"))).toBe(false);
  expect(await findModel(folder)).not.toHaveProperty("run");
});
