import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Message, ToolCall } from "../../core/message.ts";
import type { ChatOptions } from "../../ports/chat-model.ts";
import { toolLoop, type ToolLoopCounts } from "./tool-loop.ts";
import { tool } from "./tool.ts";

const call = (name: string, values: unknown, id = "c1"): ToolCall => ({
  id,
  name,
  arguments: typeof values === "string" ? values : JSON.stringify(values),
});
const calling = (...toolCalls: ToolCall[]): Message => ({
  role: "assistant",
  content: "",
  toolCalls,
});
const saying = (content: string): Message => ({ role: "assistant", content });

/** Replies in turn, as a model that records its turns. */
function scripted(replies: readonly Message[], stopReason = "stop") {
  const asked: { messages: readonly Message[]; options: ChatOptions | undefined }[] = [];
  const turns: { reply: Message; stopReason: string }[] = [];
  const model = {
    turns,
    chat: async (messages: readonly Message[], options?: ChatOptions) => {
      asked.push({ messages: [...messages], options });
      const reply = replies[Math.min(asked.length, replies.length) - 1]!;
      turns.push({ reply, stopReason });
      return reply;
    },
  };
  const metrics: Record<string, number> = {};
  const addMetrics = (some: Readonly<Record<string, number>>): void => {
    for (const [name, number] of Object.entries(some))
      metrics[name] = (metrics[name] ?? 0) + number;
  };
  const context = { model, signal: new AbortController().signal, seed: 1, addMetrics };
  return { asked, context, metrics };
}

const add = tool<{ a: number; b: number }>({
  name: "add_numbers",
  description: "Adds.",
  parameters: {
    type: "object",
    properties: { a: { type: "number" }, b: { type: "number" } },
    required: ["a", "b"],
    additionalProperties: false,
  },
  execute: ({ a, b }) => ({ sum: a + b }),
});
const task = { id: "t", question: "What is 2 + 3?" };
const results = (messages: readonly Message[]): string[] =>
  messages.flatMap(({ role, content }) => (role === "tool" ? [content] : []));

