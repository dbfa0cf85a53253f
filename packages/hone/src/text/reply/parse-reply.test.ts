import { describe, expect, it } from "vitest";
import { bareCalls } from "./bare-calls.ts";
import { markedCalls } from "./marked-calls.ts";
import { mistralCalls } from "./named-calls.ts";
import { parseReply as parse, type ReplyContext } from "./parse-reply.ts";

const parseReply = (text: string, source: string, context?: ReplyContext) =>
  parse(text, { thinks: source.includes("</think>"), calls: callFormOf(source) }, context);

function callFormOf(source: string) {
  if (source.includes("<tool_call>")) return markedCalls("<tool_call>", "</tool_call>");
  if (source.includes("[TOOL_CALLS]")) return mistralCalls;
  return source.includes("parameters") ? bareCalls : undefined;
}

const THINKS = "</think>";
const CALLS = "tool_calls <tool_call>";
const LLAMA = 'tool_calls "parameters"';

describe("reasoning in a reply", () => {
  it.each([
    ["<think>\nwhy\n</think>\n\nx = 3", { reasoning: "why", content: "x = 3" }],
    ["why\n</think>\nx = 3", { reasoning: "why", content: "x = 3" }], // the prompt opened it
    ["<think>\n\n</think>\n\nx = 3", { content: "x = 3" }],
    ["<think>\nstill", { reasoning: "still", content: "" }], // cut off
    ["x = 3", { content: "x = 3" }],
  ])("is taken out of %j", (text, expected) => {
    expect(parseReply(text, THINKS)).toEqual({ role: "assistant", ...expected });
  });

  it("stays in the words of a model whose template knows none", () => {
    expect(parseReply("<think>a</think>b", "")).toEqual({
      role: "assistant",
      content: "<think>a</think>b",
    });
  });
});

describe("tool calls in a reply", () => {
  const calls = (text: string, source = CALLS) =>
    parseReply(text, source).toolCalls?.map(({ name, arguments: values }) => [name, values]);

  it("are read one by one, arguments letter by letter", () => {
    const text =
      'ok\n<tool_call>\n{"name": "a", "arguments": {"x":  1}}\n</tool_call>\n<tool_call>{"name":"b","arguments":{}}</tool_call>';
    expect(calls(text)).toEqual([
      ["a", '{"x":  1}'],
      ["b", "{}"],
    ]);
    expect(parseReply(text, CALLS).content).toBe("ok");
  });

  it("keep their arguments when the order of keys is turned", () => {
    expect(calls('<tool_call>{"arguments": {"x": 1}, "name": "a"}</tool_call>')).toEqual([
      ["a", '{"x": 1}'],
    ]);
  });

  it("stay calls when malformed, so that the model can be answered", () => {
    expect(calls('<tool_call>{"name": "a", "arguments": {"x": }}</tool_call>')).toEqual([
      ["a", '{"x": }'],
    ]);
    expect(calls("<tool_call>nonsense</tool_call>")).toEqual([["", "nonsense"]]);
  });

  it("are read in Llama's form, where the whole reply is the call", () => {
    expect(calls('{"name": "a", "parameters": {"x": 1}}', LLAMA)).toEqual([["a", '{"x": 1}']]);
    expect(calls('Use {"name": "a", "parameters": {}}', LLAMA)).toBeUndefined();
  });

  it("keep every digit and the order of keys", () => {
    const values = '{"row": 2512292042121000001, "price": 5.0, "10": "a", "2": "b"}';
    expect(calls(`<tool_call>{"arguments": ${values}, "name": "a"}</tool_call>`)).toEqual([
      ["a", values],
    ]);
    expect(calls(`{"parameters": ${values}, "name": "a"}`, LLAMA)).toBeUndefined();
    expect(calls(`{"name": "a", "parameters": ${values}}`, LLAMA)).toEqual([["a", values]]);
  });

  it("are read in Mistral's forms, with the ids that the model wrote", () => {
    const list =
      '[TOOL_CALLS] [{"name": "a", "arguments": {"x": 5.0}, "id": "abc123def"}, {"name": "b", "arguments": {}}]';
    const reply = parseReply(list, "[TOOL_CALLS]");
    expect(reply.toolCalls).toMatchObject([
      { id: "abc123def", name: "a", arguments: '{"x": 5.0}' },
      { name: "b", arguments: "{}" },
    ]);
    // Mistral's templates refuse ids of another form.
    expect(reply.toolCalls?.[1]?.id).toMatch(/^[a-z0-9]{9}$/u);
    expect(calls('[TOOL_CALLS]a[ARGS]{"x": 1}[TOOL_CALLS]b[ARGS]{}', "[TOOL_CALLS]")).toEqual([
      ["a", '{"x": 1}'],
      ["b", "{}"],
    ]);
    expect(parseReply("plain words", "[TOOL_CALLS]")).toEqual({
      role: "assistant",
      content: "plain words",
    });
  });

  it("have ids of their own, the same for the same reply to the same prompt", () => {
    const text = '<tool_call>{"name": "a", "arguments": {}}</tool_call>';
    const ids = (salt: number) =>
      parseReply(text + text, CALLS, { salt }).toolCalls?.map(({ id }) => id) ?? [];
    expect(ids(1)).toEqual(ids(1));
    expect(new Set([...ids(1), ...ids(2)]).size).toBe(4);
  });

  it("are calls, too, where the reply was cut in them", () => {
    expect(calls('ok <tool_call>{"name": "a", "arguments": {"x": 1')).toEqual([["a", '{"x": 1']]);
    expect(parseReply('ok <tool_call>{"name": "a"', CALLS)).toMatchObject({
      content: "ok",
      toolCalls: [{ name: "a", arguments: '{"name": "a"' }],
    });
  });

  it("may hold the mark that ends them", () => {
    const text = '<tool_call>{"name": "a", "arguments": {"x": "</tool_call>"}}</tool_call>';
    expect(calls(text)).toEqual([["a", '{"x": "</tool_call>"}']]);
  });
});

