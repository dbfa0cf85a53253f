import { describe, expect, it } from "vitest";
import type { Message } from "../core/message.ts";
import type { Feedback } from "../core/feedback.ts";
import type { PromptSpan, Span } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import { sampleTraces } from "../testing/sample-traces.ts";
import { conversationsOf } from "./trace-conversations.ts";

const user = (content: string): Message => ({ role: "user", content });
const assistant = (content: string, more: Partial<Message> = {}): Message => ({
  role: "assistant",
  content,
  ...more,
});

const call = (sequence: number, more: Partial<PromptSpan>): Span => ({
  ...{ id: `s${sequence}`, traceId: "t", sequence, startedAt: 0, endedAt: 1, attributes: {} },
  kind: "prompt",
  input: [user("hi")],
  output: [assistant("hello")],
  ...more,
});

const of = (...spans: readonly Span[]) => conversationsOf({ ...sampleTraces(1)[0]!, spans });

const texts = (...spans: readonly Span[]): string[] =>
  of(...spans).lines.map(({ messages }) =>
    (messages as readonly { content: string }[]).map(({ content }) => content).join("|"),
  );

describe("conversations of a trace", () => {
  it("are its longest: of calls of which one continues the other only the last", () => {
    const toolCalls = [{ id: "c", name: "add", arguments: "{}" }];
    const first = call(0, { output: [assistant("", { toolCalls, reasoning: "hm" })] });
    const answered = [
      user("hi"),
      assistant("", { toolCalls }),
      { role: "tool", content: "4", toolCallId: "c" } as const,
    ];
    const second = call(1, { input: answered, output: [assistant("four")] });
    expect(texts(first, second)).toEqual(["hi||4|four"]);
    expect(of(second).lines[0]!.messages[1]).toEqual({
      role: "assistant",
      content: "",
      tool_calls: [{ id: "c", type: "function", function: { name: "add", arguments: "{}" } }],
    });
    expect(of(second).lines[0]!.messages[2]).toMatchObject({ tool_call_id: "c" });
  });

  it("stay apart when they are different, and the same one counts once", () => {
    const other = call(1, { input: [user("bye")] });
    expect(texts(call(0, {}), other, call(2, {}))).toEqual(["bye|hello", "hi|hello"]);
  });

  it("are made of plain texts too, and of no call that failed, runs or said nothing", () => {
    const failed = call(1, { input: "x", error: { message: "e" } });
    const { output: _, ...running } = call(2, { input: "y" }) as PromptSpan;
    const empty = call(3, { input: "z", output: [] });
    expect(texts(call(0, { input: "a", output: "b" }), failed, running, empty)).toEqual(["a|b"]);
  });

  it("are those of the model calls, not of the agent around them, unless a tool stands between", () => {
    const agent = call(0, { output: "as the agent put it" });
    const inner = call(2, { parentId: "s1" });
    const step = { ...call(1, { parentId: "s0" }), kind: "content", content: "" } as Span;
    expect(texts(agent, step, inner)).toEqual(["hi|hello"]);
    expect(texts(agent, step, call(2, { parentId: "s1", error: { message: "e" } }))).toEqual([
      "hi|as the agent put it",
    ]);
    const tool = { ...step, kind: "tool", toolName: "ask", arguments: null } as Span;
    expect(texts(agent, tool, inner)).toEqual(["hi|as the agent put it", "hi|hello"]);
    expect(texts(call(0, { parentId: "s0" }))).toEqual(["hi|hello"]);
  });

  it("keep what a model thought in an earlier call, or leave it out and count it", () => {
    const first = call(0, { output: [assistant("one", { reasoning: "hm" })] });
    const input = [user("hi"), assistant("one"), user("and?")];
    const second = call(1, { input, output: [assistant("two", { reasoning: "so" })] });
    const read = (reasoning: "keep" | "drop") =>
      conversationsOf({ ...sampleTraces(1)[0]!, spans: [first, second] }, { reasoning });
    const { lines, withReasoning } = read("keep");
    expect(withReasoning).toBe(2);
    expect(lines).toEqual([
      {
        messages: [
          user("hi"),
          { ...assistant("one"), reasoning_content: "hm" },
          user("and?"),
          { ...assistant("two"), reasoning_content: "so" },
        ],
      },
    ]);
    expect(read("drop")).toMatchObject({ withReasoning: 2 });
    expect(JSON.stringify(read("drop").lines)).not.toContain("reasoning");
  });

  it("list the tools of the last call, whatever the API's form", () => {
    const parameters = { type: "object", properties: { n: { type: "number" } } };
    const tools = [
      { type: "function", function: { name: "a", parameters } },
      { type: "function", name: "b", parameters, strict: true },
      { name: "c", description: "sees", input_schema: parameters },
      { type: "web_search" },
    ];
    const offering = call(0, { attributes: { "gen_ai.tool.definitions": tools } });
    const { lines, toolsLeftOut } = of(offering);
    expect(lines[0]!.tools).toEqual([
      { type: "function", function: { name: "a", parameters } },
      { type: "function", function: { name: "b", parameters } },
      { type: "function", function: { name: "c", description: "sees", parameters } },
    ]);
    expect(toolsLeftOut).toBe(1);
    const text = JSON.stringify(tools.slice(0, 1));
    const asText = call(0, { attributes: { "gen_ai.tool.definitions": text } });
    expect(of(asText).lines[0]!.tools).toEqual(tools.slice(0, 1));
    const without = conversationsOf(
      { ...sampleTraces(1)[0]!, spans: [offering] },
      { tools: false },
    );
    expect(without.lines[0]).not.toHaveProperty("tools");
  });

  it("keep the arguments of calls as the model wrote them", () => {
    const text = '{"row": 2512292042121000001, "price": 5.0, "10": "a", "2": "b"}';
    const toolCalls = [{ id: "c", name: "row", arguments: text }];
    const line = JSON.stringify(of(call(0, { output: [assistant("", { toolCalls })] })).lines[0]);
    expect(line).toContain(JSON.stringify(text));
  });

  it("with pictures are left out and counted", () => {
    const seen = call(0, { input: [{ ...user("what?"), images: [{ url: "data:x" }] }] });
    expect(of(seen, call(1, {}))).toMatchObject({ withPictures: 1, lines: [{}] });
  });
});

