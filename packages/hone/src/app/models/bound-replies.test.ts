import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { openEngine } from "../../engine/engine.ts";

const folder = join(import.meta.dirname, "../../../../../test/golden/models/qwen2");
const engine = await openEngine(folder, { threads: 1 });
const policy = await engine.createSamplingClient();
afterAll(() => engine.close());

describe("replies that are bound to JSON of a schema", () => {
  const responseFormat = {
    type: "json",
    schema: {
      type: "object",
      properties: { kind: { enum: ["one", "two"] }, next: { $ref: "#" } },
      required: ["kind"],
    },
  } as const;
  const messages = [{ role: "user", content: "one two" } as const];
  const { renderer } = engine;
  const models = policyChatModels({ renderer, sampling: { maxTokens: 80 }, contextLength: 256 });

  it("come whole and in pieces, several at a time, and the turns say what they were bound to", async () => {
    const model = models({ policy, seed: 2 });
    const replies = await Promise.all([
      ...[3, 4, 5].map((seed) => model.chat(messages, { responseFormat, seed })),
      model.chat(messages, { seed: 3 }),
    ]);
    let streamed = "";
    for await (const part of model.stream(messages, { responseFormat, seed: 3 })) {
      if (part.type === "text") streamed += part.text;
    }
    expect(streamed).toBe(replies[0]!.content);
    const bound = model.turns.filter((turn) => turn.bound !== undefined);
    expect(bound).toHaveLength(4);
    const whole = bound.filter(({ stopReason }) => stopReason === "stop");
    expect(whole.length).toBeGreaterThan(0);
    for (const { reply } of whole) {
      expect((JSON.parse(reply.content) as { kind: string }).kind).toMatch(/^(one|two)$/);
    }
  });

  it("are refused with a code where the schema cannot be held to", async () => {
    const model = models({ policy, seed: 2 });
    const ask = (schema: object | false) =>
      model.chat(messages, { responseFormat: { type: "json", schema: schema as false } });
    const code = (name: string) => expect.objectContaining({ code: name }) as Error;
    await expect(ask(false)).rejects.toThrow(code("FORMAT_ALLOWS_NOTHING"));
    await expect(ask({ not: {} })).rejects.toThrow(code("FORMAT_SCHEMA_UNSUPPORTED"));
    expect(model.turns).toEqual([]);
  });
});
