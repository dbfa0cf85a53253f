import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type ModelEndpoint,
  type ModelScript,
  startModelEndpoint,
  toolThenText,
} from "../../../../../test/doubles/model-endpoint.ts";
import type { SpanOf } from "../../core/span.ts";
import { type KeepingSink, keepingSink } from "../../testing/keeping-sink.ts";
import { encodeTrace } from "../../formats/encode-trace.ts";
import { createTracer } from "../../recording/create-tracer.ts";
import { sharedState } from "../../recording/trace-context.ts";
import { installFetchTap } from "./fetch-tap.ts";
import type { HookTools } from "../hook-tools.ts";
import { ModelCalls } from "../model-calls.ts";

const key = "sk-proj-a-key-that-nobody-may-see-0123456789";
const messages = [{ role: "user" as const, content: "umbrella in Oslo?" }];
const call = { name: "weather", arguments: { city: "Oslo" } };
const usage = { input: 21, output: 7, reasoning: 3, cached: 4 };

let sink: KeepingSink;
let tools: HookTools;
let endpoint: ModelEndpoint | undefined;
let remove: () => void;

beforeEach(() => {
  sink = keepingSink();
  tools = { tracer: createTracer({ sink }), calls: new ModelCalls(), agent: "app" };
  remove = installFetchTap(tools);
});
afterEach(async () => {
  remove();
  await endpoint?.close().catch(() => undefined);
  endpoint = undefined;
});

const start = async (script: ModelScript, options = {}) => {
  endpoint = await startModelEndpoint(script, options);
};
const client = (options = {}): OpenAI =>
  new OpenAI({ baseURL: endpoint!.url, apiKey: key, maxRetries: 0, ...options });
const post = (path: string, body: object, init: RequestInit = {}) =>
  fetch(endpoint!.url + path, { method: "POST", body: JSON.stringify(body), ...init });

const prompts = () => sink.spans.filter((span): span is SpanOf<"prompt"> => span.kind === "prompt");
const statuses = () => {
  const last = new Map(sink.heads.map((head) => [head.id, head]));
  return [...last.values()].map(({ status }) => status);
};
const readAll = async (stream: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of stream);
};

