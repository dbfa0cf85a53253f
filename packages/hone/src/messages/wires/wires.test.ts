import { describe, expect, it } from "vitest";
import { anthropicMessages } from "./anthropic-messages.ts";
import { chatCompletions } from "./chat-completions.ts";
import { readEventStream } from "./event-stream.ts";
import { responses } from "./responses.ts";

const png = "data:image/png;base64,iVBORw0KGgo=";

describe("Chat Completions", () => {
  it("reads pictures, messages of the developer and results of tools", () => {
    const request = chatCompletions.request({
      model: "m",
      max_completion_tokens: 5,
      messages: [
        { role: "developer", content: "Be short." },
        {
          role: "user",
          content: [
            { type: "text", text: "What is it?" },
            { type: "image_url", image_url: { url: png } },
          ],
        },
        { role: "tool", tool_call_id: "c1", content: [{ type: "text", text: "a cat" }] },
      ],
    });
    expect(request).toEqual({
      model: "m",
      input: [
        { role: "system", content: "Be short." },
        { role: "user", content: "What is it?", images: [{ url: png }] },
        { role: "tool", content: "a cat", toolCallId: "c1" },
      ],
      attributes: { "gen_ai.request.max_tokens": 5 },
      results: new Map([["c1", { value: "a cat", isError: false }]]),
    });
  });

  it("reads the older Completions, plain and streamed", () => {
    expect(chatCompletions.request({ model: "m", prompt: "One, two," })?.input).toBe("One, two,");
    const choice = { index: 0, text: " three", finish_reason: "length" };
    const output = [{ role: "assistant", content: " three" }];
    const said = { output, finishReasons: ["length"], isWhole: true };
    expect(chatCompletions.answer({ choices: [choice] })).toMatchObject(said);
    expect(chatCompletions.streamed([{ choices: [choice] }], true)).toMatchObject(said);
  });

  it("reads a refusal as the content, and several choices as several messages", () => {
    const refused = { message: { role: "assistant", content: null, refusal: "I will not." } };
    const said = { message: { role: "assistant", content: "Yes." } };
    expect(chatCompletions.answer({ choices: [refused, said] }).output).toEqual([
      { role: "assistant", content: "I will not." },
      { role: "assistant", content: "Yes." },
    ]);
  });

  it("joins pieces of parallel calls by their index, and is not whole without an end", () => {
    const piece = (index: number, more: object) => ({
      choices: [{ index: 0, delta: { tool_calls: [{ index, ...more }] } }],
    });
    const answer = chatCompletions.streamed(
      [
        piece(0, { id: "a", function: { name: "add", arguments: "" } }),
        piece(1, { id: "b", function: { name: "sub", arguments: '{"x"' } }),
        piece(0, { function: { arguments: "{}" } }),
        piece(1, { function: { arguments: ":1}" } }),
      ],
      false,
    );
    expect(answer.output![0]!.toolCalls).toEqual([
      { id: "a", name: "add", arguments: "{}" },
      { id: "b", name: "sub", arguments: '{"x":1}' },
    ]);
    expect(answer.isWhole).toBe(false);
  });
});

describe("Responses", () => {
  it("reads pictures, and calls of the provider's own tools", () => {
    const search = { type: "web_search_call", id: "ws_1", status: "completed" };
    const picture = { type: "input_image", image_url: png };
    const request = responses.request({
      model: "m",
      previous_response_id: "resp_0",
      input: [
        { role: "user", content: [{ type: "input_text", text: "What is it?" }, picture] },
        search,
      ],
    });
    expect(request).toMatchObject({
      input: [
        { role: "user", content: "What is it?", images: [{ url: png }] },
        { role: "assistant", content: "", toolCalls: [{ id: "", name: "web_search" }] },
      ],
      attributes: { "openai.request.previous_response_id": "resp_0" },
    });
  });

  it("joins the pieces of a stream that breaks off", () => {
    const delta = (type: string, output_index: number, text: string) => ({
      type: `response.${type}.delta`,
      output_index,
      delta: text,
    });
    const added = (output_index: number, item: object) => ({
      type: "response.output_item.added",
      output_index,
      item,
    });
    const answer = responses.streamed(
      [
        { type: "response.created", response: { id: "resp_1", model: "m", status: "in_progress" } },
        added(0, { type: "message", role: "assistant", content: [] }),
        delta("output_text", 0, "Let me "),
        delta("output_text", 0, "see."),
        added(1, { type: "function_call", call_id: "c1", name: "look", arguments: "" }),
        delta("function_call_arguments", 1, '{"at":'),
      ],
      false,
    );
    expect(answer).toEqual({
      id: "resp_1",
      model: "m",
      output: [
        {
          role: "assistant",
          content: "Let me see.",
          toolCalls: [{ id: "c1", name: "look", arguments: '{"at":' }],
        },
      ],
      finishReasons: [],
      isWhole: false,
    });
  });

  it("gives the reason of a short answer, and the error of a failed one", () => {
    const short = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
    expect(responses.answer(short).finishReasons).toEqual(["max_output_tokens"]);
    const failed = { status: "failed", error: { code: "server_error", message: "no capacity" } };
    const events = [{ type: "response.failed", response: failed }];
    expect(responses.streamed(events, false)).toMatchObject({
      error: { message: "no capacity", code: "server_error" },
      isWhole: true,
    });
    const error = { type: "error", code: "rate_limit", message: "slow down" };
    expect(responses.streamed([error], false).error).toMatchObject({
      message: "slow down",
      code: "rate_limit",
    });
  });
});

describe("Anthropic's Messages", () => {
  it("reads pictures and results of tools among other parts", () => {
    const source = { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" };
    const result = {
      type: "tool_result",
      tool_use_id: "t1",
      content: [{ type: "text", text: "7" }],
    };
    const request = anthropicMessages.request({
      model: "claude",
      max_tokens: 9,
      system: [{ type: "text", text: "Be short." }],
      messages: [
        { role: "user", content: [result, { type: "image", source }, { type: "text", text: "?" }] },
      ],
    });
    expect(request).toMatchObject({
      input: [
        { role: "system", content: "Be short." },
        { role: "tool", content: "7", toolCallId: "t1" },
        { role: "user", content: "?", images: [{ url: png, mediaType: "image/png" }] },
      ],
      results: new Map([["t1", { value: "7", isError: false }]]),
    });
  });

  it("gives the error that ends a stream, and the text before it", () => {
    const error = { type: "overloaded_error", message: "Overloaded" };
    const begun = {
      type: "content_block_start",
      index: 0,
      content_block: { type: "text", text: "" },
    };
    const text = { type: "text_delta", text: "Let me" };
    const events = [
      begun,
      { type: "content_block_delta", index: 0, delta: text },
      { type: "error", error },
    ];
    expect(anthropicMessages.streamed(events, false)).toMatchObject({
      output: [{ role: "assistant", content: "Let me" }],
      error: { message: "Overloaded", type: "overloaded_error" },
    });
  });
});

describe("an event stream", () => {
  it("is read with any line breaks, comments, and data over several lines", () => {
    const text =
      ': ping\r\nevent: a\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata:{"b":2}\n\ndata: no\n\ndata: [DONE]\n\n';
    expect(readEventStream(text)).toEqual({ events: [{ a: 1 }, { b: 2 }], isDone: true });
  });

  it("is read without an event that was cut off", () => {
    const text = 'data: {"a":1}\n\ndata: {"b":2}';
    expect(readEventStream(text)).toEqual({ events: [{ a: 1 }], isDone: false });
  });
});
