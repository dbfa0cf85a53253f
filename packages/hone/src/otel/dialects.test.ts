/** One recorded span of each kind per dialect, written by the public conventions, and what becomes of it. */
import { describe, expect, it } from "vitest";
import type { OtlpAttributes, OtlpEvent } from "../core/otlp.ts";
import type { Span } from "../core/span.ts";
import { readOtlpSpan } from "./from-otlp.ts";
import { noon, otlpSpan } from "./otlp-fixture.ts";

function read(name: string, attributes: OtlpAttributes, events: readonly OtlpEvent[] = []): Span {
  return readOtlpSpan(otlpSpan({ name, attributes, events })).spans[0]!;
}

/** The span without what every span has. */
function content(name: string, attributes: OtlpAttributes, events?: readonly OtlpEvent[]): object {
  const span = read(name, attributes, events);
  const common = new Set(["id", "traceId", "sequence", "startedAt", "endedAt", "name"]);
  const { "otel.scope": _, ...rest } = span.attributes;
  const own = Object.entries({ ...span, attributes: rest }).filter(([key]) => !common.has(key));
  return Object.fromEntries(own);
}

const question = { role: "user", content: "What is the weather in Oslo?" };
const call = { id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' };
const asked = { role: "assistant", content: "", toolCalls: [call] };
const answered = { role: "tool", content: "7 °C", toolCallId: "call_1" };

describe("gen_ai 1.45", () => {
  it("a chat becomes a prompt with messages, tokens, model and agent", () => {
    const span = content("chat gpt-4o", {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.request.temperature": 0.2,
      "gen_ai.response.id": "resp_1",
      "gen_ai.response.finish_reasons": ["tool_call"],
      "gen_ai.usage.input_tokens": 40,
      "gen_ai.usage.output_tokens": 12,
      "gen_ai.usage.reasoning.output_tokens": 5,
      "gen_ai.usage.cache_read.input_tokens": 30,
      "gen_ai.agent.name": "weatherman",
      "gen_ai.system_instructions": '[{"type":"text","content":"Be brief."}]',
      "gen_ai.input.messages": JSON.stringify([
        { role: "user", parts: [{ type: "text", content: question.content }] },
        {
          role: "assistant",
          parts: [
            { type: "tool_call", id: "call_1", name: "weather", arguments: { city: "Oslo" } },
          ],
        },
        { role: "tool", parts: [{ type: "tool_call_response", id: "call_1", response: "7 °C" }] },
      ]),
      "gen_ai.output.messages": JSON.stringify([
        {
          role: "assistant",
          parts: [
            { type: "reasoning", content: "Cold." },
            { type: "text", content: "7 °C." },
          ],
          finish_reason: "stop",
        },
      ]),
    });
    expect(span).toEqual({
      kind: "prompt",
      agent: "weatherman",
      provider: "openai",
      model: "gpt-4o",
      usage: { input: 40, output: 12, reasoning: 5, cached: 30 },
      input: [{ role: "system", content: "Be brief." }, question, asked, answered],
      output: [{ role: "assistant", content: "7 °C.", reasoning: "Cold." }],
      attributes: {
        "gen_ai.request.temperature": 0.2,
        "gen_ai.response.id": "resp_1",
        "gen_ai.response.finish_reasons": ["tool_call"],
      },
    });
  });

  it("keeps messages as they came where ours have no place for a part", () => {
    const raw = '[{"role":"user","parts":[{"type":"hologram","beam":3}]}]';
    const span = read("chat", { "gen_ai.operation.name": "chat", "gen_ai.input.messages": raw });
    expect(span.attributes["gen_ai.input.messages"]).toBe(raw);
    expect(span).toMatchObject({
      input: [{ role: "user", content: '{"type":"hologram","beam":3}' }],
    });
  });

  it("takes images as addresses and as bytes", () => {
    const parts = [
      { type: "uri", modality: "image", mime_type: "image/png", uri: "https://x.example/a.png" },
      { type: "blob", modality: "image", mime_type: "image/png", content: "iVBORw0=" },
    ];
    const span = read("chat", {
      "gen_ai.operation.name": "chat",
      "gen_ai.input.messages": JSON.stringify([{ role: "user", parts }]),
    });
    expect(span).toMatchObject({
      input: [
        {
          images: [
            { url: "https://x.example/a.png", mediaType: "image/png" },
            { url: "data:image/png;base64,iVBORw0=", mediaType: "image/png" },
          ],
        },
      ],
    });
  });

  it("a tool becomes a tool, its arguments and result parsed", () => {
    const span = content("execute_tool weather", {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "weather",
      "gen_ai.tool.type": "function",
      "gen_ai.tool.call.id": "call_1",
      "gen_ai.tool.call.arguments": '{"city":"Oslo"}',
      "gen_ai.tool.call.result": "007",
    });
    expect(span).toEqual({
      kind: "tool",
      toolName: "weather",
      callId: "call_1",
      arguments: { city: "Oslo" },
      result: "007",
      attributes: { "gen_ai.tool.type": "function" },
    });
  });

  it("arguments and results keep the text that was written, where values cannot hold it", () => {
    const args = '{"row": 2512292042121000001, "price": 5.0, "10": "a", "2": "b"}';
    const span = content("execute_tool row", {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "row",
      "gen_ai.tool.call.arguments": args,
      "gen_ai.tool.call.result": "[1.50]",
    });
    expect(span).toMatchObject({
      arguments: { row: "2512292042121000001", price: 5 },
      result: [1.5],
      attributes: { "hone.arguments.text": args, "hone.result.text": "[1.50]" },
    });
  });

  it("arguments in messages stay the text that was written, also where they are objects", () => {
    const args = '{"row": 2512292042121000001, "price": 5.0}';
    const part = `{"type":"tool_call","id":"c1","name":"row","arguments":${args}}`;
    const span = content("chat", {
      "gen_ai.operation.name": "chat",
      "gen_ai.output.messages": `[{"role":"assistant","parts":[${part}]}]`,
    });
    expect(span).toMatchObject({
      output: [{ toolCalls: [{ id: "c1", name: "row", arguments: args }] }],
    });
  });

  it("an agent's run is content; its tokens, sums of its calls, stay attributes", () => {
    const span = content("invoke_agent weatherman", {
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": "weatherman",
      "gen_ai.usage.input_tokens": 99,
      "gen_ai.input.messages": JSON.stringify([
        { role: "user", parts: [{ type: "text", content: "Oslo?" }] },
      ]),
      "gen_ai.output.messages": JSON.stringify([
        { role: "assistant", parts: [{ type: "text", content: "Cold" }] },
      ]),
    });
    expect(span).toEqual({
      kind: "content",
      agent: "weatherman",
      content: "Cold",
      attributes: {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.usage.input_tokens": 99,
        "hone.input": [{ role: "user", content: "Oslo?" }],
      },
    });
  });
});

describe("older gen_ai", () => {
  it("messages spelt by attribute names, with counts of prompt and completion", () => {
    const span = content("openai.chat", {
      "gen_ai.system": "openai",
      "gen_ai.request.model": "gpt-3.5",
      "gen_ai.usage.prompt_tokens": 8,
      "gen_ai.usage.completion_tokens": 3,
      "gen_ai.prompt.0.role": "user",
      "gen_ai.prompt.0.content": "Oslo?",
      "gen_ai.completion.0.role": "assistant",
      "gen_ai.completion.0.content": "Cold",
      "gen_ai.completion.0.finish_reason": "stop",
    });
    expect(span).toEqual({
      kind: "prompt",
      provider: "openai",
      model: "gpt-3.5",
      usage: { input: 8, output: 3 },
      input: [{ role: "user", content: "Oslo?" }],
      output: [{ role: "assistant", content: "Cold" }],
      attributes: { "gen_ai.response.finish_reasons": ["stop"] },
    });
  });

  it("messages as events of the span", () => {
    const events = [
      { name: "gen_ai.user.message", time: noon, attributes: { content: "Oslo?" } },
      {
        name: "gen_ai.choice",
        time: noon,
        attributes: { message: '{"content":"Cold"}', finish_reason: "stop" },
      },
    ];
    const span = read("chat gpt-4", { "gen_ai.operation.name": "chat" }, events);
    expect(span).toMatchObject({
      kind: "prompt",
      input: [{ role: "user", content: "Oslo?" }],
      output: [{ role: "assistant", content: "Cold" }],
    });
    expect(span.attributes["otel.events"]).toHaveLength(2);
  });

  it("one event for each side", () => {
    const events = [
      {
        name: "gen_ai.content.prompt",
        time: noon,
        attributes: { "gen_ai.prompt": '[{"role":"user","content":"Oslo?"}]' },
      },
      {
        name: "gen_ai.content.completion",
        time: noon,
        attributes: { "gen_ai.completion": '[{"role":"assistant","content":"Cold"}]' },
      },
    ];
    expect(read("chat", { "gen_ai.operation.name": "chat" }, events)).toMatchObject({
      input: [{ role: "user", content: "Oslo?" }],
      output: [{ role: "assistant", content: "Cold" }],
    });
  });
});

describe("the AI SDK's ai.*", () => {
  it("doGenerate becomes the prompt; what repeats it under gen_ai is left out", () => {
    const span = content("ai.generateText.doGenerate", {
      "operation.name": "ai.generateText.doGenerate weatherman",
      "ai.operationId": "ai.generateText.doGenerate",
      "ai.telemetry.functionId": "weatherman",
      "ai.model.id": "gpt-4o",
      "ai.model.provider": "openai.chat",
      "ai.prompt.messages": JSON.stringify([
        { role: "user", content: [{ type: "text", text: question.content }] },
        {
          role: "assistant",
          content: [
            {
              type: "tool-call",
              toolCallId: "call_1",
              toolName: "weather",
              input: { city: "Oslo" },
            },
          ],
        },
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              toolCallId: "call_1",
              toolName: "weather",
              output: { type: "text", value: "7 °C" },
            },
          ],
        },
      ]),
      "ai.response.finishReason": "tool-calls",
      "ai.response.toolCalls": JSON.stringify([
        { toolCallId: "call_1", toolName: "weather", input: '{"city":"Oslo"}' },
      ]),
      "ai.usage.inputTokens": 21,
      "ai.usage.outputTokens": 9,
      "gen_ai.system": "openai.chat",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.usage.input_tokens": 21,
      "gen_ai.usage.output_tokens": 9,
    });
    expect(span).toEqual({
      kind: "prompt",
      model: "gpt-4o",
      provider: "openai.chat",
      usage: { input: 21, output: 9 },
      input: [question, asked, answered],
      output: [asked],
      attributes: {
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.telemetry.functionId": "weatherman",
        "ai.response.finishReason": "tool-calls",
      },
    });
  });

  it("an older version's text and counts", () => {
    const span = content("ai.streamText.doStream", {
      "ai.operationId": "ai.streamText.doStream",
      "ai.model.id": "gpt-4",
      "ai.prompt.messages": '[{"role":"user","content":"Oslo?"}]',
      "ai.response.text": "Cold",
      "ai.usage.promptTokens": 4,
      "ai.usage.completionTokens": 1,
    });
    expect(span).toMatchObject({
      kind: "prompt",
      usage: { input: 4, output: 1 },
      output: [{ role: "assistant", content: "Cold" }],
    });
  });

  it("the whole call is content, named by its function, and counts no tokens", () => {
    const span = content("ai.generateText", {
      "ai.operationId": "ai.generateText",
      "ai.telemetry.functionId": "weatherman",
      "ai.prompt": '{"system":"Be brief.","prompt":"Oslo?"}',
      "ai.response.text": "Cold",
      "ai.usage.inputTokens": 42,
    });
    expect(span).toEqual({
      kind: "content",
      agent: "weatherman",
      content: "Cold",
      attributes: {
        "ai.operationId": "ai.generateText",
        "ai.prompt": '{"system":"Be brief.","prompt":"Oslo?"}',
        "ai.usage.inputTokens": 42,
        "hone.input": "Oslo?",
      },
    });
  });

  it("a tool call becomes a tool", () => {
    const span = content("ai.toolCall", {
      "operation.name": "ai.toolCall",
      "ai.operationId": "ai.toolCall",
      "ai.toolCall.name": "weather",
      "ai.toolCall.id": "call_1",
      "ai.toolCall.args": '{"city":"Oslo"}',
      "ai.toolCall.result": '{"celsius":7}',
    });
    expect(span).toEqual({
      kind: "tool",
      toolName: "weather",
      callId: "call_1",
      arguments: { city: "Oslo" },
      result: { celsius: 7 },
      attributes: { "ai.operationId": "ai.toolCall" },
    });
  });
});

