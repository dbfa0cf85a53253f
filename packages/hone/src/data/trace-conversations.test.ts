import { describe, expect, it } from "vitest";
import type { Message } from "../core/message.ts";
import type { PromptSpan, Span } from "../core/span.ts";
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

  it("with pictures are left out and counted", () => {
    const seen = call(0, { input: [{ ...user("what?"), images: [{ url: "data:x" }] }] });
    expect(of(seen, call(1, {}))).toMatchObject({ withPictures: 1, lines: [{}] });
  });
});
