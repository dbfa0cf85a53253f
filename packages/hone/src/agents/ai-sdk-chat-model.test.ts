import { describe, expect, it } from "vitest";
import type { Message } from "../core/message.ts";
import { type AiSdkModel, aiSdkChatModel } from "./ai-sdk-chat-model.ts";
import { chatModelMember } from "./team/chat-model-member.ts";
import { runTeam } from "./team/team.ts";

interface Fake extends AiSdkModel {
  readonly asked: Record<string, unknown>[];
}

function fake(version: AiSdkModel["specificationVersion"], ...replies: unknown[][]): Fake {
  const asked: Record<string, unknown>[] = [];
  return {
    specificationVersion: version,
    provider: "fake",
    modelId: "fake-1",
    asked,
    doGenerate: async (options: Record<string, unknown>) => {
      asked.push(options);
      return { content: replies[Math.min(asked.length, replies.length) - 1]! };
    },
  };
}

const conversation: Message[] = [
  { role: "system", content: "Be brief." },
  {
    role: "user",
    content: "What is this?",
    images: [
      { url: "data:image/png;base64,AAAA" },
      { url: "https://x.org/a.jpg", mediaType: "image/jpeg" },
    ],
  },
  {
    role: "assistant",
    content: "",
    reasoning: "I should look.",
    toolCalls: [
      { id: "c1", name: "look", arguments: '{"at":1}' },
      { id: "c2", name: "look", arguments: "{broken" },
    ],
  },
  { role: "tool", content: "a cat", toolCallId: "c1" },
];

describe("a chat model over the AI SDK's interface", () => {
  it("writes messages as the provider's prompt", async () => {
    const model = fake("v4", [{ type: "text", text: "A cat." }]);
    const { signal } = new AbortController();
    await aiSdkChatModel(model).chat(conversation, { maxTokens: 9, temperature: 0.5, signal });
    expect(model.asked[0]).toEqual({
      prompt: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "file", mediaType: "image/png", data: { type: "data", data: "AAAA" } },
            {
              type: "file",
              mediaType: "image/jpeg",
              data: { type: "url", url: new URL("https://x.org/a.jpg") },
            },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "I should look." },
            { type: "tool-call", toolCallId: "c1", toolName: "look", input: { at: 1 } },
            { type: "tool-call", toolCallId: "c2", toolName: "look", input: "{broken" },
          ],
        },
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              toolCallId: "c1",
              toolName: "look",
              output: { type: "text", value: "a cat" },
            },
          ],
        },
      ],
      maxOutputTokens: 9,
      temperature: 0.5,
      abortSignal: signal,
    });
  });

  it("gives earlier versions a file's data as they take it", async () => {
    const model = fake("v3", [{ type: "text", text: "A cat." }]);
    await aiSdkChatModel(model).chat(conversation.slice(1, 2));
    expect(model.asked[0]!["prompt"]).toMatchObject([
      { content: [{}, { data: "AAAA" }, { data: new URL("https://x.org/a.jpg") }] },
    ]);
  });

  it("reads text, reasoning and tool calls, and passes over parts it does not know", async () => {
    const model = fake("v2", [
      { type: "reasoning", text: "Hm. " },
      { type: "source", url: "https://x.org" },
      { type: "text", text: "A " },
      { type: "text", text: "cat." },
      { type: "tool-call", toolCallId: "c1", toolName: "look", input: '{"at":2}' },
      null,
    ]);
    expect(await aiSdkChatModel(model).chat([])).toEqual({
      role: "assistant",
      content: "A cat.",
      reasoning: "Hm. ",
      toolCalls: [{ id: "c1", name: "look", arguments: '{"at":2}' }],
    });
  });

  it("is a member of a team", async () => {
    const model = fake(
      "v4",
      [{ type: "text", text: '{"tool":"new_answer","content":"101"}' }],
      [{ type: "text", text: '{"tool":"vote","agent":"agent 1"}' }],
    );
    const member = chatModelMember(aiSdkChatModel(model));
    const outcome = await runTeam({ task: "Name a prime.", members: { member } });
    expect(outcome).toMatchObject({ isConsensus: true, winner: { text: "101" }, failures: [] });
  });

  it.each([
    ["a name", "openai/gpt-4o"],
    ["another version", { ...fake("v4", []), specificationVersion: "v9" }],
    ["nothing", undefined],
  ])("cannot be made of %s", (_, model) => {
    const expected = expect.objectContaining({ code: "OPTION_INVALID" });
    expect(() => aiSdkChatModel(model as never)).toThrow(expected);
  });
});

describe("options of a call over the AI SDK", () => {
  const text = [{ type: "text", text: "ok" }];
  const tool = { name: "look", description: "Looks.", parameters: { type: "object" } };

  it("go to the provider under its names", async () => {
    const model = fake("v3", text);
    const sampling = { topP: 0.9, topK: 5, seed: 3 };
    const call = { ...sampling, stopStrings: ["x"], tools: [tool], toolChoice: { name: "look" } };
    await aiSdkChatModel(model).chat([{ role: "user", content: "hi" }], call);
    expect(model.asked[0]).toMatchObject({
      ...sampling,
      stopSequences: ["x"],
      tools: [
        { type: "function", name: "look", description: "Looks.", inputSchema: tool.parameters },
      ],
      toolChoice: { type: "tool", toolName: "look" },
    });
  });

  it("give it the form of the reply", async () => {
    const model = fake("v4", text);
    const responseFormat = { type: "json", schema: { type: "object" } } as const;
    await aiSdkChatModel(model).chat([{ role: "user", content: "hi" }], { responseFormat });
    expect(model.asked[0]).toMatchObject({ responseFormat });
  });

  it("that the SDK does not have are refused", async () => {
    const model = aiSdkChatModel(fake("v3", text));
    const user: Message = { role: "user", content: "hi" };
    await expect(model.chat([user], { minP: 0.1 })).rejects.toThrow(/OPTION_INVALID.*minP/);
    const settings = { variables: { enable_thinking: false } };
    await expect(model.chat([user], { settings })).rejects.toThrow(/OPTION_INVALID.*settings/);
  });
});