describe("OpenInference", () => {
  it("an LLM span's messages are read from their names", () => {
    const span = content("ChatCompletion", {
      "openinference.span.kind": "LLM",
      "llm.model_name": "gpt-4o",
      "llm.provider": "openai",
      "llm.invocation_parameters": '{"temperature":0}',
      "llm.token_count.prompt": 10,
      "llm.token_count.completion": 4,
      "llm.token_count.total": 14,
      "llm.input_messages.0.message.role": "user",
      "llm.input_messages.0.message.contents.0.message_content.type": "text",
      "llm.input_messages.0.message.contents.0.message_content.text": question.content,
      "llm.input_messages.1.message.role": "assistant",
      "llm.input_messages.1.message.tool_calls.0.tool_call.id": "call_1",
      "llm.input_messages.1.message.tool_calls.0.tool_call.function.name": "weather",
      "llm.input_messages.1.message.tool_calls.0.tool_call.function.arguments": '{"city":"Oslo"}',
      "llm.input_messages.2.message.role": "tool",
      "llm.input_messages.2.message.tool_call_id": "call_1",
      "llm.input_messages.2.message.content": "7 °C",
      "llm.output_messages.0.message.role": "assistant",
      "llm.output_messages.0.message.content": "Cold",
    });
    expect(span).toEqual({
      kind: "prompt",
      model: "gpt-4o",
      provider: "openai",
      usage: { input: 10, output: 4 },
      input: [question, asked, answered],
      output: [{ role: "assistant", content: "Cold" }],
      attributes: {
        "openinference.span.kind": "LLM",
        "llm.invocation_parameters": '{"temperature":0}',
        "llm.token_count.total": 14,
      },
    });
  });

  it("tools, retrievers and chains", () => {
    const tool = content("weather", {
      "openinference.span.kind": "TOOL",
      "tool.name": "weather",
      "input.value": '{"city":"Oslo"}',
      "output.value": "7 °C",
    });
    expect(tool).toMatchObject({
      kind: "tool",
      toolName: "weather",
      arguments: { city: "Oslo" },
      result: "7 °C",
    });
    const retriever = content("search", {
      "openinference.span.kind": "RETRIEVER",
      "input.value": "Oslo",
      "retrieval.documents.0.document.content": "A town",
      "retrieval.documents.0.document.score": 0.5,
    });
    expect(retriever).toMatchObject({
      kind: "tool",
      toolName: "search",
      result: [{ document: { content: "A town", score: 0.5 } }],
    });
    const chain = content("agent", {
      "openinference.span.kind": "AGENT",
      "agent.name": "weatherman",
      "input.value": "Oslo?",
      "output.value": "Cold",
    });
    expect(chain).toMatchObject({ kind: "content", agent: "weatherman", content: "Cold" });
  });

  it("annotations of a span and of the trace are rewards, by whoever gave them", () => {
    const attributes = {
      "openinference.span.kind": "CHAIN",
      "annotations.0.annotation.name": "correctness",
      "annotations.0.annotation.score": 0.5,
      "annotations.0.annotation.annotator_kind": "HUMAN",
      "annotations.0.annotation.explanation": "half of it",
      "trace.evaluations.0.evaluation.name": "quality",
      "trace.evaluations.0.evaluation.score": 2,
      "trace.evaluations.0.evaluation.annotator_kind": "LLM",
      "evaluations.0.evaluation.name": "tone",
      "evaluations.0.evaluation.label": "kind",
    };
    const { spans, ofTrace } = readOtlpSpan(otlpSpan({ attributes }));
    expect(spans.slice(1)).toMatchObject([
      {
        kind: "reward",
        rewardType: "correctness",
        reward: 0.5,
        source: "human",
        reason: "half of it",
        targetId: spans[0]!.id,
      },
      { kind: "reward", rewardType: "quality", reward: 2, source: "judge" },
    ]);
    expect(ofTrace).toEqual([spans[2]]);
  });
});

