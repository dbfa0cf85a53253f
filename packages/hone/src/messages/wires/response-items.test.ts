import { describe, expect, it } from "vitest";
import { itemMessages } from "./response-items.ts";
import { responses } from "./responses.ts";

describe("items of the Responses API", () => {
  it("are read as messages: reasoning, text and calls of one answer become one message", () => {
    const messages = itemMessages("Be kind.", [
      {
        role: "user",
        content: [
          { type: "input_text", text: "See " },
          { type: "input_image", image: "data:image/png;base64,AA" },
        ],
      },
      { type: "reasoning", content: [{ type: "input_text", text: "Hm." }] },
      { role: "assistant", content: [{ type: "output_text", text: "I look." }] },
      { type: "function_call", callId: "c1", name: "look", arguments: "{}" },
      { type: "function_call", callId: "c2", name: "look", arguments: "[]" },
      { type: "function_call_result", callId: "c1", output: { type: "text", text: "a cat" } },
      {
        type: "function_call_result",
        callId: "c2",
        output: [{ type: "input_image", image: { url: "https://x/y.png" } }],
      },
      { role: "assistant", content: [{ type: "refusal", refusal: "No." }] },
      { type: "hosted_tool_call", id: "h1", name: "web_search_call", arguments: '{"q":1}' },
    ]);
    expect(messages).toEqual([
      { role: "system", content: "Be kind." },
      { role: "user", content: "See ", images: [{ url: "data:image/png;base64,AA" }] },
      {
        role: "assistant",
        content: "I look.",
        reasoning: "Hm.",
        toolCalls: [
          { id: "c1", name: "look", arguments: "{}" },
          { id: "c2", name: "look", arguments: "[]" },
        ],
      },
      { role: "tool", content: "a cat", toolCallId: "c1" },
      { role: "tool", content: "", images: [{ url: "https://x/y.png" }], toolCallId: "c2" },
      {
        role: "assistant",
        content: "No.",
        toolCalls: [{ id: "", name: "web_search", arguments: '{"q":1}' }],
      },
    ]);
  });

  it("give the same messages in the form of the API and in that of Agents JS", () => {
    const thought = (text: string) => ({ type: "summary_text", text });
    const action = { type: "search", query: "kettles" };
    const answered = [
      { type: "reasoning", id: "rs_1", summary: [thought("First."), thought("Then.")] },
      { type: "web_search_call", id: "ws_1", status: "completed", action },
      { type: "reasoning", id: "rs_2", summary: [thought("Last.")] },
      { type: "function_call", id: "fc_1", call_id: "c1", name: "look", arguments: "{}" },
      { type: "mcp_call", id: "m_1", name: "read", arguments: '{"at":1}', output: "x" },
      { type: "message", id: "msg_1", role: "assistant", content: [output("I look.")] },
      { type: "message", id: "msg_2", role: "assistant", content: [output("So.")] },
      { type: "item_reference", id: "msg_0" },
    ];
    const given = [
      { type: "reasoning", content: [summed("First."), summed("Then.")], providerData: {} },
      {
        type: "hosted_tool_call",
        id: "ws_1",
        name: "web_search_call",
        status: "completed",
        providerData: { type: "web_search_call", action },
      },
      { type: "reasoning", content: [summed("Last.")], providerData: {} },
      { type: "function_call", id: "fc_1", callId: "c1", name: "look", arguments: "{}" },
      {
        type: "hosted_tool_call",
        id: "m_1",
        name: "mcp_call",
        output: "x",
        providerData: { type: "mcp_call", name: "read", arguments: '{"at":1}' },
      },
      { type: "message", role: "assistant", content: [output("I look.")] },
      { type: "message", role: "assistant", content: [output("So.")] },
      { type: "unknown", id: "msg_0", providerData: { type: "item_reference", id: "msg_0" } },
    ];
    const messages = itemMessages(undefined, answered);
    expect(itemMessages(undefined, given)).toEqual(messages);
    expect(messages).toEqual([
      {
        role: "assistant",
        content: "",
        reasoning: "First.\nThen.\nLast.",
        toolCalls: [
          { id: "", name: "web_search", arguments: JSON.stringify(action) },
          { id: "c1", name: "look", arguments: "{}" },
          { id: "", name: "read", arguments: '{"at":1}' },
        ],
      },
      { role: "assistant", content: "I look." },
      { role: "assistant", content: "So." },
      { role: "assistant", content: '{"type":"item_reference","id":"msg_0"}' },
    ]);
    expect(responses.answer({ output: answered }).output).toEqual(messages);
    expect(responses.request({ model: "m", input: answered })?.input).toEqual(messages);
  });
});

const output = (text: string) => ({ type: "output_text", text });
const summed = (text: string) => ({ type: "input_text", text });
