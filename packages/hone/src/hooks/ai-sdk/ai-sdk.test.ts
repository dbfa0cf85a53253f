import { afterEach, describe, expect, it, vi } from "vitest";
import type { SpanOf } from "../../core/span.ts";
import { keepingSink } from "../../testing/keeping-sink.ts";
import { reward } from "../../recording/manual-spans.ts";
import { createTracer } from "../../recording/create-tracer.ts";
import { installAiSdk } from "./ai-sdk.ts";
import { sdkMessages } from "./messages.ts";
import { ModelCalls } from "../model-calls.ts";

type Integration = Record<string, (event: object) => unknown> & {
  executeTool<T>(options: object): PromiseLike<T>;
  executeLanguageModelCall<T>(options: object): PromiseLike<T>;
};

const place = globalThis as { AI_SDK_TELEMETRY_INTEGRATIONS?: unknown };
const listed = () => place.AI_SDK_TELEMETRY_INTEGRATIONS as object[];

let remove = (): void => undefined;
afterEach(() => {
  remove();
  delete place.AI_SDK_TELEMETRY_INTEGRATIONS;
});

function watch() {
  const sink = keepingSink();
  const calls = new ModelCalls();
  remove = installAiSdk({ tracer: createTracer({ sink }), calls, agent: "script" });
  const sdk = listed().at(-1) as Integration;
  const spans = () => sink.spans.toSorted((a, b) => a.sequence - b.sequence);
  const kinds = () => spans().map(({ kind }) => kind);
  return { ...sink, calls, sdk, spans, kinds, head: () => sink.heads.at(-1)! };
}

const user = { role: "user", content: "1 + 2?" };
const usage = {
  inputTokens: 21,
  outputTokens: 7,
  inputTokenDetails: { cacheReadTokens: 4 },
  outputTokenDetails: { reasoningTokens: 3 },
};

/** The events of AI SDK 7 for one call of generateText. */
const seven = {
  start: (callId: string, more: object = {}) => ({
    callId,
    operationId: "ai.generateText",
    provider: "openai.chat",
    modelId: "m",
    messages: [user],
    maxRetries: 2,
    aiVersion: "7.0.0",
    ...more,
  }),
  callStart: (callId: string, more: object = {}) => ({
    callId,
    provider: "openai.chat",
    modelId: "m",
    messages: [user],
    temperature: 0.5,
    ...more,
  }),
  callEnd: (callId: string, content: readonly object[], finishReason = "stop") => ({
    callId,
    modelId: "m-2",
    content,
    finishReason,
    usage,
    responseId: `resp_${callId}`,
  }),
};

const said = (text: string) => [{ type: "text", text }];
const toolCall = { type: "tool-call", toolCallId: "t1", toolName: "add", input: { a: 1 } };