describe("the OpenAI SDK through the tap", () => {
  it("is one trace for a request, the tool it asks for and the request with its result", async () => {
    await start(toolThenText(call, "Take one along."));
    const first = await client().chat.completions.create({
      model: "m",
      messages,
      temperature: 0.5,
    });
    const { message } = first.choices[0]!;
    await sleep(5);
    const result = { role: "tool" as const, tool_call_id: "call_1", content: "rain" };
    const stream = client().chat.completions.stream({
      model: "m",
      messages: [...messages, message, result],
      stream_options: { include_usage: true },
    });
    expect((await stream.finalChatCompletion()).choices[0]!.message.content).toBe(
      "Take one along.",
    );
    expect(statuses()).toEqual(["completed"]);
    expect(sink.heads[0]).toMatchObject({
      agent: "app",
      task: "umbrella in Oslo?",
      tags: ["fetch"],
      metadata: { sdk: { name: "fetch" } },
    });
    const [asked, tool, answered] = sink.spans;
    const toolCalls = [{ id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' }];
    const said = { role: "assistant", content: "", toolCalls };
    expect(asked).toMatchObject({
      kind: "prompt",
      name: "chat m",
      model: "m",
      input: messages,
      output: [said],
      usage,
      attributes: {
        "gen_ai.request.temperature": 0.5,
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.response.finish_reasons": ["tool_calls"],
        "http.request.body": { model: "m", messages },
        "http.response.body": { id: "chatcmpl-1" },
        "http.response.status_code": 200,
      },
    });
    expect(tool).toMatchObject({
      kind: "tool",
      toolName: "weather",
      callId: "call_1",
      arguments: { city: "Oslo" },
      result: "rain",
    });
    expect(tool!.endedAt! - tool!.startedAt).toBeGreaterThanOrEqual(4);
    expect(answered).toMatchObject({
      input: [...messages, said, { role: "tool", content: "rain", toolCallId: "call_1" }],
      output: [{ role: "assistant", content: "Take one along." }],
      usage,
      attributes: { "gen_ai.response.finish_reasons": ["stop"] },
    });
    expect(answered!.attributes["http.response.body"]).toMatch(/^data: .*\[DONE\]\s*$/s);
    expect(() => encodeTrace({ ...sink.heads.at(-1)!, spans: sink.spans })).not.toThrow();
    expect(JSON.stringify([sink.spans, sink.heads])).not.toContain(key);
  });

  it("is the same for Responses, plain and streamed", async () => {
    const answer = { text: "Take one.", reasoning: "It rains.", calls: [call] };
    await start([answer, answer, { text: "Done." }]);
    const plain = await client().responses.create({
      model: "m",
      instructions: "Be short.",
      input: "umbrella?",
    });
    const output = { type: "function_call_output" as const, call_id: "call_1", output: "rain" };
    const asked = { role: "user" as const, content: "umbrella?" };
    const stream = client().responses.stream({
      model: "m",
      input: [asked, ...(plain.output as OpenAI.Responses.ResponseInputItem[]), output],
    });
    await stream.finalResponse();
    const said = (id: string) => ({
      role: "assistant",
      content: "Take one.",
      reasoning: "It rains.",
      toolCalls: [{ id, name: "weather", arguments: '{"city":"Oslo"}' }],
    });
    const [first, tool, second] = sink.spans as [
      SpanOf<"prompt">,
      SpanOf<"tool">,
      SpanOf<"prompt">,
    ];
    expect(first).toMatchObject({
      input: [
        { role: "system", content: "Be short." },
        { role: "user", content: "umbrella?" },
      ],
      output: [said("call_1")],
      usage,
      attributes: {
        "gen_ai.response.id": "resp_1",
        "gen_ai.response.finish_reasons": ["completed"],
      },
    });
    expect(tool).toMatchObject({ toolName: "weather", result: "rain", traceId: first.traceId });
    expect(second).toMatchObject({
      input: [asked, said("call_1"), { role: "tool", content: "rain", toolCallId: "call_1" }],
      output: [said("call_2")],
      usage,
      attributes: { "gen_ai.response.id": "resp_2" },
    });
  });

  it("gives raw responses as before", async () => {
    await start([{ text: "Hello." }]);
    const { data, response, request_id } = await client()
      .chat.completions.create({ model: "m", messages })
      .withResponse();
    expect(data.choices[0]!.message.content).toBe("Hello.");
    expect(request_id).toBe("req_1");
    expect(response).toBeInstanceOf(Response);
    const { url, type, redirected, status, ok } = response;
    const expected = `${endpoint!.url}/chat/completions`;
    expect({ url, type, redirected, status, ok }).toEqual({
      url: expected,
      type: "basic",
      redirected: false,
      status: 200,
      ok: true,
    });
    const raw = await client().chat.completions.create({ model: "m", messages }).asResponse();
    const copy = raw.clone();
    expect(copy.url).toBe(expected);
    expect(await copy.json()).toEqual(await raw.json());
    expect(prompts()).toHaveLength(2);
  });

  it("records what the provider refuses, and a request made again is the same trace", async () => {
    await start([{ status: 500, message: "overloaded" }, { text: "Hello." }]);
    await client({ maxRetries: 1 }).chat.completions.create({ model: "m", messages });
    expect(statuses()).toEqual(["completed"]);
    expect(prompts()).toMatchObject([
      // The SDK does not read what the provider says when it asks again.
      { error: { message: "HTTP 500 Internal Server Error", code: "500" } },
      { output: [{ role: "assistant", content: "Hello." }] },
    ]);
    expect(prompts()[0]).not.toHaveProperty("output");
  });

  it("fails a trace whose request nobody makes again", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      await start([
        { status: 429, message: "slow down" },
        { status: 401, message: "who?" },
      ]);
      const ask = () => client().chat.completions.create({ model: "m", messages });
      await expect(ask()).rejects.toMatchObject({ status: 429 });
      expect(statuses()).toEqual(["running"]);
      vi.advanceTimersByTime(10_000);
      expect(statuses()).toEqual(["failed"]);
      await expect(ask()).rejects.toMatchObject({ status: 401 });
      expect(statuses()).toEqual(["failed", "failed"]);
      expect(sink.heads.at(-1)!.error).toEqual({
        message: "who?",
        type: "scripted_error",
        code: "401",
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it("decides by the status when nobody reads what the provider says, and adds what is read later", async () => {
    await start([
      { status: 401, message: "who?" },
      { status: 500, message: "overloaded" },
    ]);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const refused = await post("/chat/completions", { messages });
      expect(prompts()).toEqual([]);
      vi.advanceTimersByTime(1000);
      expect(statuses()).toEqual(["failed"]);
      const error = { message: "HTTP 401 Unauthorized", code: "401" };
      expect(prompts()).toMatchObject([{ error }]);
      expect(sink.heads.at(-1)).toMatchObject({ error, endedAt: prompts()[0]!.endedAt });
      await refused.text();
      expect(prompts()).toHaveLength(2);
      expect(prompts()[1]).toMatchObject({
        id: prompts()[0]!.id,
        error,
        attributes: { "http.response.body": { error: { message: "who?" } } },
      });
      // The process ends while nobody has read it.
      const unread = await post("/chat/completions", { messages });
      await new Promise((later) => setImmediate(later));
      const before = Date.now();
      while (Date.now() < before + 5);
      for (const hook of sharedState().atExit) hook(undefined);
      tools.tracer.endAll();
      expect(statuses()).toEqual(["failed", "failed"]);
      const { attributes, startedAt, endedAt } = prompts()[2]!;
      expect(attributes).not.toHaveProperty("hone.unfinished");
      expect(endedAt).toBe(sink.heads.at(-1)!.endedAt);
      expect(endedAt).toBeGreaterThan(startedAt);
      expect(endedAt).toBeLessThanOrEqual(before + 1);
      await unread.body!.cancel();
      expect(prompts()).toHaveLength(3);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is one trace when a request is made again whose failure nobody read", async () => {
    await start([{ status: 503, message: "later" }, { text: "Hello." }]);
    const refused = await post("/chat/completions", { messages });
    await (await post("/chat/completions", { messages })).json();
    expect(statuses()).toEqual(["completed"]);
    expect(prompts()).toMatchObject([
      { error: { code: "503" } },
      { output: [{ content: "Hello." }] },
    ]);
    expect(prompts()[0]!.attributes).not.toHaveProperty("hone.unfinished");
    await refused.body!.cancel();
  });

  it("leaves a stream that the app stopped to the error that it stopped by, if nobody catches that", async () => {
    await start([{ text: "Hello there, friend.", hangsAfter: 3 }]);
    const stopped = async (problem?: Error) => {
      const { body } = await post("/chat/completions", { messages, stream: true });
      for await (const _ of body!) break;
      for (const hook of sharedState().atExit) hook(problem);
      tools.tracer.endAll(problem);
    };
    await stopped(new Error("boom"));
    expect(sink.heads.at(-1)).toMatchObject({ status: "failed", error: { message: "boom" } });
    await stopped();
    expect(statuses()).toEqual(["failed", "cancelled"]);
  });

  it("records a stream that breaks off with what came of it", async () => {
    await start([{ text: "Hello there, friend.", breaksAfter: 3 }]);
    const stream = await client().responses.create({ model: "m", input: "?", stream: true });
    await expect(readAll(stream)).rejects.toThrow("terminated");
    await start([{ text: "Hello there, friend.", breaksAfter: 3 }]);
    const chat = client().chat.completions.create({ model: "m", messages, stream: true });
    await expect(readAll(await chat)).rejects.toThrow("terminated");
    expect(statuses()).toEqual(["failed", "failed"]);
    expect(prompts()[1]).toMatchObject({
      output: [{ role: "assistant", content: "Hello there," }],
      error: { type: "TypeError" },
    });
  });

  it("cancels the request when the app stops reading, and says so", async () => {
    await start([{ text: "Hello there, friend.", hangsAfter: 3 }]);
    const stream = await client().chat.completions.create({ model: "m", messages, stream: true });
    for await (const chunk of stream) if (chunk.choices[0]!.delta.content) break;
    await expect.poll(() => endpoint!.closed.count).toBe(1);
    await expect.poll(statuses).toEqual(["cancelled"]);
    expect(prompts()[0]!.attributes).toMatchObject({ "hone.stopped": "by the consumer" });
  });

  it("records an abort before and in the middle of an answer", async () => {
    await start([{ text: "Hello there, friend.", hangsAfter: 3 }]);
    const aborted = AbortSignal.abort();
    const ask = (signal: AbortSignal) =>
      client().chat.completions.create({ model: "m", messages, stream: true }, { signal });
    await expect(post("/chat/completions", { messages }, { signal: aborted })).rejects.toThrow(
      "aborted",
    );
    const controller = new AbortController();
    const stream = await ask(controller.signal);
    setTimeout(() => controller.abort(), 20);
    await readAll(stream);
    await expect.poll(statuses).toEqual(["cancelled", "cancelled"]);
    await expect.poll(() => endpoint!.closed.count).toBe(1);
  });

  it("records a provider that cannot be reached, and throws the same error on", async () => {
    await start([]);
    const unreachable = client();
    await endpoint!.close();
    await expect(unreachable.responses.create({ model: "m", input: "?" })).rejects.toThrow(
      "Connection error",
    );
    expect(prompts()[0]!.error).toMatchObject({
      message: expect.stringMatching(/^fetch failed: /),
      type: "TypeError",
      code: "ECONNREFUSED",
    });
  });
});

describe("fetch through the tap", () => {
  it("reads Anthropic's Messages, plain and streamed", async () => {
    const answer = { text: "Take one.", reasoning: "It rains.", calls: [call] };
    await start([answer, answer, { text: "Done." }]);
    const body = { model: "claude", max_tokens: 100, system: "Be short.", messages };
    await (await post("/messages", body)).json();
    const called = (await (await post("/messages", { ...body, stream: true })).text()).length;
    expect(called).toBeGreaterThan(500);
    const result = { type: "tool_result", tool_use_id: "call_2", content: "no", is_error: true };
    const next = [...messages, { role: "user", content: [result] }];
    await (await post("/messages", { ...body, messages: next })).text();
    const said = (id: string) => ({
      role: "assistant",
      content: "Take one.",
      reasoning: "It rains.",
      toolCalls: [{ id, name: "weather", arguments: '{"city":"Oslo"}' }],
    });
    const [first, second, last] = prompts();
    const common = { input: [{ role: "system", content: "Be short." }, ...messages] };
    const counted = { input: 21, output: 7, cached: 4 };
    expect(first).toMatchObject({ ...common, output: [said("call_1")], usage: counted });
    expect(second).toMatchObject({
      ...common,
      output: [said("call_2")],
      usage: counted,
      attributes: { "gen_ai.response.id": "msg_2", "gen_ai.response.finish_reasons": ["tool_use"] },
    });
    expect(last).toMatchObject({
      input: [
        { role: "system", content: "Be short." },
        ...messages,
        { role: "tool", content: "no", toolCallId: "call_2" },
      ],
      traceId: second!.traceId,
    });
    const tool = sink.spans.find(({ kind }) => kind === "tool");
    expect(tool).toMatchObject({ callId: "call_2", error: { message: "no" } });
  });

  it("leaves other paths, other methods and other bodies alone", async () => {
    await start([{ text: "Hello." }]);
    await (await post("/files", { model: "m", input: "x" })).json();
    await (await post("/chat/completions/list", { messages })).json();
    await (await fetch(`${endpoint!.url}/models`)).json();
    await (await post("/chat/completions", { messages }, { method: "PUT" })).json();
    await (await post("/messages", { to: "bob", text: "hi" })).json();
    await (await post("/responses", { survey: 1 })).json();
    await (await post("/chat/completions", [1])).json();
    expect(sink.heads).toEqual([]);
    expect(fetch.name).toBe("fetch");
  });

  it("reads a request given as a Request, as bytes or as a Blob", async () => {
    await start([{ text: "Hello." }]);
    const text = JSON.stringify({ model: "m", messages });
    const url = `${endpoint!.url}/chat/completions`;
    const json = { "content-type": "application/json; charset=utf-8" };
    const bodies = [new TextEncoder().encode(text), new Blob([text])];
    const requests = [
      ...bodies.map((body) => fetch(url, { method: "POST", body })),
      fetch(new Request(url, { method: "POST", body: text, headers: json })),
    ];
    for (const response of await Promise.all(requests)) await response.json();
    expect(endpoint!.requests.map((one) => one.text)).toEqual([text, text, text]);
    await expect.poll(statuses).toEqual(Array(3).fill("completed"));
  });

  it("passes chunks on one by one and reads no further than the app", async () => {
    await start([{ text: "x".repeat(600), hangsAfter: 40 }], { chunkDelayMs: 0 });
    const response = await post("/chat/completions", { messages, stream: true });
    const reader = response.body!.getReader({ mode: "byob" });
    const { value } = await reader.read(new Uint8Array(16));
    expect(new TextDecoder().decode(value)).toBe('data: {"id":"cha');
    await sleep(20);
    expect(sink.spans).toEqual([]);
    await reader.cancel("enough");
    await expect.poll(() => endpoint!.closed.count).toBe(1);
    await expect.poll(statuses).toEqual(["cancelled"]);
  });

  it("puts its span into the trace that runs, under the span around it, and ends neither", async () => {
    await start(toolThenText(call, "Hello."));
    const trace = tools.tracer.trace({ agent: "mine", task: "t" });
    const around = trace.span({ kind: "content", content: "" });
    await tools.tracer.within(trace, around as never, async () =>
      (await post("/chat/completions", { messages })).json(),
    );
    expect(prompts()).toMatchObject([{ traceId: trace.id, parentId: around.id }]);
    expect(statuses()).toEqual(["running"]);
  });

  it("hangs the bodies on the span of an SDK's hook, before and after the span's end", async () => {
    await start([{ text: "Hello." }]);
    const trace = tools.tracer.trace({ agent: "sdk", task: "t" });
    const ask = async () => (await post("/chat/completions", { model: "m", messages })).json();
    const inside = trace.span({ kind: "prompt", input: "?" });
    const running = tools.calls.begin(inside);
    await tools.calls.within(running, ask);
    inside.end();
    running.end();
    const outside = trace.span({ kind: "prompt", input: "?" });
    const open = tools.calls.begin(outside);
    await ask();
    outside.end();
    open.end("chatcmpl-2");
    expect(sink.heads).toHaveLength(1);
    const last = new Map(prompts().map((span) => [span.id, span]));
    expect([...last.values()].map((span) => span.attributes)).toMatchObject([
      { "http.response.body": { id: "chatcmpl-1" } },
      { "http.response.body": { id: "chatcmpl-2" }, "http.request.body": { model: "m" } },
    ]);
  });

  it("hangs a failure that nobody read at once on the span of an SDK's hook, and what is read later", async () => {
    await start([{ status: 400, message: "no such model" }]);
    const trace = tools.tracer.trace({ agent: "sdk", task: "t" });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      for (const isEarly of [true, false]) {
        const outside = trace.span({ kind: "prompt", input: "?" });
        const open = tools.calls.begin(outside);
        const refused = await post("/chat/completions", { messages });
        vi.advanceTimersByTime(1000);
        if (isEarly) await refused.text();
        outside.end();
        open.end();
        if (!isEarly) await refused.text();
        const { id, attributes } = prompts().at(-1)!;
        expect(id).toBe(outside.id);
        expect(attributes).toMatchObject({
          "http.response.body": { error: { message: "no such model" } },
          "http.response.status_code": 400,
        });
      }
      // Nobody knows yet whose it is.
      const two = [1, 2].map(() => tools.calls.begin(trace.span({ kind: "prompt", input: "?" })));
      const refused = await post("/chat/completions", { messages });
      vi.advanceTimersByTime(1000);
      await refused.text();
      for (const open of two) open.end();
      vi.advanceTimersByTime(10_000);
      const { attributes, traceId } = prompts().at(-1)!;
      expect(traceId).not.toBe(trace.id);
      expect(attributes).toHaveProperty(["http.response.body"]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("makes a trace of its own of a request during an SDK's call that is not the call's", async () => {
    await start([{ text: "Hello." }]);
    const trace = tools.tracer.trace({ agent: "sdk", task: "t" });
    const open = tools.calls.begin(trace.span({ kind: "prompt", input: "?" }));
    await (await post("/chat/completions", { messages })).json();
    expect(prompts()).toEqual([]);
    open.end("resp_other");
    expect(prompts()).toMatchObject([{ input: messages, output: [{ content: "Hello." }] }]);
    expect(statuses()).toEqual(["running", "completed"]);
  });

  it("keeps what came of answers that are under way when the process ends", async () => {
    await start([{ text: "Hello there, friend.", hangsAfter: 3 }, { calls: [call] }]);
    const response = await post("/chat/completions", { messages, stream: true });
    const reader = response.body!.getReader();
    for (let i = 0; i < 3; i++) await reader.read();
    await (await post("/chat/completions", { messages })).json();
    for (const hook of sharedState().atExit) hook(undefined);
    tools.tracer.endAll();
    expect(statuses()).toEqual(["cancelled", "completed"]);
    expect(prompts()[1]).toMatchObject({
      output: [{ role: "assistant", content: "Hello there," }],
      attributes: { "hone.unfinished": "cancelled" },
    });
    await reader.cancel();
  });

  it("leaves an answer under way to the error that ends the process", async () => {
    await start([{ text: "Hello there, friend.", hangsAfter: 3 }]);
    const { body } = await post("/chat/completions", { messages, stream: true });
    for (const hook of sharedState().atExit) hook(new Error("boom"));
    tools.tracer.endAll(new Error("boom"));
    expect(sink.heads.at(-1)).toMatchObject({ status: "failed", error: { message: "boom" } });
    await body!.cancel();
  });

  it("ends a request whose response the app let go of unread, and its connection", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    await start([{ text: "Hello there, friend.", hangsAfter: 2 }]);
    const forgetful = async () =>
      void (await post("/chat/completions", { messages, stream: true }));
    await forgetful();
    await expect.poll(() => (collect(), endpoint!.closed.count)).toBe(1);
    await expect.poll(statuses).toEqual(["cancelled"]);
  });

  it("keeps the first 8 MiB of a response and says so, and the app gets all of it", async () => {
    remove();
    const real = globalThis.fetch;
    const event = { choices: [{ index: 0, delta: { content: "x".repeat(999_000) } }] };
    const stream = `data: ${JSON.stringify(event)}\n\n`.repeat(12) + "data: [DONE]\n\n";
    const pieces = stream.match(/[^]{1,65536}/g)!.map((piece) => new TextEncoder().encode(piece));
    const headers = { "content-type": "text/event-stream" };
    globalThis.fetch = async () => new Response(ReadableStream.from(pieces), { headers });
    remove = installFetchTap(tools);
    try {
      const response = await fetch("http://x/v1/chat/completions", {
        method: "POST",
        body: JSON.stringify({ messages }),
      });
      expect((await response.text()).length).toBe(stream.length);
    } finally {
      remove();
      globalThis.fetch = real;
    }
    expect(statuses()).toEqual(["completed"]);
    const { attributes } = prompts()[0]!;
    expect(attributes["hone.response.kept"]).toBe(Math.floor(8_388_608 / 65_536) * 65_536);
  });

  describe("in place of a mock", () => {
    const real = globalThis.fetch;
    const mocked = (mock: (...given: unknown[]) => unknown): void => {
      remove();
      globalThis.fetch = mock as typeof fetch;
      remove = installFetchTap(tools);
    };
    afterEach(() => {
      remove();
      globalThis.fetch = real;
    });
    const body = {
      id: "chatcmpl-9",
      choices: [{ message: { role: "assistant", content: "Hi." } }],
    };
    const send = (init: RequestInit = {}): unknown =>
      fetch("http://x/v1/chat/completions", {
        method: "POST",
        body: JSON.stringify({ messages }),
        ...init,
      });

    it("gives on a Response that comes at once, and records it", async () => {
      mocked(() => Response.json(body));
      const response = send() as Response;
      expect(response).toBeInstanceOf(Response);
      expect(await response.json()).toEqual(body);
      expect(prompts()).toMatchObject([{ output: [{ content: "Hi." }] }]);
    });

    it("gives on what is no Response, and what only looks like a promise, as it is", async () => {
      const plain = { ok: true, json: async () => body };
      const lazy = { then: vi.fn() };
      for (const given of [plain, lazy, undefined]) {
        mocked(() => given);
        expect(send()).toBe(given);
      }
      mocked(async () => plain);
      expect(await send()).toBe(plain);
      expect(lazy.then).not.toHaveBeenCalled();
      expect(statuses()).toEqual(Array(4).fill("completed"));
      expect(prompts()[0]!.attributes).toMatchObject({ "hone.response.unseen": true });
    });

    it("records an abort as cancelled whatever reason the app gives, and a time limit as failed", async () => {
      const waiting = (_: unknown, { signal }: RequestInit = {}) =>
        new Promise((_, failed) => {
          if (signal?.aborted === true) failed(signal.reason);
          signal?.addEventListener("abort", () => failed(signal.reason));
        });
      mocked((input, init) =>
        input instanceof Request
          ? waiting(input, { signal: input.signal })
          : waiting(input, init as RequestInit),
      );
      const left = new Error("the user left");
      const asked = async (signal: AbortSignal) => send({ signal });
      await expect(asked(AbortSignal.abort(left))).rejects.toBe(left);
      const controller = new AbortController();
      const init = {
        method: "POST",
        body: JSON.stringify({ messages }),
        headers: { "content-type": "application/json" },
      };
      const request = new Request("http://x/v1/chat/completions", {
        ...init,
        signal: controller.signal,
      });
      const sent = fetch(request);
      controller.abort("gone");
      await expect(sent).rejects.toBe("gone");
      await expect(asked(AbortSignal.timeout(1))).rejects.toThrow("timeout");
      await expect.poll(() => sink.spans).toHaveLength(3);
      for (const hook of sharedState().atExit) hook(undefined);
      expect(statuses().toSorted()).toEqual(["cancelled", "cancelled", "failed"]);
      expect(prompts()[0]!.error).toMatchObject({ message: "the user left" });
    });

    it("pulls an upload that a Request makes as it is sent no further than 8 MiB, and none that is no JSON", async () => {
      mocked(() => new Promise(() => undefined));
      const upload = (type: string, length?: string) => {
        let pulled = 0;
        const stream = new ReadableStream(
          {
            pull: (controller) => {
              pulled++;
              controller.enqueue(new Uint8Array(1_048_576));
            },
          },
          { highWaterMark: 0 },
        );
        const headers = {
          "content-type": type,
          ...(length === undefined ? {} : { "content-length": length }),
        };
        void fetch(
          new Request("http://x/v1/messages", {
            method: "POST",
            body: stream,
            headers,
            duplex: "half",
          } as RequestInit),
        );
        return () => pulled;
      };
      const uploads = [
        upload("application/json"),
        upload("application/octet-stream"),
        upload("application/json", "99999999"),
      ];
      await expect.poll(() => uploads[0]!()).toBeGreaterThan(8);
      await sleep(20);
      // One more than fits, one that the platform's branches hold.
      expect(uploads.map((pulled) => pulled())).toEqual([
        expect.toSatisfy((count: number) => count <= 10),
        0,
        0,
      ]);
      expect(sink.heads).toEqual([]);
    });

    it("does not read a file that is longer than 8 MiB", async () => {
      mocked(() => Response.json(body));
      const text = JSON.stringify({ messages, pad: "x".repeat(8_388_608) });
      const reads = vi.spyOn(Blob.prototype, "text");
      await send({ body: new Blob([text]) });
      expect(reads).not.toHaveBeenCalled();
      await send({ body: new Blob([JSON.stringify({ messages })]) });
      expect(reads).toHaveBeenCalledOnce();
      reads.mockRestore();
    });
  });

  it("keeps the connection of a response that the app holds and reads later", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    await start([{ text: "Hello there, friend." }], { chunkDelayMs: 5 });
    const response = await post("/chat/completions", { messages, stream: true });
    for (let i = 0; i < 10; i++) {
      collect();
      await sleep(5);
    }
    expect(await response.text()).toContain("[DONE]");
    expect(statuses()).toEqual(["completed"]);
  });

  it("costs the app nothing but its own time when recording fails", async () => {
    await start([{ text: "Hello." }]);
    remove();
    const broken = { ...tools, tracer: { ...tools.tracer, trace: () => null as never } };
    remove = installFetchTap(broken);
    const answer = (await (await post("/chat/completions", { messages })).json()) as { id: string };
    expect(answer.id).toBe("chatcmpl-1");
  });
});

describe("requests that the app gives in unusual ways", () => {
  it("read the getters of options once", async () => {
    await start([{ text: "hi" }]);
    const seen: string[] = [];
    const init = {
      get method() {
        seen.push("method");
        return "POST";
      },
      get body() {
        seen.push("body");
        return JSON.stringify({ model: "m", messages });
      },
      headers: { "content-type": "application/json" },
    };
    const answer = await fetch(`${endpoint!.url}/chat/completions`, init);
    expect(answer.status).toBe(200);
    await answer.text();
    expect(seen.toSorted()).toEqual(["body", "method"]);
    expect(prompts()).toHaveLength(1);
  });

  it("are the platform's to refuse, without a word of hone", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const send = fetch as (...given: unknown[]) => Promise<Response>;
    for (const given of [[], [undefined], [null], [7], [{}], [{ url: "http://a.example" }]]) {
      await expect(send(...given)).rejects.toThrow(TypeError);
    }
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });
});
