/** What the providers' own clients get from a server: whole answers, streams, tools, log-probs, several replies, errors. */
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { generateText, isStepCount, jsonSchema, Output, streamText, tool } from "ai";
import OpenAI from "openai";
import { afterAll, describe, expect, it } from "vitest";
import {
  scriptedModels,
  type ScriptedCall,
  type ScriptedReply,
  startScripted,
} from "./scripted-server-fixture.ts";

const calls: ScriptedCall[] = [];

/** Says back the last message, unless that asks for something else. */
function script(call: ScriptedCall): ScriptedReply {
  calls.push(call);
  const { role, content } = call.messages.at(-1)!;
  if (role === "tool") return { content: `It is ${content}.` };
  if (content === "weather?") {
    const ask = (id: string, city: string) => ({
      id,
      name: "weather",
      arguments: `{"city": "${city}"}`,
    });
    return { reasoning: "I must look.", toolCalls: [ask("call_1", "Oslo"), ask("call_2", "Rome")] };
  }
  if (content === "long") return { content: "cut", stopReason: "length" };
  return { content, pieces: content.match(/.{1,3}/gsu) ?? [] };
}

const server = await startScripted(scriptedModels(script), { key: "secret" });
afterAll(() => server[Symbol.asyncDispose]());

async function allOf<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

const city = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
} as const;