describe("a call of AI SDK 7", () => {
  it("is one trace: model calls with all they were given, tools between them", async () => {
    const { sdk, spans, head } = watch();
    sdk["onStart"]!(seven.start("c", { functionId: "adder" }));
    sdk["onStepStart"]!({ callId: "c", stepNumber: 0 });
    const tools = [{ type: "function", name: "add", inputSchema: { type: "object" } }];
    sdk["onLanguageModelCallStart"]!(seven.callStart("c", { instructions: "Be short.", tools }));
    const thought = { type: "reasoning", text: "hm" };
    sdk["onLanguageModelCallEnd"]!(seven.callEnd("c", [thought, toolCall], "tool-calls"));
    sdk["onToolExecutionStart"]!({ callId: "c", toolCall });
    await sdk.executeTool({
      callId: "c",
      toolCallId: "t1",
      execute: async () => reward(1, { type: "tool" }),
    });
    const output = { type: "tool-result", output: { sum: 3 } };
    sdk["onToolExecutionEnd"]!({ callId: "c", toolCall, toolOutput: output });
    sdk["onStepEnd"]!({ callId: "c", content: [toolCall] });
    sdk["onStepFinish"]!({ callId: "c", content: [toolCall] });
    sdk["onEnd"]!({ callId: "c" });

    expect(head()).toMatchObject({
      agent: "adder",
      task: "1 + 2?",
      status: "completed",
      tags: ["ai-sdk"],
      metadata: { sdk: { name: "ai", version: "7.0.0" } },
    });
    const [prompt, tool, judged] = spans();
    expect(prompt).toMatchObject({
      kind: "prompt",
      name: "chat m",
      model: "m",
      provider: "openai",
      input: [{ role: "system", content: "Be short." }, user],
      output: [
        {
          role: "assistant",
          content: "",
          reasoning: "hm",
          toolCalls: [{ id: "t1", name: "add", arguments: '{"a":1}' }],
        },
      ],
      usage: { input: 21, output: 7, reasoning: 3, cached: 4 },
      attributes: {
        "ai.step": 0,
        "ai.request.max_retries": 2,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.response.id": "resp_c",
        "gen_ai.response.model": "m-2",
        "gen_ai.response.finish_reasons": ["tool-calls"],
        "gen_ai.tool.definitions": tools,
      },
    });
    const ran = { toolName: "add", callId: "t1", arguments: { a: 1 }, result: { sum: 3 } };
    expect(tool).toMatchObject({ kind: "tool", ...ran });
    expect(judged).toMatchObject({ kind: "reward", parentId: tool!.id });
    expect(spans()).toHaveLength(3);
  });

  it("is one span however often it was tried, and says what failed before", async () => {
    const { sdk, calls, spans } = watch();
    sdk["onStart"]!(seven.start("c"));
    sdk["onLanguageModelCallStart"]!(seven.callStart("c"));
    const broken = new Error("scripted 500");
    const seen: unknown[] = [];
    const attempt = (result: () => unknown) =>
      sdk.executeLanguageModelCall({
        callId: "c",
        execute: async () => {
          seen.push(calls.current()?.id);
          return result();
        },
      });
    const failing = attempt(() => {
      throw broken;
    });
    await expect(failing).rejects.toBe(broken);
    // A stream's second attempt is announced once more.
    sdk["onLanguageModelCallStart"]!(seven.callStart("c"));
    const answer = { content: said("3") };
    expect(await attempt(() => answer)).toBe(answer);
    sdk["onLanguageModelCallEnd"]!(seven.callEnd("c", said("3")));
    sdk["onEnd"]!({ callId: "c" });
    expect(spans()).toHaveLength(1);
    expect(seen).toEqual([spans()[0]!.id, spans()[0]!.id]);
    const attempts = { "ai.attempts": 2, "ai.attempts.failed": ["scripted 500"] };
    expect(spans()[0]!.attributes).toMatchObject(attempts);
  });

  it("fails with the error the app gets, and is cancelled where the app stopped it", () => {
    const { sdk, heads, spans } = watch();
    for (const [callId, error] of [
      ["a", new TypeError("bad request")],
      ["b", new DOMException("stop", "AbortError")],
    ] as const) {
      sdk["onStart"]!(seven.start(callId));
      sdk["onLanguageModelCallStart"]!(seven.callStart(callId));
      sdk["onError"]!({ callId, error });
    }
    const ended = heads.filter(({ status }) => status !== "running");
    expect(ended.map(({ status }) => status)).toEqual(["failed", "cancelled"]);
    expect(ended[0]!.error).toMatchObject({ message: "bad request", type: "TypeError" });
    expect(spans().map(({ error }) => error?.message)).toEqual(["bad request", "stop"]);
  });

  it("is a part of the tool it runs in, and leaves that trace open", async () => {
    const { sdk, heads, spans } = watch();
    sdk["onStart"]!(seven.start("outer"));
    sdk["onToolExecutionStart"]!({ callId: "outer", toolCall });
    await sdk.executeTool({
      callId: "outer",
      toolCallId: "t1",
      execute: async () => {
        await Promise.resolve();
        sdk["onStart"]!(seven.start("inner", { functionId: "helper" }));
        sdk["onLanguageModelCallStart"]!(seven.callStart("inner"));
        sdk["onLanguageModelCallEnd"]!(seven.callEnd("inner", said("3")));
        sdk["onEnd"]!({ callId: "inner" });
      },
    });
    expect(heads.map(({ status }) => status)).toEqual(["running"]);
    sdk["onToolExecutionEnd"]!({ callId: "outer", toolCall, toolOutput: { output: "3" } });
    sdk["onEnd"]!({ callId: "outer" });
    const [tool, prompt] = spans();
    expect(prompt).toMatchObject({ kind: "prompt", parentId: tool!.id, agent: "helper" });
  });

  it("keeps what of a stream was seen when nobody reads further", async () => {
    const { sdk, spans, head } = watch();
    vi.useFakeTimers();
    sdk["onStart"]!(seven.start("c"));
    sdk["onLanguageModelCallStart"]!(seven.callStart("c"));
    const parts = ["one ", "two ", "three"].map((delta) => ({
      type: "text-delta",
      id: "0",
      delta,
    }));
    let pulled = 0;
    const stream = new ReadableStream(
      {
        pull(controller) {
          controller.enqueue(parts[pulled++]);
        },
      },
      { highWaterMark: 0 },
    );
    const result = await sdk.executeLanguageModelCall<{ stream: ReadableStream }>({
      callId: "c",
      execute: async () => ({ stream }),
    });
    const reader = result.stream.getReader();
    expect(pulled).toBe(0);
    expect((await reader.read()).value).toBe(parts[0]);
    expect((await reader.read()).value).toBe(parts[1]);
    expect(pulled).toBe(2);
    await reader.cancel();
    expect(spans()[0]).toMatchObject({
      output: [{ role: "assistant", content: "one two " }],
      attributes: { "hone.stopped": "by the consumer" },
    });
    vi.advanceTimersByTime(1100);
    vi.useRealTimers();
    expect(head().status).toBe("cancelled");
  });

  it("records requests for approval, and tools that the provider ran", () => {
    const { sdk, spans } = watch();
    sdk["onStart"]!(seven.start("c"));
    const asked = { type: "tool-approval-request", approvalId: "a1", toolCall, signature: "x" };
    const found = { ...toolCall, type: "tool-result", providerExecuted: true, output: [1] };
    sdk["onStepEnd"]!({ callId: "c", content: [...said("May I?"), asked, found] });
    expect(spans()).toMatchObject([
      {
        kind: "coordination",
        event: "tool-approval-request",
        details: { approvalId: "a1", toolName: "add", callId: "t1", arguments: { a: 1 } },
      },
      { kind: "tool", toolName: "add", callId: "t1", result: [1] },
    ]);
    expect(JSON.stringify(spans())).not.toContain("signature");
  });

  it("gives the raw bodies no place where the app keeps what is said out of telemetry", () => {
    const { sdk, calls, spans } = watch();
    sdk["onStart"]!(seven.start("c", { recordInputs: false, messages: [] }));
    sdk["onLanguageModelCallStart"]!(seven.callStart("c", { messages: [] }));
    const request = calls.unclaimed()!;
    request.settle(undefined, (span) => {
      span!.set({ "http.request.body": "secret", "http.response.status": 200 });
    });
    sdk["onLanguageModelCallEnd"]!(seven.callEnd("c", said("3")));
    expect(spans()[0]!.attributes).toMatchObject({ "http.response.status": 200 });
    expect(spans()[0]!.attributes).not.toHaveProperty("http.request.body");
  });

  it("is not recorded when it is no call of a language model", () => {
    const { sdk, heads } = watch();
    sdk["onStart"]!(seven.start("c", { operationId: "ai.embed", value: "text" }));
    sdk["onEnd"]!({ callId: "c" });
    expect(heads).toEqual([]);
  });
});

