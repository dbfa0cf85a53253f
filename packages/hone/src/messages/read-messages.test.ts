import { describe, expect, it } from "vitest";
import { exactJson } from "../core/json.ts";
import { isOwnMessage } from "./own-messages.ts";
import { readMessages, readPrompt } from "./read-messages.ts";

const png = "data:image/png;base64,iVBORw0KGgo=";
const image = { url: png, mediaType: "image/png" };
const call = { id: "c1", name: "look", arguments: '{"at":1}' };

describe("parts of messages", () => {
  it.each([
    ["Chat Completions", { type: "text", text: "Hi" }],
    ["Responses", { type: "output_text", text: "Hi" }],
    ["OpenTelemetry", { type: "text", content: "Hi" }],
    ["OpenInference", { message_content: { type: "text", text: "Hi" } }],
    ["a kind that is not known", { type: "sung_text", text: "Hi" }],
  ])("of %s hold text", (_, part) => {
    expect(readMessages({ role: "user", content: [part] })).toEqual([
      { role: "user", content: "Hi" },
    ]);
  });

  it.each([
    ["Anthropic", { type: "thinking", thinking: "Hm\nso", signature: "x" }],
    ["the AI SDK", { type: "reasoning", text: "Hm\nso" }],
    ["Responses", { type: "reasoning", summary: [{ text: "Hm" }, { text: "so" }] }],
    ["LangChain", { type: "reasoning", reasoning: "Hm\nso" }],
  ])("of %s hold thoughts", (_, part) => {
    expect(readMessages({ role: "assistant", content: [part] })).toEqual([
      { role: "assistant", content: "", reasoning: "Hm\nso" },
    ]);
  });

  it.each([
    ["Anthropic", { type: "tool_use", id: "c1", name: "look", input: { at: 1 } }],
    ["the AI SDK", { type: "tool-call", toolCallId: "c1", toolName: "look", input: { at: 1 } }],
    ["its stream", { type: "tool-call", toolCallId: "c1", toolName: "look", input: '{"at":1}' }],
    ["OpenTelemetry", { type: "tool_call", id: "c1", name: "look", arguments: { at: 1 } }],
    [
      "Responses",
      { type: "function_call", id: "f1", call_id: "c1", name: "look", arguments: '{"at":1}' },
    ],
  ])("of %s hold calls", (_, part) => {
    expect(readMessages({ role: "assistant", content: [part] })).toEqual([
      { role: "assistant", content: "", toolCalls: [call] },
    ]);
  });

  it.each([
    ["Chat Completions", { type: "image_url", image_url: { url: png }, mediaType: "image/png" }],
    ["Responses", { type: "input_image", image_url: png, mediaType: "image/png" }],
    [
      "Anthropic",
      {
        type: "image",
        source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" },
      },
    ],
    ["the AI SDK", { type: "file", mediaType: "image/png", data: "iVBORw0KGgo=" }],
    [
      "its bytes",
      { type: "image", mediaType: "image/png", image: Buffer.from("iVBORw0KGgo=", "base64") },
    ],
    ["its answers", { type: "file", file: { mediaType: "image/png", base64Data: "iVBORw0KGgo=" } }],
    ["OpenTelemetry", { type: "blob", mime_type: "image/png", content: "iVBORw0KGgo=" }],
  ])("of %s hold pictures", (_, part) => {
    expect(readMessages({ role: "user", content: [part] })).toEqual([
      { role: "user", content: "", images: [image] },
    ]);
  });

  it.each([
    [
      "Anthropic",
      { type: "tool_result", tool_use_id: "c1", content: [{ type: "text", text: "7" }] },
    ],
    ["the AI SDK", { type: "tool-result", toolCallId: "c1", output: { type: "text", value: "7" } }],
    ["its errors", { type: "tool-error", toolCallId: "c1", error: new Error("7") }],
    ["OpenTelemetry", { type: "tool_call_response", id: "c1", response: "7" }],
  ])("of %s hold results, which are messages of their own", (_, part) => {
    const asked = { type: "text", text: "Go on." };
    const result = { role: "tool", content: "7", toolCallId: "c1" };
    const said = { role: "user", content: "Go on." };
    const read = (content: readonly object[]) => readMessages({ role: "user", content });
    expect(read([part])).toEqual([result]);
    expect(read([part, asked])).toEqual([result, said]);
    expect(read([asked, part])).toEqual([said, result]);
  });

  it("with results that are data hold them as JSON, also data that looks like parts", () => {
    const read = (response: unknown) =>
      readMessages({
        role: "tool",
        parts: [{ type: "tool_call_response", id: "c1", response }],
      });
    for (const data of [[{ type: "book", title: "Emma" }], [{ text: "x", score: 1 }], { a: 1 }]) {
      expect(read(data)).toEqual([
        { role: "tool", content: JSON.stringify(data), toolCallId: "c1" },
      ]);
    }
  });

  it("of unknown kinds stand in the text as JSON on lines of their own, and the message is not whole", () => {
    const beam = { type: "hologram", beam: 3 };
    const content = [{ type: "text", text: "See" }, beam, { type: "text", text: "there" }];
    const { text, isWhole } = readPrompt([{ role: "user", content }]);
    expect(text).toEqual([{ role: "user", content: `See\n${JSON.stringify(beam)}\nthere` }]);
    expect(isWhole).toBe(false);
    expect(readPrompt([{ role: "user", content: content.slice(0, 1) }]).isWhole).toBe(true);
  });

  it("that are files but no pictures are named in the text", () => {
    const file = { type: "file", mediaType: "application/pdf", filename: "a.pdf", data: "aGk=" };
    expect(readMessages({ role: "user", content: [file] })).toEqual([
      { role: "user", content: "[file a.pdf data:application/pdf;base64,aGk=]" },
    ]);
  });
});

describe("messages", () => {
  it("have roles by many names; names of JavaScript's own methods are none", () => {
    const roles = ["developer", "human", "ai", "model", "function", "constructor", 7];
    const read = roles.map((role) => readMessages({ role, content: "x" })[0]?.role);
    expect(read).toEqual(["system", "user", "assistant", "assistant", "tool", "user", "user"]);
  });

  it("keep the arguments of a call as the wire wrote them, also where they are an object", () => {
    const input = '{"row": 2512292042121000001, "price": 5.0}';
    const text = `{"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"look","input":${input}}]}`;
    expect(readMessages(exactJson(text))).toMatchObject([
      { toolCalls: [{ id: "c1", name: "look", arguments: input }] },
    ]);
  });

  it("have a call once that stands in their list of calls and among their parts", () => {
    const part = { type: "tool_use", id: "c1", name: "look", input: { at: 1 } };
    const message = { role: "assistant", content: [part], tool_calls: [{ ...part, args: "x" }] };
    expect(readMessages(message)[0]?.toolCalls).toHaveLength(1);
  });

  it("in our own form are told from similar ones in other forms", () => {
    const own = {
      role: "assistant",
      content: "",
      reasoning: "Hm.",
      images: [image],
      toolCalls: [call],
      toolCallId: "c0",
    };
    expect(isOwnMessage(own)).toBe(true);
    expect(readMessages(own)).toEqual([own]);
    const others = [
      { ...own, role: "developer" },
      { ...own, content: null },
      { ...own, content: [] },
      { ...own, tool_calls: [] },
      { ...own, images: [{ image_url: png }] },
      { ...own, toolCalls: [{ ...call, arguments: { at: 1 } }] },
      { ...own, reasoning: [] },
    ];
    expect(others.filter(isOwnMessage)).toEqual([]);
  });
});
