/** A model on this machine does the tasks and is its own critic: a golden folder of random weights, which writes nothing sensible. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { gepa } from "../../algorithms/prompts/gepa.ts";
import { promptFormat } from "../../algorithms/prompts/critic-wording.ts";
import { findModel } from "../models/find-model.ts";
import { openFound } from "../models/open-found.ts";
import { policyCritic } from "./critics.ts";
import { optimizePrompts } from "./optimize-prompts.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-local-prompts-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("is no critic where its context does not hold the question", async () => {
  const tasks = (from: number) => Array.from({ length: 4 }, (_, i) => ({ id: `t${from + i}` }));
  const search = optimizePrompts({
    model,
    agent: async ({ id }, { model: policy, prompts }) =>
      (await policy.chat([{ role: "user", content: `${prompts["ask"]} ${id}` }])).content,
    reward: ({ answer }) => answer.length,
    tasks: { train: tasks(0), test: tasks(4) },
    prompts: { ask: "a" },
    method: gepa({ steps: 1, minibatchSize: 1, validationSize: 1 }),
    sampling: { maxTokens: 4 },
    threads: 1,
    out: join(root, "run"),
  });
  await expect(search).rejects.toThrow(
    /CRITIC_QUESTION_TOO_LONG: .*the model .*qwen2, has \d+ tokens, and its context holds 256\.\n.*`maxExampleLength`/,
  );
  const rows = readFileSync(join(root, "run", "paid.jsonl"), "utf8");
  expect(rows.match(/"kind":"rollout"/g)!.length).toBeGreaterThanOrEqual(5);
});

it("answers as a critic bound to JSON, and says how many tokens it used", async () => {
  const { engine, policy } = await openFound(await findModel(model), { threads: 1 });
  try {
    const critic = policyCritic(
      { engine, policy, name: "qwen2" },
      { maxTokens: 8, temperature: 1 },
    );
    const messages = [{ role: "user" as const, content: "Say a prompt." }];
    const ask = (seed: number) => critic.ask({ messages, seed, responseFormat: promptFormat });
    const reply = await ask(1);
    // The limit of tokens cuts it; as far as it goes it is the JSON that is asked for.
    expect(reply.text.trimStart()).toMatch(/^\{/);
    expect(reply.tokens).toBeGreaterThan(8);
    expect(await ask(1)).toEqual(reply);
  } finally {
    await engine.close();
  }
});