describe("the official client of OpenAI", () => {
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "secret", maxRetries: 0 });
  const say = (content: string) => ({
    model: "scripted",
    messages: [{ role: "user" as const, content }],
  });
  const tools = [
    { type: "function" as const, function: { name: "weather", parameters: { ...city } } },
  ];

  it("gets a chat completion with its usage", async () => {
    const answer = await client.chat.completions.create(say("hello"));
    expect(answer).toMatchObject({
      object: "chat.completion",
      model: "scripted",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "hello" },
          finish_reason: "stop",
          logprobs: null,
        },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
    });
    expect(answer.id).toMatch(/^chatcmpl-[0-9a-f]{32}$/);
  });

  it("hands on the options of sampling", async () => {
    const { messages } = say("hello");
    await client.chat.completions.create({
      model: "scripted",
      messages,
      temperature: 0.5,
      top_p: 0.9,
      max_completion_tokens: 7,
      stop: ["\n"],
      seed: 3,
      user: "ada",
      metadata: { a: "b" },
    });
    expect(calls.at(-1)!.options).toMatchObject({
      temperature: 0.5,
      topP: 0.9,
      maxTokens: 7,
      stopStrings: ["\n"],
      seed: 3,
    });
  });

  it("gets several replies, each with a seed of its own", async () => {
    const answer = await client.chat.completions.create({ ...say("hey"), n: 3, seed: 5 });
    expect(answer.choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, "hey"],
      [1, "hey"],
      [2, "hey"],
    ]);
    expect(answer.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 9 });
    const seeds = calls.slice(-3).map(({ options }) => options.seed);
    expect(new Set(seeds).size).toBe(3);
  });

  it("gets the log-probs of the tokens", async () => {
    const answer = await client.chat.completions.create({
      ...say("hé"),
      logprobs: true,
      top_logprobs: 0,
    });
    expect(answer.choices[0]!.logprobs!.content).toEqual([
      { token: "h", logprob: 0, bytes: [104], top_logprobs: [] },
      { token: "é", logprob: -1, bytes: [195, 169], top_logprobs: [] },
    ]);
  });

  it("streams pieces, usage and log-probs", async () => {
    const stream = await client.chat.completions.create({
      ...say("hello you"),
      stream: true,
      stream_options: { include_usage: true },
      logprobs: true,
    });
    const chunks = await allOf(stream);
    const texts = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta.content));
    expect(texts.filter((text) => text)).toEqual(["hel", "lo ", "you"]);
    expect(chunks.at(-2)!.choices[0]).toMatchObject({ finish_reason: "stop" });
    expect(chunks.at(-2)!.choices[0]!.logprobs!.content).toHaveLength(9);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 9 } });
  });

  it("gets tool calls in parallel, and sends their results", async () => {
    const stream = client.chat.completions.stream({ ...say("weather?"), tools });
    const answer = await stream.finalChatCompletion();
    const { message, finish_reason } = answer.choices[0]!;
    expect(finish_reason).toBe("tool_calls");
    expect(message.tool_calls).toMatchObject([
      { id: "call_1", function: { name: "weather", arguments: '{"city": "Oslo"}' } },
      { id: "call_2", function: { name: "weather", arguments: '{"city": "Rome"}' } },
    ]);
    expect(calls.at(-1)!.options.tools).toEqual([{ name: "weather", parameters: city }]);
    const second = await client.chat.completions.create({
      model: "scripted",
      tools,
      messages: [
        ...say("weather?").messages,
        message,
        { role: "tool", tool_call_id: "call_1", content: "cold" },
        { role: "tool", tool_call_id: "call_2", content: "warm" },
      ],
    });
    expect(second.choices[0]!.message.content).toBe("It is warm.");
    expect(calls.at(-1)!.messages.slice(1, 3)).toMatchObject([
      { role: "assistant", toolCalls: [{ id: "call_1" }, { id: "call_2" }] },
      { role: "tool", content: "cold", toolCallId: "call_1" },
    ]);
  });

  it("gets one call where parallel calls are off, and can choose the tool", async () => {
    const answer = await client.chat.completions.create({
      ...say("weather?"),
      tools,
      parallel_tool_calls: false,
      tool_choice: { type: "function", function: { name: "weather" } },
    });
    expect(answer.choices[0]!.message.tool_calls).toHaveLength(1);
    expect(calls.at(-1)!.options.toolChoice).toEqual({ name: "weather" });
  });

  it("says that a reply was cut", async () => {
    const answer = await client.chat.completions.create(say("long"));
    expect(answer.choices[0]!.finish_reason).toBe("length");
  });

  it("asks for JSON, of a schema or not, of chat completions and responses", async () => {
    const asked = (): unknown => calls.at(-1)!.options.responseFormat;
    const json_schema = { name: "city", schema: { ...city }, strict: true };
    const named = { type: "json_schema" as const, json_schema };
    await client.chat.completions.create({ ...say("{}"), response_format: named });
    expect(asked()).toEqual({ type: "json", schema: city });
    const any = { type: "json_object" as const };
    await client.chat.completions.create({ ...say("{}"), response_format: any });
    expect(asked()).toEqual({ type: "json", schema: { type: "object" } });
    await client.chat.completions.create({ ...say("a"), response_format: { type: "text" } });
    expect(asked()).toBeUndefined();
    const format = { type: "json_schema" as const, ...json_schema };
    const input = { model: "scripted", input: "{}", text: { format } };
    const response = await client.responses.create(input);
    expect(asked()).toEqual({ type: "json", schema: city });
    expect(response.text?.format).toMatchObject({ type: "json_schema", name: "city" });
  });

  it("lists and shows models", async () => {
    const models = await allOf(client.models.list());
    expect(models).toMatchObject([{ id: "scripted", object: "model", max_model_len: 1000 }]);
    expect(await client.models.retrieve("scripted")).toMatchObject({ id: "scripted" });
    await expect(client.models.retrieve("gpt")).rejects.toMatchObject({ code: "model_not_found" });
  });

  it("gets responses, whole and by an earlier one's id", async () => {
    const first = await client.responses.create({ model: "scripted", input: "hello" });
    expect(first).toMatchObject({
      status: "completed",
      output_text: "hello",
      usage: { input_tokens: 5, output_tokens: 5, total_tokens: 10 },
    });
    const second = await client.responses.create({
      model: "scripted",
      instructions: "Be brief.",
      input: "and you?",
      previous_response_id: first.id,
    });
    expect(second.output_text).toBe("and you?");
    expect(calls.at(-1)!.messages.map(({ role, content }) => [role, content])).toEqual([
      ["system", "Be brief."],
      ["user", "hello"],
      ["assistant", "hello"],
      ["user", "and you?"],
    ]);
    const unknown = client.responses.create({
      model: "scripted",
      input: "x",
      previous_response_id: "resp_none",
    });
    await expect(unknown).rejects.toMatchObject({ status: 404 });
  });

  it("streams responses with tool calls and reasoning", async () => {
    const stream = client.responses.stream({
      model: "scripted",
      input: "weather?",
      tools: [{ type: "function", name: "weather", parameters: city, strict: true }],
    });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    const answer = await stream.finalResponse();
    expect(answer.output).toMatchObject([
      { type: "reasoning", content: [{ text: "I must look." }] },
      { type: "function_call", call_id: "call_1", arguments: '{"city": "Oslo"}' },
      { type: "function_call", call_id: "call_2" },
    ]);
    expect(types.slice(0, 3)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
    ]);
    expect(types.at(-1)).toBe("response.completed");
  });

  it.each(["chat.completions", "responses"] as const)(
    "tells the model of a tool with its keys in the order that the caller wrote, through %s",
    async (api) => {
      const parameters = { $schema: "draft", additionalProperties: false, ...city, title: "City" };
      const tool = { name: "weather", strict: false, parameters };
      if (api === "responses") {
        const tools = [{ type: "function" as const, ...tool }];
        await client.responses.create({ model: "scripted", input: "a", tools });
      } else {
        await client.chat.completions.create({
          ...say("a"),
          tools: [{ type: "function", function: tool }],
        });
      }
      const [offered] = calls.at(-1)!.options.tools!;
      expect(JSON.stringify(offered!.parameters)).toBe(JSON.stringify(parameters));
    },
  );

  it("gets errors as OpenAI writes them", async () => {
    const wrongKey = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "guess", maxRetries: 0 });
    await expect(wrongKey.chat.completions.create(say("a"))).rejects.toMatchObject({
      status: 401,
      code: "invalid_api_key",
    });
    const stranger = client.chat.completions.create({ ...say("a"), model: "gpt-9" });
    await expect(stranger).rejects.toMatchObject({ status: 404, code: "model_not_found" });
    const cold = client.chat.completions.create({ ...say("a"), temperature: -1 });
    await expect(cold).rejects.toMatchObject({ status: 400, param: "temperature" });
  });
});