describe("LangSmith", () => {
  it("a run of a model, its LangChain messages unwrapped", () => {
    const constructor = (name: string, kwargs: object) => ({
      lc: 1,
      type: "constructor",
      id: ["langchain_core", "messages", name],
      kwargs,
    });
    const prompt = JSON.stringify({
      messages: [[constructor("HumanMessage", { content: question.content })]],
    });
    const message = constructor("AIMessageChunk", {
      content: "",
      tool_calls: [{ id: "call_1", name: "weather", args: { city: "Oslo" }, type: "tool_call" }],
    });
    const span = content("ChatOpenAI", {
      "langsmith.span.kind": "llm",
      "langsmith.trace.name": "ChatOpenAI",
      "gen_ai.operation.name": "chat",
      "gen_ai.system": "openai",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.usage.input_tokens": 6,
      "gen_ai.usage.output_tokens": 2,
      "gen_ai.prompt": prompt,
      "gen_ai.completion": JSON.stringify({ generations: [[{ text: "", message }]] }),
    });
    expect(span).toEqual({
      kind: "prompt",
      model: "gpt-4o",
      provider: "openai",
      usage: { input: 6, output: 2 },
      input: [question],
      output: [asked],
      attributes: { "langsmith.span.kind": "llm", "langsmith.trace.name": "ChatOpenAI" },
    });
  });

  it("runs of tools and chains; a prompt template is no call of a model", () => {
    const tool = content("weather", {
      "langsmith.span.kind": "tool",
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": "weather",
      "gen_ai.prompt": '{"input":"{\\"city\\":\\"Oslo\\"}"}',
      "gen_ai.completion": '{"output":"7 °C"}',
    });
    expect(tool).toMatchObject({
      kind: "tool",
      toolName: "weather",
      arguments: { city: "Oslo" },
      result: "7 °C",
    });
    const template = content("ChatPromptTemplate", {
      "langsmith.span.kind": "prompt",
      "gen_ai.operation.name": "chat",
      "gen_ai.prompt": '{"topic":"Oslo"}',
    });
    expect(template).toMatchObject({
      kind: "content",
      attributes: { "hone.input": { topic: "Oslo" } },
    });
  });
});