describe("corrections", () => {
  const correction = (answer: string, at = 1, author = "ada"): Feedback => ({
    ...{ kind: "correction", id: `${author}${at}`, author, at, traceId: "t", answer },
  });
  const trace = (
    id: string,
    spans: readonly Span[],
    feedback: readonly Feedback[] = [],
  ): Trace => ({
    ...sampleTraces(1)[0]!,
    id,
    spans,
    ...(feedback.length > 0 && { feedback }),
  });

  it("stand in the place of the answer; the last of several counts", () => {
    const spans = [call(0, { output: [assistant("helo", { reasoning: "hm" })] })];
    const corrected = trace("t", spans, [correction("hi!", 5), correction("hey", 2, "ben")]);
    expect(conversationsOf(corrected)).toMatchObject({
      lines: [{ messages: [user("hi"), assistant("hi!")] }],
      corrected: 1,
      correctionsReplaced: 1,
    });
    expect(conversationsOf(corrected).lines[0]!.messages[1]).toEqual(assistant("hi!"));
    const { lines } = conversationsOf(corrected, { corrections: false });
    expect(lines[0]!.messages[1]).toMatchObject({ content: "helo" });
  });

  it("count for a trace whose call failed, too", () => {
    const { output: _, ...asked } = call(0, {}) as PromptSpan;
    const failed = { ...asked, error: { message: "e" } };
    const { lines } = conversationsOf(trace("t", [failed], [correction("hello")]));
    expect(lines).toEqual([{ messages: [user("hi"), assistant("hello")] }]);
  });

  it("leave calls of tools before the answer as they are", () => {
    const toolCalls = [{ id: "c", name: "add", arguments: "{}" }];
    const input: Message[] = [
      user("hi"),
      assistant("", { toolCalls }),
      { role: "tool", content: "4", toolCallId: "c" },
    ];
    const spans = [call(0, { input, output: [assistant("five")] })];
    const { lines } = conversationsOf(trace("t", spans, [correction("four")]));
    expect(lines[0]!.messages).toMatchObject([
      { role: "user" },
      { tool_calls: [{ id: "c" }] },
      { role: "tool" },
      { content: "four" },
    ]);
  });

  it("make the answer context where a session went on after it", () => {
    const first = trace("t", [call(0, { output: [assistant("helo")] })], [correction("hello")]);
    const input = [user("hi"), assistant("helo"), user("and?")];
    const second = trace("u", [call(0, { input, output: [assistant("yes")] })]);
    expect(conversationsOf([first, second]).lines).toEqual([
      {
        messages: [user("hi"), { ...assistant("helo"), weight: 0 }, user("and?"), assistant("yes")],
      },
      { messages: [user("hi"), assistant("hello")] },
    ]);
  });
});

it("the turns of a session are one conversation", () => {
  const first = { ...sampleTraces(1)[0]!, spans: [call(0, {})] };
  const input = [user("hi"), assistant("hello"), user("and?")];
  const second = { ...first, id: "u", spans: [call(0, { input, output: [assistant("yes")] })] };
  const { lines } = conversationsOf([first, second]);
  expect(lines).toEqual([{ messages: [...input, assistant("yes")] }]);
});
