/** Session, user, tags and metadata that a program gives AI SDK 6 as its telemetry's metadata, by both ways to a store. */
import { AsyncLocalStorage } from "node:async_hooks";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import { BatchSpanProcessor, type ReadableSpan, TracerProvider } from "@opentelemetry/sdk-trace";
import { type Context, context, ROOT_CONTEXT } from "@opentelemetry/api";
import { generateObject, generateText, stepCountIs, streamText, tool, ToolLoopAgent } from "ai-6";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { readOtlpSpans } from "../../packages/hone/src/formats/otlp-protobuf.ts";
import { labelling } from "../../packages/hone/src/hooks/ai-sdk/calls-6.ts";
import { installAiSdk } from "../../packages/hone/src/hooks/ai-sdk/ai-sdk.ts";
import { installFetchTap } from "../../packages/hone/src/hooks/fetch/fetch-tap.ts";
import { ModelCalls } from "../../packages/hone/src/hooks/model-calls.ts";
import { storeIngest } from "../../packages/hone/src/otel/store-ingest.ts";
import { createTracer } from "../../packages/hone/src/recording/create-tracer.ts";
import { memoryStore } from "../../packages/hone/src/store/memory-store.ts";
import { keepingSink } from "../../packages/hone/src/testing/keeping-sink.ts";

const metadata = {
  userId: "ada",
  sessionId: "s1",
  tags: ["nightly", "held-out"],
  plan: "pro",
  tries: 3,
};
const labels = {
  agent: "desk",
  session: "s1",
  user: "ada",
  tags: expect.arrayContaining(["nightly", "held-out"]) as string[],
  metadata: expect.objectContaining({ plan: "pro", tries: 3 }) as object,
};

type Telemetry = NonNullable<Parameters<typeof generateText>[0]["experimental_telemetry"]>;

type Model = Exclude<Parameters<typeof generateText>[0]["model"], string>;

const usage = {
  inputTokens: { total: 21, noCache: 21, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 7, text: 7, reasoning: 0 },
};

/** What the model is given, as far as it looks at it. */
interface Given {
  readonly prompt: readonly { readonly role: string }[];
  readonly tools?: unknown;
}

/** Calls the tool where there is one, and answers once the result is there. */
function answerTo({ prompt, tools }: Given) {
  const isAnswer = tools === undefined || prompt.at(-1)?.role === "tool";
  const call = { type: "tool-call", toolCallId: "t1", toolName: "add", input: '{"a":1,"b":2}' };
  const finishReason = { unified: isAnswer ? "stop" : "tool-calls", raw: undefined };
  return { isAnswer, call, text: '{"sum":3}', finishReason };
}

const model = {
  specificationVersion: "v3",
  provider: "scripted",
  modelId: "m",
  supportedUrls: {},
  doGenerate: async (given: Given) => {
    const { isAnswer, call, text, finishReason } = answerTo(given);
    return {
      content: [isAnswer ? { type: "text", text } : call],
      finishReason,
      usage,
      warnings: [],
    };
  },
  doStream: async (given: Given) => {
    const { isAnswer, call, text, finishReason } = answerTo(given);
    const parts = isAnswer
      ? [
          { type: "text-start", id: "1" },
          { type: "text-delta", id: "1", delta: text },
          { type: "text-end", id: "1" },
        ]
      : [call];
    const all = [{ type: "stream-start", warnings: [] }, ...parts];
    return { stream: ReadableStream.from([...all, { type: "finish", finishReason, usage }]) };
  },
};
/** The SDK takes it by its form. */
const asModel = (given: typeof model): Model => given as never;

const add = tool({
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: async ({ a, b }) => a + b,
});
const tools = { add };