describe("Mastra", () => {
  it("a generation is the prompt; its steps, which repeat it, are content", () => {
    const generation = content("chat gpt-4o", {
      "gen_ai.operation.name": "chat",
      "mastra.span.type": "model_generation",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.provider.name": "openai",
      "gen_ai.agent.name": "weatherman",
      "gen_ai.usage.input_tokens": 3,
      "gen_ai.usage.output_tokens": 2,
      "gen_ai.usage.reasoning_tokens": 1,
      "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"Oslo?"}]}]',
      "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"Cold"}]}]',
    });
    expect(generation).toEqual({
      kind: "prompt",
      agent: "weatherman",
      model: "gpt-4o",
      provider: "openai",
      usage: { input: 3, output: 2, reasoning: 1 },
      input: [{ role: "user", content: "Oslo?" }],
      output: [{ role: "assistant", content: "Cold" }],
      attributes: { "mastra.span.type": "model_generation" },
    });
    const step = content("step: 0", {
      "gen_ai.operation.name": "model_step",
      "mastra.span.type": "model_step",
      "mastra.model_step.output": '{"text":"Cold"}',
      "gen_ai.usage.input_tokens": 3,
    });
    expect(step).toMatchObject({ kind: "content", content: "Cold" });
  });

  it("agents and tools, also those of MCP", () => {
    const run = content("invoke_agent weatherman", {
      "gen_ai.operation.name": "invoke_agent",
      "mastra.span.type": "agent_run",
      "gen_ai.agent.name": "weatherman",
      "mastra.agent_run.input": '[{"role":"user","content":"Oslo?"}]',
      "mastra.agent_run.output": '{"text":"Cold"}',
    });
    expect(run).toMatchObject({
      kind: "content",
      agent: "weatherman",
      content: "Cold",
      attributes: { "hone.input": [{ role: "user", content: "Oslo?" }] },
    });
    const tool = content("execute_tool weather", {
      "gen_ai.operation.name": "execute_tool",
      "mastra.span.type": "mcp_tool_call",
      "gen_ai.tool.name": "weather",
      "gen_ai.tool.call.arguments": '{"city":"Oslo"}',
      "gen_ai.tool.call.result": '{"celsius":7}',
    });
    expect(tool).toMatchObject({ kind: "tool", toolName: "weather", result: { celsius: 7 } });
  });
});

