/** The policy as a model of the AI SDK: what is read of a call, what is written of a reply, and what is refused. */
import * as sdk7 from "ai";
import * as sdk6 from "ai-6";
import { describe, expect, expectTypeOf, it } from "vitest";
import { HoneError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { StopReason, Turn } from "../../core/rollout.ts";
import type { ChatOptions, ChatPart, RecordingChatModel } from "../../ports/chat-model.ts";
import type { LanguageModelCall, PolicyLanguageModel } from "../../ports/language-model.ts";
import { z } from "zod";
import { addedParts } from "../reply-parts.ts";
import { languageModelOver } from "./language-model.ts";

/** What the model says, or throws; a text is a reply without calls. */
type Script = string | (Partial<Message> & { readonly stopReason?: StopReason }) | Error;

/** A recording model that says what is scripted, in its order; a text in pieces of two letters. */
function scripted(...script: readonly Script[]) {
  const asked: { messages: readonly Message[]; options: ChatOptions }[] = [];
  const turns: Turn[] = [];
  async function* stream(
    messages: readonly Message[],
    options: ChatOptions = {},
  ): AsyncGenerator<ChatPart, void> {
    asked.push({ messages, options });
    const said = script[asked.length - 1] ?? "";
    if (said instanceof Error && said.message === "at once") throw said;
    const { stopReason = "stop", ...parts } =
      typeof said === "string" ? { content: said } : said instanceof Error ? {} : said;
    const reply: Message = { role: "assistant", content: "", ...parts };
    for (const text of reply.content.match(/.{1,2}/gsu) ?? []) {
      await new Promise((resolve) => setImmediate(resolve));
      if (options.signal?.aborted === true) throw new HoneError("CANCELLED", { what: "A call" });
      yield { type: "text", text };
    }
    if (said instanceof Error) {
      yield { type: "text", text: "par" };
      throw said;
    }
    yield* addedParts(reply, { ...reply, reasoning: "", toolCalls: [] });
    const turn = turnOf(messages, reply, stopReason);
    turns.push(turn);
    yield { type: "turn", turn };
  }
  const model: Pick<RecordingChatModel, "chat" | "stream" | "turns"> = {
    turns,
    stream,
    async chat(messages, options) {
      for await (const part of stream(messages, options)) {
        if (part.type === "turn") return part.turn.reply;
      }
      throw new Error("no turn");
    },
  };
  return { asked, turns, v3: languageModelOver(model, "v3"), v4: languageModelOver(model, "v4") };
}

const turnOf = (messages: readonly Message[], reply: Message, stopReason: StopReason): Turn => ({
  messages,
  reply,
  promptTokens: [1, 2, 3],
  tokens: [4, 5],
  logProbs: [-0.5, -1],
  samplingLogProbs: [-0.25, -0.5],
  temperature: 0.5,
  isTruncated: false,
  stopReason,
  weightsVersion: "w7",
});

const call = (id: string, text: string) => ({ id, name: "look", arguments: text });
const schema = { type: "object", properties: { city: { type: "string" } } } as const;
const cityOf = z.object({ city: z.string() });
const tools6 = {
  look: sdk6.tool({
    inputSchema: sdk6.jsonSchema<{ city: string }>(schema),
    execute: ({ city }) => ({ city, sky: "grey" }),
  }),
};
const tools = {
  look: sdk7.tool({
    inputSchema: sdk7.jsonSchema<{ city: string }>(schema),
    execute: ({ city }) => ({ city, sky: "grey" }),
  }),
};

describe("a call of the AI SDK", () => {
  it("asks the policy with the options that were given", async () => {
    const { v4, asked } = scripted("hi");
    const { text } = await sdk7.generateText({
      ...{ model: v4, system: "Be brief.", prompt: "hello", seed: 3, stopSequences: ["\n"] },
      ...{ maxOutputTokens: 7, temperature: 0.5, topP: 0.9, topK: 5 },
      providerOptions: {
        hone: { minP: 0.1, variables: { enable_thinking: false } },
        other: { a: 1 },
      },
    });
    expect(text).toBe("hi");
    const { messages, options } = asked[0]!;
    expect(messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: "hello" },
    ]);
    expect(options).toEqual({
      ...{ maxTokens: 7, temperature: 0.5, topP: 0.9, topK: 5, seed: 3, stopStrings: ["\n"] },
      ...{ minP: 0.1, settings: { variables: { enable_thinking: false } } },
    });
  });

  it("says the tokens that were recorded, and how they were counted", async () => {
    const { v4 } = scripted({ content: "hi", stopReason: "length" });
    const result = await sdk7.generateText({ model: v4, prompt: "hello" });
    expect(result.providerMetadata).toEqual({
      hone: {
        ...{ promptTokens: [1, 2, 3], tokens: [4, 5], logProbs: [-0.5, -1] },
        ...{ samplingLogProbs: [-0.25, -0.5], temperature: 0.5, weightsVersion: "w7" },
      },
    });
    expect(result.usage).toMatchObject({ inputTokens: 3, outputTokens: 2 });
    expect(result.finishReason).toBe("length");
  });

  it("offers tools, and is given results as the model reads them", async () => {
    const look = {
      content: "Let me see.",
      reasoning: "Hm.",
      toolCalls: [call("c1", '{"city":  "Rio"}')],
    };
    for (const isStream of [false, true]) {
      const { v4, asked, turns } = scripted(look, "grey");
      const options = { model: v4, prompt: "?", tools };
      const stopWhen = sdk7.isStepCount(2);
      const text = isStream
        ? await sdk7.streamText({ ...options, stopWhen }).text
        : (await sdk7.generateText({ ...options, stopWhen })).text;
      expect(text).toBe("grey");
      expect(asked[0]!.options.tools).toEqual([{ name: "look", parameters: schema }]);
      // The very message that was recorded, with its white space, so that its tokens are continued.
      expect(asked[1]!.messages[1]).toBe(turns[0]!.reply);
      const content = '{"city":"Rio","sky":"grey"}';
      expect(asked[1]!.messages[2]).toEqual({ role: "tool", toolCallId: "c1", content });
    }
  });

  it.each(["{", '"Rio"', "5", '{"city": 5}'])(
    "continues the recorded reply after a call that cannot be made: %s",
    async (written) => {
      const strict = { look: { ...tools.look, inputSchema: sdk7.zodSchema(cityOf) } };
      const { v4, asked, turns } = scripted({ toolCalls: [call("c1", written)] }, "sorry");
      const stopWhen = sdk7.isStepCount(2);
      await sdk7.generateText({ model: v4, prompt: "?", tools: strict, stopWhen });
      expect(asked[1]!.messages[1]).toBe(turns[0]!.reply);
      expect(asked[1]!.messages[2]).toMatchObject({ role: "tool", toolCallId: "c1" });
    },
  );

  it.each([
    ["required", "required"],
    [{ type: "tool", toolName: "look" }, { name: "look" }],
  ] as const)("chooses among tools as it is told: %o", async (toolChoice, expected) => {
    const { v4, asked } = scripted({ toolCalls: [call("c1", '{"city": "Rio"}')] });
    await sdk7.generateText({ model: v4, prompt: "?", tools, toolChoice });
    expect(asked[0]!.options.toolChoice).toEqual(expected);
  });

  it("binds the reply to a schema", async () => {
    const { v4, asked } = scripted('{"city": "Rio"}');
    const output = sdk7.Output.object({ schema: sdk7.jsonSchema<{ city: string }>(schema) });
    const result = await sdk7.generateText({ model: v4, prompt: "?", output });
    expect(result.output).toEqual({ city: "Rio" });
    expect(asked[0]!.options.responseFormat).toEqual({ type: "json", schema });
  });

  it("streams thoughts, texts and calls, each opened and closed", async () => {
    const { v4 } = scripted({ content: "abc", toolCalls: [call("c1", "{}")] });
    const { stream } = await v4.doStream({ prompt: [{ role: "user", content: [] }] });
    const types: string[] = [];
    for await (const { type } of stream) types.push(type);
    expect(types).toEqual([
      ...[
        "stream-start",
        "response-metadata",
        "text-start",
        "text-delta",
        "text-delta",
        "text-end",
      ],
      ...["tool-input-start", "tool-input-delta", "tool-input-end", "tool-call", "finish"],
    ]);
  });

  it("ends where its signal aborts, with the signal's reason, also in mid-stream", async () => {
    const stop = new AbortController();
    const { v3, turns } = scripted("a long reply", "b");
    const { stream } = await v3.doStream({ prompt: [], abortSignal: stop.signal });
    const reader = stream.getReader();
    await reader.read();
    stop.abort(new Error("enough"));
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toThrow("enough");
    await expect(v3.doGenerate({ prompt: [], abortSignal: stop.signal })).rejects.toThrow("enough");
    expect(turns).toHaveLength(0);
  });

  it.each(["at once", "in mid-stream"])("throws what a stream failed with %s", async (message) => {
    const fails = [{ toolCalls: [call("c1", "{}")] }, new Error(message)];
    const silent = { prompt: "?", onError: () => undefined };
    const [one, two, three] = [scripted(...fails), scripted(...fails), scripted(fails[1]!)];
    const stopWhen = sdk7.isStepCount(2);
    const seven = sdk7.streamText({ ...silent, model: one.v3, tools, stopWhen });
    await expect(seven.text).rejects.toThrow(message);
    const six = sdk6.streamText({
      ...silent,
      model: two.v3,
      tools: tools6,
      stopWhen: sdk6.stepCountIs(2),
    });
    await expect(six.text).rejects.toThrow(message);
    await expect(sdk7.streamText({ ...silent, model: three.v4 }).text).rejects.toThrow(message);
  });
});