/** A context manager of OpenTelemetry as its SDK for Node has one. */
const running = new AsyncLocalStorage<Context>();
beforeAll(() => {
  context.setGlobalContextManager({
    active: () => running.getStore() ?? ROOT_CONTEXT,
    with: (given, run, self, ...rest) =>
      running.run(given, () => Reflect.apply(run, self, rest) as never),
    bind: (_, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
});
afterAll(() => context.disable());

/** Forms of a call; each asks the model and runs the tool. */
const forms: Readonly<Record<string, (telemetry: Telemetry) => Promise<unknown>>> = {
  generateText: (experimental_telemetry) =>
    generateText({
      model: asModel(model),
      prompt: "1 + 2?",
      tools,
      stopWhen: stepCountIs(2),
      experimental_telemetry,
    }),
  streamText: async (experimental_telemetry) =>
    streamText({
      model: asModel(model),
      prompt: "1 + 2?",
      tools,
      stopWhen: stepCountIs(2),
      experimental_telemetry,
    }).consumeStream(),
  ToolLoopAgent: (experimental_telemetry) =>
    new ToolLoopAgent({ model: asModel(model), tools, experimental_telemetry }).generate({
      prompt: "1 + 2?",
    }),
  generateObject: (experimental_telemetry) =>
    generateObject({
      model: asModel(model),
      prompt: "1 + 2?",
      schema: z.object({ sum: z.number() }),
      experimental_telemetry,
    }),
};

describe.each(Object.entries(forms))("%s", (_, call) => {
  let remove: () => void = () => undefined;
  afterEach(() => remove());

  it.skipIf(call === forms["generateObject"])("gives them to the trace of the hook", async () => {
    const sink = keepingSink();
    const given = { tracer: createTracer({ sink }), calls: new ModelCalls(), agent: "script" };
    const undo = [installFetchTap(given), installAiSdk(given)];
    remove = () => undo.forEach((one) => one());
    await call({ functionId: "desk", metadata });
    expect(sink.heads.at(-1)).toMatchObject({ ...labels, status: "completed" });
    expect(new Set(sink.heads.map(({ id }) => id)).size).toBe(1);
  });

  it("gives them to the trace of the SDK's OpenTelemetry spans", async () => {
    const store = memoryStore();
    const ended: ReadableSpan[] = [];
    const exporter = {
      export: (spans: ReadableSpan[], done: (result: { code: number }) => void) => {
        ended.push(...spans);
        done({ code: 0 });
      },
      shutdown: async () => undefined,
    };
    const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
    const tracer = provider.getTracer("ai");
    await call({ isEnabled: true, tracer, functionId: "desk", metadata });
    await provider.shutdown();
    const { items } = readOtlpSpans(ProtobufTraceSerializer.serializeRequest(ended)!);
    await storeIngest(store).spans(items);
    const { traces } = await store.query({});
    expect(traces).toHaveLength(1);
    expect(await store.get(traces[0]!.id)).toMatchObject(labels);
  });
});

it("structured output gives them to the trace of its requests, which is all that is seen of it", async () => {
  const body = { choices: [{ index: 0, message: { role: "assistant", content: '{"sum":3}' } }] };
  vi.stubGlobal("fetch", async () => Response.json(body));
  const sink = keepingSink();
  const tracer = createTracer({ sink });
  const remove = installFetchTap({ tracer, calls: new ModelCalls(), agent: "script" });
  const asking = {
    ...model,
    doGenerate: async (given: Given) => {
      const messages = [{ role: "user", content: "1 + 2?" }];
      await fetch("http://x/v1/chat/completions", {
        method: "POST",
        body: JSON.stringify({ model: "m", messages }),
      }).then((response) => response.json());
      return model.doGenerate(given);
    },
  };
  const ask = labelling(generateObject as never) as typeof generateObject;
  await ask({
    model: asModel(asking),
    prompt: "1 + 2?",
    schema: z.object({ sum: z.number() }),
    experimental_telemetry: { functionId: "desk", metadata },
  });
  remove();
  vi.unstubAllGlobals();
  expect(sink.heads.at(-1)).toMatchObject({ ...labels, agent: "script", status: "completed" });
});