describe("a call within a thought that is not closed", () => {
  const text = 'I look.\n<tool_call>{"name": "a", "arguments": {}}</tool_call>';
  const form = "</think> <tool_call>";

  it("is made where the turn has ended, and stays thought where it was cut or closed later", () => {
    const context = { isThinking: true, hasEnded: true };
    const { toolCalls, ...rest } = parseReply(text, form, context);
    expect(rest).toEqual({ role: "assistant", content: "", reasoning: "I look." });
    expect(toolCalls).toMatchObject([{ name: "a", arguments: "{}" }]);
    expect(parseReply(text, form, { isThinking: true })).not.toHaveProperty("toolCalls");
    expect(parseReply(`${text}</think>no`, form, context)).toEqual({
      role: "assistant",
      content: "no",
      reasoning: text,
    });
  });

  it("is held back while it is written", () => {
    for (let length = 0; length <= text.length; length++) {
      const part = parseReply(text.slice(0, length), form, { isThinking: true, isPartial: true });
      expect("I look.".startsWith(part.reasoning ?? "")).toBe(true);
      expect(part.toolCalls).toBeUndefined();
    }
  });
});

describe("a reply that is still being written", () => {
  const replies: readonly (readonly [string, string])[] = [
    ["</think> <tool_call> tool_calls", "<think>\nwhy so\n</think>\n\nx = 3 \n"],
    ["</think> <tool_call> tool_calls", "plain <b> words <tool_ and more </think> of them"],
    [
      CALLS,
      'ok \n<tool_call>\n{"name": "a", "arguments": {"x": "</tool_call>"}}\n</tool_call>\n' +
        '<tool_call>nonsense</tool_call> then <tool_call>{"name": "b", "arguments": {}}</tool_call> end',
    ],
    [CALLS, 'ok <tool_call>{"name": "a", "arg'],
    [LLAMA, '{"name": "a", "parameters": {"x": 1}}'],
    [LLAMA, '{"names": ["a"]} are words'],
    [LLAMA, "<|python_tag|>print(1)"],
    ["[TOOL_CALLS]", 'see [TOOL] [TOOL_CALLS] [{"name": "a", "arguments": {}}]'],
    ["[TOOL_CALLS]", 'see [TOOL_CALLS]a[ARGS]{"x": 1}[TOOL_CALLS]b[ARGS]{}'],
  ];
  it.each(replies)(
    "says at no time what the whole does not begin with (%s: %s)",
    (source, text) => {
      for (const isThinking of [false, true]) {
        const whole = parseReply(text, source, { isThinking });
        for (let length = 0; length <= text.length; length++) {
          const context = { isThinking, isPartial: true };
          const {
            content,
            reasoning = "",
            toolCalls = [],
          } = parseReply(text.slice(0, length), source, context);
          expect(whole.content.startsWith(content), `${content} of ${whole.content}`).toBe(true);
          expect((whole.reasoning ?? "").startsWith(reasoning), reasoning).toBe(true);
          expect(toolCalls).toEqual((whole.toolCalls ?? []).slice(0, toolCalls.length));
          if (source.includes("<tool_call>")) expect(content).not.toMatch(/<tool_call>|<t$/u);
        }
      }
    },
  );
});

describe("a call that a limit cut", () => {
  const cut = (text: string, source = CALLS) => parseReply(text, source, { isCut: true });

  it.each([
    ['<tool_call>\n{"name": "look', '{"name": "look', CALLS],
    ["ok <tool_call>\n{", "ok\n{", CALLS],
    ['[TOOL_CALLS] [{"name": "lo', '[{"name": "lo', "tool_calls [TOOL_CALLS]"],
    ['{"name": "lo', '{"name": "lo', LLAMA],
  ])("before its name was whole is text: %j", (text, content, source) => {
    expect(cut(text, source)).toEqual({ role: "assistant", content });
  });

  it("behind its name is a call, and so are those before it, and one that names no tool at all", () => {
    const name = ({ toolCalls }: ReturnType<typeof cut>) => toolCalls?.map((call) => call.name);
    expect(name(cut('<tool_call>{"name": "a", "argu'))).toEqual(["a"]);
    const two = cut('<tool_call>{"name":"a","arguments":{}}</tool_call><tool_call>{"na');
    expect([name(two), two.content]).toEqual([["a"], '{"na']);
    expect(name(cut('<tool_call>{"x": 1}</tool_call>'))).toEqual([""]);
  });
});
