import { describe, expect, it } from "vitest";
import type { PromptSpan } from "../core/span.ts";
import { keepingSink } from "../testing/keeping-sink.ts";
import type { SpanStart } from "../ports/tracer.ts";
import { span } from "./manual-spans.ts";
import { createTracer } from "./create-tracer.ts";
import { withTraces } from "./with-traces.ts";

async function recorded(answer: unknown): Promise<PromptSpan> {
  const sink = keepingSink();
  const agent = withTraces(async (_: string) => answer, { tracer: createTracer({ sink }) });
  expect(await agent("2 + 2?")).toBe(answer);
  return sink.spans[0] as PromptSpan;
}

const toolCalls = [{ id: "c1", name: "add", arguments: '{"a":2}' }];

describe("what an agent returns", () => {
  it("is read as Chat Completions", async () => {
    const completion = {
      id: "chatcmpl-1",
      object: "chat.completion",
      model: "gpt-5-mini",
      choices: [
        {
          index: 0,
          finish_reason: "tool_calls",
          message: {
            role: "assistant",
            content: "I add.",
            refusal: null,
            tool_calls: [
              { id: "c1", type: "function", function: { name: "add", arguments: '{"a":2}' } },
            ],
          },
        },
      ],
      usage: {
        prompt_tokens: 9,
        completion_tokens: 5,
        completion_tokens_details: { reasoning_tokens: 2 },
      },
    };
    expect(await recorded(completion)).toMatchObject({
      model: "gpt-5-mini",
      output: [{ role: "assistant", content: "I add.", toolCalls }],
      usage: { input: 9, output: 5, reasoning: 2 },
      attributes: {
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.response.finish_reasons": ["tool_calls"],
      },
    });
  });

  it("is read as Responses", async () => {
    const response = {
      id: "resp_1",
      object: "response",
      model: "gpt-5",
      status: "completed",
      error: null,
      output: [
        { type: "reasoning", summary: [{ type: "summary_text", text: "Two and two." }] },
        {
          type: "message",
          role: "assistant",
          content: [{ type: "output_text", text: "Four." }],
        },
      ],
      usage: { input_tokens: 7, output_tokens: 3, input_tokens_details: { cached_tokens: 4 } },
    };
    expect(await recorded(response)).toMatchObject({
      model: "gpt-5",
      output: [{ role: "assistant", content: "Four.", reasoning: "Two and two." }],
      usage: { input: 7, output: 3, cached: 4 },
    });
  });

  it("is read as Anthropic's Messages", async () => {
    const message = {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-x",
      content: [
        { type: "text", text: "I add." },
        { type: "tool_use", id: "c1", name: "add", input: { a: 2 } },
      ],
      stop_reason: "tool_use",
      usage: { input_tokens: 3, cache_read_input_tokens: 4, output_tokens: 2 },
    };
    expect(await recorded(message)).toMatchObject({
      model: "claude-x",
      output: [{ content: "I add.", toolCalls }],
      usage: { input: 7, output: 2, cached: 4 },
    });
  });

  it("is a message with the tokens beside it or in it", async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 1 };
    const message = { role: "assistant", content: "4" };
    const read = { output: [message], usage: { input: 3, output: 1 }, model: "m" };
    expect(await recorded({ message, usage, model: "m" })).toMatchObject(read);
    expect(await recorded({ ...message, usage, model: "m" })).toMatchObject(read);
  });

  it("counts no tokens of model calls that are recorded themselves, also by way of a tool-less step", async () => {
    const sink = keepingSink();
    const answer = {
      role: "assistant",
      content: "4",
      usage: { input_tokens: 3, output_tokens: 1 },
    };
    const usage = { input: 3, output: 1 };
    const counted = async (kind: "content" | "tool"): Promise<readonly unknown[]> => {
      const agent = withTraces(
        async (_: string) => {
          const step =
            kind === "tool"
              ? ({ kind, toolName: "ask", arguments: {} } as const)
              : ({ kind, content: "" } as const);
          span(step as SpanStart, () =>
            span({ kind: "prompt", input: "?", model: "m" }, (call) => call.end({ usage })),
          );
          return answer;
        },
        { tracer: createTracer({ sink }) },
      );
      const before = sink.spans.length;
      await agent("2 + 2?");
      const prompts = sink.spans.slice(before).filter((one) => one.kind === "prompt");
      return prompts.map((one) => one.usage);
    };
    expect(await counted("content")).toEqual([usage, undefined]);
    expect(await counted("tool")).toEqual([usage, usage]);
  });

  it("is kept whole as JSON where it is anything else", async () => {
    for (const answer of [
      { choices: ["red", "blue"] },
      { message: { role: "assistant", content: "4" }, score: 1 },
      { object: "response", output: [] },
    ]) {
      expect(JSON.parse((await recorded(answer)).output as string)).toEqual(answer);
    }
  });
});
