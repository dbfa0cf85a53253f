import { describe, expect, it } from "vitest";
import type { ChatModel, ChatOptions, ChatPart } from "../ports/chat-model.ts";
import { namedPolicyModels, namedWeights } from "./named-policy.ts";

const asked: ChatOptions[] = [];
const echo: ChatModel = {
  async chat(messages, options = {}) {
    asked.push(options);
    const { content } = messages.at(-1)!;
    if (content === "fail") throw new Error("no");
    return { role: "assistant", content: `${content}!` };
  },
};
const open = (temperature?: number) =>
  namedPolicyModels(echo, { name: "provider/model", maxTokens: 7, temperature: 0.5 })({
    policy: namedWeights("provider/model"),
    seed: 3,
    ...(temperature !== undefined && { temperature }),
  });
const user = (content: string) => [{ role: "user" as const, content }];

describe("a model by name as the policy of a rollout", () => {
  it("is asked with a seed for each call, and records words without tokens", async () => {
    const model = open();
    await model.chat(user("a"));
    await model.chat(user("b"), { maxTokens: 2, temperature: 0.9 });
    expect(model.turns.map(({ reply, tokens }) => [reply.content, tokens])).toEqual([
      ["a!", []],
      ["b!", []],
    ]);
    expect(model.turns[1]).toMatchObject({ temperature: 0.9, weightsVersion: "provider/model" });
    const [first, second] = asked.slice(-2);
    expect(first).toMatchObject({ maxTokens: 7, temperature: 0.5 });
    expect(second).toMatchObject({ maxTokens: 2, temperature: 0.9 });
    expect(first!.seed).not.toBe(second!.seed);
    const again = open();
    await again.chat(user("a"));
    expect(asked.at(-1)!.seed).toBe(first!.seed);
  });

  it("samples every call at the temperature of the rollouts", async () => {
    await open(0).chat(user("a"), { temperature: 1 });
    expect(asked.at(-1)!.temperature).toBe(0);
  });

  it("streams its reply in one piece, and is a language model of the AI SDK", async () => {
    const parts: ChatPart[] = [];
    for await (const part of open().stream(user("a"))) parts.push(part);
    expect(parts).toMatchObject([{ type: "text", text: "a!" }, { type: "turn" }]);
    const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "a" }] }];
    const { content } = await open().languageModel().doGenerate({ prompt });
    expect(content).toEqual([{ type: "text", text: "a!" }]);
  });

  it("knows its own errors", async () => {
    const model = open();
    const error = await model.chat(user("fail")).catch((thrown: unknown) => thrown);
    expect(model.isPolicyError(error)).toBe(true);
    expect(model.isPolicyError(new Error("no"))).toBe(false);
    expect(model.turns).toHaveLength(0);
  });
});