describe("labels of a call", () => {
  it("come from the runtime context of AI SDK 7", () => {
    const { sdk, head } = watch();
    const runtimeContext = { userId: "ada", sessionId: "s1", plan: "pro" };
    sdk["onStart"]!(seven.start("c", { runtimeContext }));
    sdk["onEnd"]!({ callId: "c" });
    expect(head()).toMatchObject({
      session: "s1",
      user: "ada",
      tags: ["ai-sdk"],
      metadata: { plan: "pro", runtimeContext },
    });
  });
});

describe("a call of AI SDK 6", () => {
  /** The SDK asks for all handlers at the start of each call. */
  const ask = (sdk: Integration) => {
    const { onStart, onStepStart, onToolCallStart, onToolCallFinish, onStepFinish, onFinish } = sdk;
    return { onStart, onStepStart, onToolCallStart, onToolCallFinish, onStepFinish, onFinish };
  };
  const model = { provider: "openai.chat", modelId: "m" };

  it("is told from others that run beside it, though its events name none", async () => {
    const { sdk, heads, spans } = watch();
    const both = ["first", "second"].map((prompt) => ({ prompt, on: ask(sdk) }));
    for (const { prompt, on } of both) on.onStart!({ model, prompt, system: "Be short." });
    for (const { prompt, on } of both) {
      const messages = [{ role: "user", content: prompt }];
      on.onStepStart!({ model, messages, stepNumber: 0 });
    }
    for (const { prompt, on } of both.toReversed()) {
      const response = { id: prompt, modelId: "m-2" };
      on.onStepFinish!({
        content: said(`${prompt} answer`),
        usage,
        finishReason: "stop",
        response,
      });
      on.onFinish!({});
    }
    const traces = heads.filter(({ status }) => status === "completed");
    expect(traces.map(({ task }) => task)).toEqual(["second", "first"]);
    for (const { id, task } of traces) {
      const own = spans().filter(({ traceId }) => traceId === id) as SpanOf<"prompt">[];
      expect(own).toHaveLength(1);
      expect(own[0]!.input).toEqual([{ role: "user", content: task }]);
      expect(own[0]!.output).toEqual([{ role: "assistant", content: `${task} answer` }]);
    }
  });

  it("has its tools around what runs in them, and the answer before its tools", async () => {
    const { sdk, spans } = watch();
    const on = ask(sdk);
    const run = async (): Promise<void> => {
      on.onStart!({ model, prompt: "1 + 2?" });
      on.onStepStart!({ model, messages: [user], stepNumber: 0 });
      const execute = async (): Promise<void> => {
        on.onToolCallStart!({ toolCall });
        await Promise.resolve();
        reward(1);
        on.onToolCallFinish!({ toolCall, success: false, error: new TypeError("no sum") });
      };
      await execute();
      const result = { ...toolCall, type: "tool-result", output: 3 };
      on.onStepFinish!({ content: [toolCall, result], usage, response: {} });
    };
    await run();
    const [prompt, tool, judged] = spans();
    expect(prompt).toMatchObject({ output: [{ role: "assistant", toolCalls: [{ id: "t1" }] }] });
    expect((prompt as SpanOf<"prompt">).output).toHaveLength(1);
    expect(tool).toMatchObject({ toolName: "add", error: { type: "TypeError" } });
    expect(judged).toMatchObject({ kind: "reward", parentId: tool!.id });
  });
});