describe("a dialect that nobody knows", () => {
  it("is kept as content with every attribute, its links, events and state", () => {
    const given = otlpSpan({
      name: "frobnicate",
      kind: 2,
      attributes: { "x.y": [1, "a", null], big: "9007199254740993" },
      events: [{ name: "tick", time: noon + 1_500n, attributes: { n: 1 } }],
      links: [{ traceId: "f".repeat(32), spanId: "e".repeat(16), attributes: { why: "retry" } }],
      traceState: "a=1",
      dropped: 3,
      status: { code: 1, message: "" },
    });
    expect(readOtlpSpan(given).spans).toEqual([
      {
        kind: "content",
        content: "",
        id: given.spanId,
        traceId: given.traceId,
        name: "frobnicate",
        sequence: 1_736_424_000_000_000,
        startedAt: 1_736_424_000_000,
        endedAt: 1_736_424_000_005,
        attributes: {
          "x.y": [1, "a", null],
          big: "9007199254740993",
          "otel.kind": "server",
          "otel.scope": { name: "test" },
          "otel.events": [{ name: "tick", at: 1_736_424_000_000.001, attributes: { n: 1 } }],
          "otel.links": [
            { traceId: "f".repeat(32), spanId: "e".repeat(16), attributes: { why: "retry" } },
          ],
          "otel.trace_state": "a=1",
          "otel.dropped": 3,
          "otel.status": "ok",
        },
      },
    ]);
  });
});