describe("the official client of Anthropic", () => {
  const client = new Anthropic({ baseURL: server.url, apiKey: "secret", maxRetries: 0 });
  const say = (content: string) => ({
    model: "scripted",
    max_tokens: 50,
    messages: [{ role: "user" as const, content }],
  });

  it("gets a message", async () => {
    const answer = await client.messages.create({ ...say("hello"), system: "Be brief." });
    expect(answer).toMatchObject({
      type: "message",
      role: "assistant",
      content: [{ type: "text", text: "hello" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 14, output_tokens: 5 },
    });
    expect(calls.at(-1)).toMatchObject({
      messages: [{ role: "system", content: "Be brief." }, { role: "user" }],
      options: { maxTokens: 50 },
    });
  });

  it("streams text, thoughts and tool calls, and sends their results", async () => {
    const tools = [{ name: "weather", input_schema: { ...city, required: ["city"] } }];
    expect(await client.messages.stream(say("hello you")).finalText()).toBe("hello you");
    const answer = await client.messages.stream({ ...say("weather?"), tools }).finalMessage();
    expect(answer).toMatchObject({
      stop_reason: "tool_use",
      content: [
        { type: "thinking", thinking: "I must look." },
        { type: "tool_use", id: "call_1", name: "weather", input: { city: "Oslo" } },
        { type: "tool_use", id: "call_2", input: { city: "Rome" } },
      ],
    });
    const result = (id: string, content: string) =>
      ({ type: "tool_result", tool_use_id: id, content }) as const;
    const second = await client.messages.create({
      ...say(""),
      tools,
      messages: [
        ...say("weather?").messages,
        { role: "assistant", content: answer.content },
        { role: "user", content: [result("call_1", "cold"), result("call_2", "warm")] },
      ],
    });
    expect(second.content).toMatchObject([{ type: "text", text: "It is warm." }]);
    expect(calls.at(-1)!.messages.map(({ role, toolCallId }) => [role, toolCallId])).toEqual([
      ["user", undefined],
      ["assistant", undefined],
      ["tool", "call_1"],
      ["tool", "call_2"],
    ]);
  });

  it("asks for JSON of a schema", async () => {
    const output_config = { format: { type: "json_schema" as const, schema: { ...city } } };
    await client.messages.create({ ...say("{}"), output_config });
    expect(calls.at(-1)!.options.responseFormat).toEqual({ type: "json", schema: city });
  });

  it("is told which stop sequence ended a message", async () => {
    const answer = await client.messages.create({ ...say("a. b"), stop_sequences: ["!", ". "] });
    expect(answer).toMatchObject({ stop_reason: "stop_sequence", stop_sequence: ". " });
  });

  it("gets errors as Anthropic writes them", async () => {
    const answer = client.messages.create({ ...say("a"), model: "claude" });
    await expect(answer).rejects.toMatchObject({
      status: 404,
      error: { type: "error", error: { type: "not_found_error" } },
    });
    const none = client.messages.create({ ...say("a"), max_tokens: 0 });
    await expect(none).rejects.toMatchObject({
      status: 400,
      error: { error: { type: "invalid_request_error" } },
    });
  });
});

describe("the AI SDK", () => {
  const openai = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: "secret" });
  const anthropic = createAnthropic({ baseURL: `${server.url}/v1`, apiKey: "secret" });
  const weather = tool({
    description: "The weather of a city",
    inputSchema: jsonSchema<{ city: string }>({ ...city, required: ["city"] }),
    execute: async ({ city: asked }) => (asked === "Rome" ? "warm" : "cold"),
  });

  it.each([
    ["OpenAI's chat completions", openai.chat("scripted")],
    ["OpenAI's responses", openai.responses("scripted")],
    ["Anthropic's messages", anthropic("scripted")],
  ])("calls tools until there is an answer, through %s", async (_, model) => {
    const options = {
      model,
      prompt: "weather?",
      tools: { weather },
      stopWhen: isStepCount(3),
      maxRetries: 0,
    };
    const whole = await generateText(options);
    expect(whole.text).toMatch(/^It is "?warm"?\.$/);
    expect(whole.steps).toHaveLength(2);
    const streamed = streamText(options);
    expect(await streamed.text).toMatch(/^It is "?warm"?\.$/);
    expect(await streamed.finishReason).toBe("stop");
  });

  it.each([
    ["chat completions", openai.chat("scripted")],
    ["responses", openai.responses("scripted")],
  ])("gets an object of a schema, through OpenAI's %s", async (_, model) => {
    const output = Output.object({
      schema: jsonSchema<{ city: string }>({ ...city, required: ["city"] }),
    });
    const answer = await generateText({ model, prompt: '{"city": "Oslo"}', output, maxRetries: 0 });
    expect(answer.output).toEqual({ city: "Oslo" });
    expect(calls.at(-1)!.options.responseFormat).toMatchObject({ type: "json", schema: city });
  });
});