describe("the list of integrations", () => {
  it("keeps what an app put there before, adds later and puts in its place", () => {
    const [before, later, other] = [{ name: "before" }, { name: "later" }, { name: "other" }];
    place.AI_SDK_TELEMETRY_INTEGRATIONS = [before];
    watch();
    expect(listed()).toHaveLength(2);
    listed().push(later);
    expect(listed()).toContain(before);
    expect(listed()).toContain(later);
    const ours = listed()[1]!;
    place.AI_SDK_TELEMETRY_INTEGRATIONS = [other];
    expect(listed()).toEqual([other, ours]);
    place.AI_SDK_TELEMETRY_INTEGRATIONS = Object.freeze([other]);
    expect(listed()).toEqual([other, ours]);
    place.AI_SDK_TELEMETRY_INTEGRATIONS = undefined;
    expect(listed()).toEqual([ours]);
    place.AI_SDK_TELEMETRY_INTEGRATIONS = [other];
    remove();
    expect(listed()).toEqual([other]);
  });

  it("holds us once, however often we are installed", () => {
    const { calls } = watch();
    const again = installAiSdk({
      tracer: createTracer({ sink: keepingSink() }),
      calls,
      agent: "a",
    });
    expect(listed()).toHaveLength(1);
    again();
    expect(listed()).toHaveLength(1);
  });
});

describe("messages of the AI SDK", () => {
  it("name pictures where they lie, and keep the beginning of long ones only", () => {
    const url = "https://example.com/cat.png";
    const content = [
      { type: "text", text: "What is this?" },
      { type: "image", image: new URL(url) },
      { type: "file", data: "aGk=", mediaType: "image/png" },
      { type: "file", data: { type: "url", url: new URL(url) }, mediaType: "image/png" },
      { type: "image", image: new Uint8Array(3_000_000), mediaType: "image/png" },
    ];
    const [message] = sdkMessages(undefined, [{ role: "user", content }]);
    const [linked, small, tagged, large] = message!.images!;
    expect(message!.content).toBe("What is this?");
    expect(linked).toEqual({ url });
    expect(small).toEqual({ url: "data:image/png;base64,aGk=", mediaType: "image/png" });
    expect(tagged).toEqual({ url, mediaType: "image/png" });
    expect(large!.url).toMatch(
      /^data:image\/png;base64,A+… \[cut by hone: it had 4000022 characters\]$/,
    );
    expect(large!.url.length).toBe(32_768);
  });

  it("tell of results, of errors and of what was not allowed", () => {
    const result = (id: string, output: object) => ({
      type: "tool-result",
      toolCallId: id,
      output,
    });
    const content = [
      result("1", { type: "json", value: { sum: 3 } }),
      result("2", { type: "error-text", value: "no sum" }),
      result("3", { type: "execution-denied", reason: "not now" }),
      result("4", { type: "content", value: [{ type: "text", text: "seen" }] }),
      { type: "tool-approval-response", approvalId: "a1", approved: false },
    ];
    expect(sdkMessages(undefined, [{ role: "tool", content }])).toEqual([
      { role: "tool", content: '{"sum":3}', toolCallId: "1" },
      { role: "tool", content: "no sum", toolCallId: "2" },
      { role: "tool", content: "execution denied: not now", toolCallId: "3" },
      { role: "tool", content: "seen", toolCallId: "4" },
      { role: "tool", content: '{"approvalId":"a1","approved":false}' },
    ]);
  });
});