describe("what went wrong", () => {
  it("is the status, and the exception it names", () => {
    const events = [
      {
        name: "exception",
        time: noon,
        attributes: { "exception.type": "TypeError", "exception.message": "x is no y" },
      },
    ];
    const given = otlpSpan({ events, status: { code: 2, message: "" } });
    expect(readOtlpSpan(given).spans[0]!.error).toEqual({
      type: "TypeError",
      message: "x is no y",
    });
  });
});

describe("gen_ai.evaluation", () => {
  const evaluation = {
    "gen_ai.evaluation.name": "Relevance",
    "gen_ai.evaluation.score.value": 0.8,
    "gen_ai.evaluation.score.label": "relevant",
    "gen_ai.evaluation.explanation": "it answers",
  };

  it("as an event is a reward on its span, with the same id each time", () => {
    const given = otlpSpan({
      events: [{ name: "gen_ai.evaluation.result", time: noon, attributes: evaluation }],
    });
    const [span, reward] = readOtlpSpan(given).spans;
    expect(reward).toMatchObject({
      kind: "reward",
      rewardType: "Relevance",
      reward: 0.8,
      reason: "it answers",
      targetId: span!.id,
      startedAt: 1_736_424_000_000,
    });
    expect(readOtlpSpan(given).spans[1]!.id).toBe(reward!.id);
    expect(reward!.id).toMatch(/^[0-9a-f]{16}$/);
  });

  it("as a span of its own judges the span around it", () => {
    const given = otlpSpan({
      parentSpanId: "b7ad6b7169203331",
      name: "evaluate",
      attributes: evaluation,
    });
    expect(readOtlpSpan(given).spans).toMatchObject([
      {
        kind: "reward",
        id: given.spanId,
        reward: 0.8,
        targetId: "b7ad6b7169203331",
        attributes: { "gen_ai.evaluation.score.label": "relevant" },
      },
    ]);
  });

  it("without a number is no reward, and stays", () => {
    const attributes = {
      "gen_ai.evaluation.name": "Tone",
      "gen_ai.evaluation.score.label": "kind",
    };
    const events = [{ name: "gen_ai.evaluation.result", time: noon, attributes }];
    const { spans } = readOtlpSpan(otlpSpan({ events }));
    expect(spans).toHaveLength(1);
    expect(spans[0]!.attributes["otel.events"]).toHaveLength(1);
  });
});