describe("an agent that calls tools", () => {
  it("asks, calls, shows the result and ends with the reply that calls nothing", async () => {
    const { asked, context } = scripted([
      calling(call("add_numbers", { a: 2, b: 3 })),
      saying("It is 5."),
    ]);
    const answer = await toolLoop({ tools: [add], system: "Be brief." })(task, context);
    expect(answer).toMatchObject({ text: "It is 5.", ending: "answer", steps: 2, calls: 1 });
    expect(asked[1]!.messages).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: task.question },
      calling(call("add_numbers", { a: 2, b: 3 })),
      { role: "tool", toolCallId: "c1", content: '{"sum":5}' },
    ]);
    expect(asked[0]!.options!.tools).toEqual([add]);
    expect(Object.values(answer.counts).every((count) => count === 0)).toBe(true);
  });

  it("ends where its steps are used up, without making the last calls", async () => {
    const { asked, context } = scripted([calling(call("add_numbers", { a: 2, b: 3 }))]);
    const answer = await toolLoop({ tools: [add], maxSteps: 3 })(task, context);
    expect(answer).toMatchObject({ ending: "maxSteps", steps: 3, calls: 3 });
    expect(asked).toHaveLength(3);
    expect(results(answer.messages)).toHaveLength(2);
  });

  it.each<[keyof ToolLoopCounts, ToolCall, string, RegExp]>([
    ["unknownTool", call("divide", {}), "stop", /no tool "divide"\. The tools are: add_numbers/],
    ["unknownTool", call("", "nonsense"), "stop", /names no tool/],
    ["notJson", call("add_numbers", '{"a": }'), "stop", /not a JSON object: /],
    ["notJson", call("add_numbers", "[1]"), "stop", /they are another value/],
    ["cut", call("add_numbers", '{"a": 1'), "length", /limit of tokens/],
    ["schema", call("add_numbers", { a: "2", b: 3 }), "stop", /#\/a: .*"number"/],
    ["schema", call("add_numbers", { a: 2 }), "stop", /"b"/],
    ["schema", call("add_numbers", { a: 2, b: 3, c: 4 }), "stop", /"c"/],
  ])("tells the model of a call that cannot be made (%s) and counts it", async (...given) => {
    const [kind, made, stopReason, message] = given;
    const { context, metrics } = scripted([calling(made), saying("sorry")], stopReason);
    const answer = await toolLoop({ tools: [add] })(task, context);
    expect(results(answer.messages)[0]).toMatch(message);
    const { [kind]: count, ...others } = answer.counts;
    expect(count).toBe(1);
    expect(Object.values(others).every((other) => other === 0)).toBe(true);
    const name = `tools/${kind.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`)}`;
    expect(Object.keys(metrics)).toHaveLength(8);
    const counted = Object.entries(metrics).filter(([, number]) => number > 0);
    expect(Object.fromEntries(counted)).toEqual({ "tools/calls": 1, [name]: 1 });
  });

  it.each<[string, ToolCall]>([
    ["another case and dashes in the name", call("Add-Numbers", { a: 2, b: 3 })],
    ["functions. before the name", call("functions.add_numbers", { a: 2, b: 3 })],
    ["JSON within JSON", call("add_numbers", JSON.stringify('{"a": 2, "b": 3}'))],
    ["a fence", call("add_numbers", '```json\n{"a": 2, "b": 3}\n```')],
  ])("repairs %s and counts it", async (_, made) => {
    const { context } = scripted([calling(made), saying("5")]);
    const answer = await toolLoop({ tools: [add] })(task, context);
    expect(results(answer.messages)).toEqual(['{"sum":5}']);
    expect(answer.counts.repaired).toBe(1);
  });

  it("does not guess between two tools of similar names", async () => {
    const other = tool({ ...add, name: "add-numbers", execute: () => "other" });
    const { context } = scripted([calling(call("ADD_NUMBERS", { a: 2, b: 3 })), saying("?")]);
    const answer = await toolLoop({ tools: [add, other] })(task, context);
    expect(answer.counts).toMatchObject({ unknownTool: 1, repaired: 0 });
  });

  it.each([
    ["allows nothing", { not: {} }],
    ["refers to itself without an end", { $ref: "#" }],
    ["refers to what is not there", { $ref: "https://example.org/none" }],
  ])("says so where a schema %s", async (_, parameters) => {
    const odd = tool({ name: "odd", parameters, execute: () => "never" });
    const { context } = scripted([calling(call("odd", {})), saying("?")]);
    const answer = await toolLoop({ tools: [odd] })(task, context);
    expect(answer.counts.schema).toBe(1);
    expect(results(answer.messages)[0]).toMatch(/^Error: the arguments of odd do not fit/);
  });

  it("checks recursive schemas as deep as the arguments are", async () => {
    const tree = { type: "object", properties: { next: { $ref: "#" }, n: { type: "integer" } } };
    const walk = tool({ name: "walk", parameters: tree, execute: () => "ok" });
    const deep = { next: { next: { n: "x" } } };
    const { context } = scripted([
      calling(call("walk", deep)),
      calling(call("walk", { n: 1 })),
      saying(""),
    ]);
    const answer = await toolLoop({ tools: [walk] })(task, context);
    expect(results(answer.messages)).toEqual([expect.stringMatching(/next\/next\/n/), "ok"]);
  });
});

describe("tools that an agent calls", () => {
  const order: string[] = [];
  const slow = tool<{ name: string; ms: number }>({
    name: "slow",
    parameters: { type: "object" },
    execute: async ({ name, ms }) => {
      order.push(`${name} begins`);
      await wait(ms);
      order.push(`${name} ends`);
      return name;
    },
  });
  const two = calling(
    call("slow", { name: "a", ms: 20 }, "c1"),
    call("slow", { name: "b", ms: 1 }, "c2"),
  );

  it.each([
    [true, ["a begins", "b begins", "b ends", "a ends"]],
    [false, ["a begins", "a ends", "b begins", "b ends"]],
  ])(
    "run side by side or in turn (parallel: %s), results in the order of calls",
    async (...given) => {
      const [parallel, expected] = given;
      order.length = 0;
      const { context } = scripted([two, saying("done")]);
      const answer = await toolLoop({ tools: [slow], parallel })(task, context);
      expect(order).toEqual(expected);
      expect(results(answer.messages)).toEqual(["a", "b"]);
    },
  );

  const broken = tool({
    name: "broken",
    parameters: {},
    execute: () => {
      throw new Error("no network");
    },
  });
  let aborted = 0;
  const endless = tool({
    name: "endless",
    parameters: {},
    execute: (_, { signal }) => {
      signal.addEventListener("abort", () => aborted++);
      return new Promise(() => {});
    },
  });

  it.each([
    ["throws", broken, /TOOL_FAILED: The tool broken failed: no network/],
    [
      "never ends",
      endless,
      /TOOL_FAILED: .*endless failed: it took longer than its limit of 20 ms/,
    ],
  ])("fail the rollout where one %s, or are told to the model", async (_, failing, message) => {
    const replies = [calling(call(failing.name, {})), saying("so")];
    const failed = toolLoop({ tools: [failing], toolTimeoutMs: 20 });
    await expect(failed(task, scripted(replies).context)).rejects.toThrow(message);
    const told = toolLoop({ tools: [failing], toolTimeoutMs: 20, toolErrors: "tell" });
    const answer = await told(task, scripted(replies).context);
    expect(results(answer.messages)[0]).toMatch(/^Error: (?:no network|it took longer)/);
    expect(answer.counts.toolFailed).toBe(1);
  });

  it("are told to stop at their limit of time, and when the rollout ends", async () => {
    expect(aborted).toBe(2);
    const stop = new AbortController();
    const { context } = scripted([calling(call("endless", {}))]);
    const run = toolLoop({ tools: [endless] })(task, { ...context, signal: stop.signal });
    await wait(1);
    stop.abort();
    await expect(run).rejects.toThrow(/CANCELLED/);
    expect(aborted).toBe(3);
  });

  it("show no more of a result than the limit, and count it", async () => {
    const huge = tool({ name: "huge", parameters: {}, execute: () => "x".repeat(100_000_000) });
    const { context } = scripted([calling(call("huge", {})), saying("so")]);
    const answer = await toolLoop({ tools: [huge], maxResultCharacters: 100 })(task, context);
    expect(results(answer.messages)[0]).toBe(
      `${"x".repeat(100)}\n… (99999900 more characters left out)`,
    );
    expect(answer.counts.cutResult).toBe(1);
  });
});

describe("the options of an agent with tools", () => {
  it("are checked", () => {
    expect(() => toolLoop({ tools: [] })).toThrow(/OPTION_INVALID.*tools/);
    expect(() => toolLoop({ tools: [add], maxsteps: 1 } as never)).toThrow(/maxSteps/);
    expect(() => tool({ ...add, parameters: "x" as never })).toThrow(/OPTION_INVALID.*parameters/);
    expect(() => tool({ ...add, run: 1 } as never)).toThrow(/OPTION_INVALID/);
  });

  it("say how a task is asked, which else has its own words", async () => {
    const { asked, context } = scripted([saying("ok")]);
    const agent = toolLoop({ tools: [add], ask: ({ id }) => `task ${id}` });
    await agent({ id: "t" }, context);
    expect(asked[0]!.messages).toEqual([{ role: "user", content: "task t" }]);
    await expect(toolLoop({ tools: [add] })({ id: "t" }, context)).rejects.toThrow(
      /OPTION_INVALID.*task t has no messages, prompt, question or text/,
    );
  });
});