describe("what a policy cannot do", () => {
  const ask = async (call_: Partial<LanguageModelCall>): Promise<unknown> => {
    const prompt = [{ role: "user", content: [{ type: "text", text: "?" }] }];
    return scripted("a").v4.doGenerate({ prompt, ...call_ });
  };
  const said = (content: unknown, role = "user") => ({ prompt: [{ role, content }] });
  it.each<[string, Partial<LanguageModelCall>, RegExp]>([
    [
      "a picture",
      said([{ type: "file", mediaType: "image/png", data: "" }]),
      /a policy reads text/,
    ],
    [
      "a picture of a tool",
      said(
        [
          {
            type: "tool-result",
            toolCallId: "c",
            output: { type: "content", value: [{ type: "image-data" }] },
          },
        ],
        "tool",
      ),
      /content\[0\]\.output\.content\[0\]\.type/,
    ],
    ["an approval", said([{ type: "tool-approval-response" }], "tool"), /the result of a tool/],
    [
      "a tool that its provider ran",
      said([{ type: "tool-call", providerExecuted: true }], "assistant"),
      /a tool of yours/,
    ],
    ["a penalty", { presencePenalty: 1 }, /presencePenalty = 1/],
    [
      "a tool of a provider",
      { tools: [{ type: "provider", name: "search" }] },
      /tools\.search\.type/,
    ],
    ["a form that is no JSON", { responseFormat: { type: "xml" } }, /responseFormat/],
    [
      "an option of ours that there is not",
      { providerOptions: { hone: { minp: 0.1 } } },
      /mean minP\?/,
    ],
  ])("%s is an error that says so", async (_, given, words) => {
    await expect(ask(given)).rejects.toThrow(words);
    await expect(ask(given)).rejects.toMatchObject({ code: "OPTION_INVALID" });
  });

  it("warns of what changes nothing of the call's meaning", async () => {
    const { warnings } = await scripted("a").v4.doGenerate({
      prompt: [],
      reasoning: "high",
      tools: [
        { type: "function", name: "look", inputSchema: schema, strict: true, inputExamples: [{}] },
      ],
    });
    expect(warnings.map(({ feature }) => feature)).toEqual([
      "strict",
      "inputExamples",
      "reasoning",
    ]);
  });

  it("has the types of both versions of the SDK", () => {
    expectTypeOf<PolicyLanguageModel>().toExtend<sdk6.LanguageModel>();
    expectTypeOf<PolicyLanguageModel>().toExtend<sdk7.LanguageModel>();
    expectTypeOf<PolicyLanguageModel<"v4">>().toExtend<sdk7.LanguageModel>();
    expect(scripted().v4.specificationVersion).toBe("v4");
    expect(() => languageModelOver({} as RecordingChatModel, "v2" as "v3")).toThrow(/version/);
  });
});
