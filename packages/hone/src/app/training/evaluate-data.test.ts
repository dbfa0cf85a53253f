/** `hone eval --data` on a golden folder, by the numbers of its own parts. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { meanLogProb } from "../../evaluation/reply-task.ts";
import { findModel } from "../models/find-model.ts";
import { openFound } from "../models/open-found.ts";

const model = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const root = mkdtempSync(join(tmpdir(), "hone-eval-data-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const talk = (question: string, answer: string) => ({
  messages: [
    { role: "user" as const, content: question },
    { role: "assistant" as const, content: answer },
  ],
});
const talks = [talk("two and two?", "four"), talk("what is up?", "the sky is up")];
const evaluated = (...words: readonly string[]) =>
  commandLine(["eval", model, "--threads", "1", ...words], { folder: root });

beforeAll(() => {
  const lines = talks.map((one) => JSON.stringify(one));
  writeFileSync(join(root, "held-out.jsonl"), lines.join("\n"));
});

describe("hone eval --data", () => {
  it("measures loss, perplexity, token accuracy, f1 and exact match", async () => {
    const words = ["--data", "held-out.jsonl", "--max-tokens", "4", "--json"];
    const { code, stdout, stderr } = await evaluated(...words);
    expect(code, stderr).toBe(0);
    const facts = JSON.parse(stdout) as {
      readonly components: Readonly<Record<string, { readonly value: number }>>;
      readonly perplexity: { readonly value: number };
      readonly taskCount: number;
    };
    const { engine, policy } = await openFound(await findModel(model), { threads: 1 });
    try {
      const losses: number[] = [];
      let [right, all] = [0, 0];
      for (const { messages } of talks) {
        losses.push(-(await meanLogProb(policy, engine.renderer, { messages })));
        const { tokens, mask } = await engine.renderer.conversation(messages);
        const said = [...tokens.keys()].filter((t) => t > 0 && mask[t] !== 0);
        // Greedy sampling draws the likeliest token, so it gives the expected share by another way.
        const hits = await Promise.all(
          said.map(async (t) => {
            const [next] = await policy.sample(tokens.slice(0, t), 1, {
              maxTokens: 1,
              temperature: 0,
            });
            return next!.tokens[0] === tokens[t];
          }),
        );
        right += hits.filter(Boolean).length / said.length;
        all++;
      }
      const loss = losses.reduce((a, b) => a + b, 0) / losses.length;
      expect(facts.components["loss"]!.value).toBeCloseTo(loss, 6);
      expect(facts.perplexity.value).toBeCloseTo(Math.exp(loss), 4);
      expect(facts.components["token_accuracy"]!.value).toBeCloseTo(right / all, 10);
      expect(facts.components["f1"]!.value).toBeGreaterThanOrEqual(0);
      expect(facts).toMatchObject({ taskCount: 2, data: "held-out.jsonl", success: { value: 0 } });
    } finally {
      await engine.close();
    }
  });

  it("shows them, takes a number of conversations, and refuses what is of a domain", async () => {
    const words = ["--data", "held-out.jsonl", "--tasks", "1", "--max-tokens", "2"];
    const { stdout } = await evaluated(...words);
    expect(stdout).toMatch(/qwen2: success 0\.00 .*, 1 task, greedy, held-out\.jsonl, /);
    expect(stdout).toMatch(/\n {2}perplexity \d+/);
    expect(stdout).toMatch(/token_accuracy 0\.\d\d/);
    const wrong = await evaluated("--data", "held-out.jsonl", "--levels", "2");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/--levels: it is of a domain's tasks/);
    const none = await evaluated("--data", "none.jsonl");
    expect(none.stderr).toMatch("DATA_UNREADABLE");
  });
});
