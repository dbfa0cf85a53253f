import { describe, expect, expectTypeOf, it } from "vitest";
import { isError } from "../core/errors.ts";
import type { Message } from "../core/message.ts";
import type { Span, SpanKind, SpanOf } from "../core/span.ts";
import { keepingSink } from "../testing/keeping-sink.ts";
import type { RedactionOptions } from "./cleaning/redaction.ts";
import { coordination, reward, tool } from "./manual-spans.ts";
import { TracedAgent, TracedOrchestrator } from "./traced-classes.ts";
import { createTracer } from "./create-tracer.ts";
import { withTraces } from "./with-traces.ts";

interface Chunk {
  readonly type: string;
  readonly text?: string;
  readonly [key: string]: unknown;
}
interface UserMessage {
  readonly role: "user";
  readonly content: string;
}

const messages: readonly UserMessage[] = [{ role: "user", content: "2 + 2?" }];
const chunks: readonly Chunk[] = [
  { type: "reasoning-delta", text: "think" },
  { type: "reasoning-delta", text: "ing" },
  { type: "text-delta", text: "I add" },
  { type: "tool-call", toolCallId: "c1", toolName: "add", input: { a: 2, b: 2 } },
  { type: "tool-result", toolCallId: "c1", toolName: "add", output: 4 },
  { type: "text-delta", text: "It is " },
  { type: "text-delta", text: "4" },
  { type: "something-new" },
];

class Scripted {
  readonly #chunks: readonly Chunk[];
  readonly events: string[] = [];
  static readonly kind = "scripted";

  constructor(script: readonly Chunk[] = chunks) {
    this.#chunks = script;
  }

  get size(): number {
    return this.#chunks.length;
  }

  chain(): this {
    return this;
  }

  async *chat(given: readonly UserMessage[]): AsyncGenerator<Chunk, string, string | undefined> {
    try {
      for (const [i, chunk] of this.#chunks.entries()) {
        this.events.push(`ask ${i}`);
        const told = yield chunk;
        if (told !== undefined) this.events.push(told);
        if (chunk.type === "throw") throw chunk["error"];
      }
      return `answer to ${given.length}`;
    } finally {
      this.events.push("end");
    }
  }
}

function record(redaction: RedactionOptions = {}) {
  const sink = keepingSink();
  const options = { tracer: createTracer({ sink, redaction }), agent: "calculator" };
  const of = <K extends SpanKind>(kind: K): readonly SpanOf<K>[] =>
    sink.spans.filter((span: Span) => span.kind === kind) as SpanOf<K>[];
  return { options, of, heads: sink.heads, spans: sink.spans };
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of stream) list.push(one);
  return list;
}

describe("an agent with traces", () => {
  it("yields the same objects one by one, and its chunks become spans", async () => {
    const { options, of, heads } = record();
    const agent = withTraces(new Scripted(), options);
    const seen: Chunk[] = [];
    for await (const chunk of agent.chat(messages)) {
      expect(agent.events).toHaveLength(seen.length + 1);
      seen.push(chunk);
    }
    expect(seen.every((chunk, i) => chunk === chunks[i])).toBe(true);
    expect(heads.at(-1)).toMatchObject({
      agent: "calculator",
      task: "2 + 2?",
      status: "completed",
    });
    const [prompt] = of("prompt") as [SpanOf<"prompt">];
    expect(prompt).toMatchObject({
      input: messages,
      output: [
        {
          role: "assistant",
          content: "I addIt is 4",
          reasoning: "thinking",
          toolCalls: [{ id: "c1", name: "add", arguments: '{"a":2,"b":2}' }],
        },
      ],
      attributes: { "hone.chunks": 8, "hone.chunks.unread": 1 },
    });
    expect(of("reasoning").map((span) => span.content)).toEqual(["thinking"]);
    expect(of("content").map((span) => span.content)).toEqual(["I add", "It is 4"]);
    expect(of("tool")).toMatchObject([
      { toolName: "add", callId: "c1", arguments: { a: 2, b: 2 }, result: 4, parentId: prompt.id },
    ]);
  });

  it("reads streams of Chat Completions, whose calls come in pieces", async () => {
    const { options, of } = record();
    const delta = (given: object) => ({ model: "m", choices: [{ delta: given }] });
    const call = (given: object) => delta({ tool_calls: [{ index: 0, ...given }] });
    const stream = [
      delta({ content: "so" }),
      call({ id: "a", function: { name: "add", arguments: '{"a"' } }),
      call({ function: { arguments: ":1}" } }),
      call({ id: "b", function: { name: "sub", arguments: "{}" } }),
      { model: "m", choices: [], usage: { prompt_tokens: 5, completion_tokens: 3 } },
    ];
    const agent = {
      chat: async function* (_: string) {
        yield* stream;
      },
    };
    expect(await all(withTraces(agent, options).chat("hi"))).toEqual(stream);
    expect(of("tool")).toMatchObject([
      {
        toolName: "add",
        callId: "a",
        arguments: { a: 1 },
        attributes: { "hone.result": "not seen" },
      },
      { toolName: "sub", callId: "b", arguments: {} },
    ]);
    expect(of("prompt")).toMatchObject([{ model: "m", usage: { input: 5, output: 3 } }]);
  });

  it("tells calls of a stream apart that have no index, and pieces whose id and name are empty", async () => {
    const { options, of } = record();
    const call = (id: string, name: string, text: string, index?: number) => ({
      choices: [{ delta: { tool_calls: [{ index, id, function: { name, arguments: text } }] } }],
    });
    const lookup = { id: "t1", name: "lookup", arguments: '{"q":"boat"}' };
    const price = { id: "t2", name: "price", arguments: '{"n":2}' };
    const streams = [
      [call("t1", "lookup", lookup.arguments), call("t2", "price", price.arguments)],
      [call("t1", "lookup", '{"q":', 0), call("t1", "lookup", '"boat"}', 0)],
      [call("t1", "lookup", '{"q":', 0), call("", "", '"boat"}', 0)],
    ];
    const agent = withTraces(async function* (at: number) {
      yield* streams[at]!;
    }, options);
    for (const at of streams.keys()) await all(agent(at));
    const outputs = of("prompt").map(({ output }) => (output as readonly Message[])[0]?.toolCalls);
    expect(outputs).toEqual([[lookup, price], [lookup], [lookup]]);
    expect(of("tool").map(({ callId, toolName }) => [callId, toolName])).toEqual([
      ["t1", "lookup"],
      ["t2", "price"],
      ["t1", "lookup"],
      ["t1", "lookup"],
    ]);
    expect(of("tool").at(-1)?.arguments).toEqual({ q: "boat" });
  });

  it("shows the digits that a model wrote, and takes secrets out of values by the names of their fields", async () => {
    const { of, options } = record({ keys: ["pin"] });
    const text = '{"row": 2512292042121000001, "n": 5.0}';
    const piece = { index: 0, id: "t1", function: { name: "row", arguments: text } };
    const agent = withTraces(async function* (_: string): AsyncGenerator<object> {
      yield { choices: [{ delta: { tool_calls: [piece] } }] };
      yield { type: "tool-call", toolCallId: "t2", toolName: "pay", input: { pin: "1234" } };
    }, options);
    await all(agent("x"));
    expect(of("tool").map((span) => span.arguments)).toEqual([
      { row: "2512292042121000001", n: 5 },
      { pin: "[redacted: field]" },
    ]);
    expect(of("tool").map((span) => span.attributes["hone.arguments.text"])).toEqual([
      text,
      undefined,
    ]);
    expect(of("prompt")[0]?.output).toMatchObject([
      { toolCalls: [{ arguments: text }, { arguments: '{"pin":"[redacted: field]"}' }] },
    ]);
  });

  it("keeps no text of arguments whose values hold a secret", async () => {
    const { of, options } = record({ keys: ["pin"] });
    const piece = {
      index: 0,
      id: "t1",
      function: { name: "pay", arguments: '{"pin":"x1","n":5.0}' },
    };
    const agent = withTraces(async function* (_: string): AsyncGenerator<object> {
      yield { choices: [{ delta: { tool_calls: [piece] } }] };
    }, options);
    await all(agent("x"));
    const [span] = of("tool");
    expect(span).toMatchObject({ arguments: { pin: "[redacted: field]", n: 5 } });
    expect(span!.attributes["hone.arguments.text"]).toBeUndefined();
  });

  it("gives results without an id to the calls of their names, one after the other", async () => {
    const { options, of } = record();
    const agent = withTraces(async function* (_: string): AsyncGenerator<object> {
      yield { type: "tool_call", name: "add", arguments: { a: 1 } };
      yield { type: "tool_call", name: "add", arguments: { a: 2 } };
      yield { type: "tool_result", name: "add", result: 1 };
      yield { type: "tool_result", name: "add", result: 2 };
    }, options);
    await all(agent("x"));
    expect(of("tool").map((span) => [span.arguments, span.result])).toEqual([
      [{ a: 1 }, 1],
      [{ a: 2 }, 2],
    ]);
  });

  it("throws in the middle what the agent throws, and keeps what came before", async () => {
    const { options, of, heads } = record();
    const error = new Error("model is gone");
    const agent = withTraces(new Scripted([chunks[2]!, { type: "throw", error }]), options);
    const seen: Chunk[] = [];
    const run = async () => {
      for await (const chunk of agent.chat(messages)) seen.push(chunk);
    };
    await expect(run()).rejects.toBe(error);
    expect(seen).toHaveLength(2);
    expect(agent.events).toEqual(["ask 0", "ask 1", "end"]);
    const failure = { message: "model is gone", type: "Error" };
    expect(of("prompt")).toMatchObject([{ error: failure, output: [{ content: "I add" }] }]);
    expect(heads.at(-1)).toMatchObject({ status: "failed", error: failure });
  });

  it("lets the consumer stop early, and the agent clean up", async () => {
    const { options, of, heads } = record();
    const agent = withTraces(new Scripted(), options);
    for await (const chunk of agent.chat(messages)) if (chunk.type === "text-delta") break;
    expect(agent.events.at(-1)).toBe("end");
    expect(heads.at(-1)).toMatchObject({ status: "cancelled" });
    expect(of("prompt")).toMatchObject([{ attributes: { "hone.stopped": "by the consumer" } }]);
    expect(of("content")).toMatchObject([{ content: "I add" }]);
  });

  it("hands on what the consumer sends and throws into a generator, and its return value", async () => {
    const { options, heads } = record();
    const agent = withTraces(new Scripted(), options);
    const stream = agent.chat(messages);
    expectTypeOf(stream).toEqualTypeOf<AsyncGenerator<Chunk, string, string | undefined>>();
    await stream.next();
    await stream.next("told");
    expect(agent.events).toContain("told");
    await expect(stream.throw(new RangeError("enough"))).rejects.toThrow("enough");
    expect(heads.at(-1)).toMatchObject({ status: "failed", error: { type: "RangeError" } });
    const whole = agent.chat(messages);
    let step = await whole.next();
    while (step.done !== true) step = await whole.next();
    expect(step.value).toBe("answer to 1");
    await using _ended = agent.chat(messages);
  });

  it("closes the trace of an agent that never yields: idle for too long, or aborted", async () => {
    const { options, heads, of } = record();
    let wake: (() => void) | undefined;
    const agent = {
      chat: async function* (_given: unknown, _options?: { signal: AbortSignal }) {
        await new Promise<void>((resolve) => (wake = resolve));
        yield "late";
      },
    };
    const idle = withTraces(agent, { ...options, idleSeconds: 0.02 }).chat(messages);
    const first = idle.next();
    await expect
      .poll(() => heads.at(-1))
      .toMatchObject({ status: "cancelled", error: { type: "TraceDeadline" } });
    expect(of("prompt")).toMatchObject([{ attributes: { "hone.unfinished": "cancelled" } }]);
    wake!();
    expect(await first).toEqual({ value: "late", done: false });
    await idle.next();
    // The end of the span, after all, in the place of what was recorded.
    expect(of("prompt")[1]).toMatchObject({
      id: of("prompt")[0]!.id,
      output: [{ content: "late" }],
    });

    const stop = new AbortController();
    const aborted = withTraces(agent, options).chat(messages, { signal: stop.signal });
    void aborted.next();
    stop.abort();
    await expect
      .poll(() => heads.at(-1))
      .toMatchObject({
        status: "cancelled",
        error: { type: "AbortError" },
      });
    wake!();
  });

  it("may be a function, of any result", async () => {
    const { options, of, heads } = record();
    const solve = async (task: { question: string }, _: { seed: number }) => {
      const sum = await tool("add", { a: 2, b: 2 }, async () => 4);
      reward(1, { type: "tool" });
      return `${task.question} ${sum}`;
    };
    const traced = withTraces(solve, options);
    expectTypeOf(traced).toEqualTypeOf<typeof solve>();
    expect(await traced({ question: "2 + 2 =" }, { seed: 1 })).toBe("2 + 2 = 4");
    expect(heads.at(-1)).toMatchObject({ task: "2 + 2 =", status: "completed" });
    const [prompt] = of("prompt") as [SpanOf<"prompt">];
    expect(prompt).toMatchObject({ output: "2 + 2 = 4", input: '{"question":"2 + 2 ="}' });
    expect(of("tool")).toMatchObject([{ parentId: prompt.id, result: 4 }]);
    expect(of("reward")).toMatchObject([{ parentId: prompt.id, reward: 1, rewardType: "tool" }]);
    const broken = withTraces(() => {
      throw new Error("at once");
    }, options);
    expect(broken).toThrow("at once");
    expect(heads.at(-1)).toMatchObject({ status: "failed" });
    const streaming = withTraces(async (_: string) => new Scripted().chat(messages), options);
    expect(await all(await streaming("x"))).toEqual(chunks);
  });

  it("keeps the methods of results that are more than a promise or a stream", async () => {
    const { options, of } = record();
    class Reply {
      readonly #text = "4";
      async then<R>(done: (text: string) => R): Promise<R> {
        return done(this.#text);
      }
      withResponse(): string {
        return `response ${this.#text}`;
      }
    }
    const reply = withTraces((_: string) => new Reply(), options)("2 + 2");
    expect(reply).toBeInstanceOf(Reply);
    expect(reply.withResponse()).toBe("response 4");
    expect(await (reply as PromiseLike<string>)).toBe("4");
    expect(of("prompt")).toMatchObject([{ output: "4" }]);
    const web = withTraces((_: string) => ReadableStream.from(["a", "b"]), options)("x");
    expect(web.locked).toBe(false);
    expect(await all(web as AsyncIterable<string>)).toEqual(["a", "b"]);
  });

  it("keeps private fields, getters, instanceof and chaining", () => {
    const { options } = record();
    const agent = withTraces(new Scripted(), options);
    expect(agent.size).toBe(8);
    expect(agent).toBeInstanceOf(Scripted);
    expect(agent.chain()).toBe(agent);
    expectTypeOf(agent).toEqualTypeOf<Scripted>();
  });

  it("refuses what is no agent", () => {
    const { options } = record();
    const wrong = [{}, { chat: 1 }, Object.freeze({ chat: () => 1 }), null as never];
    for (const agent of wrong) {
      expect(() => withTraces(agent, options)).toThrow(
        expect.toSatisfy((error) => isError(error, "OPTION_INVALID")) as Error,
      );
    }
  });

  it("runs untouched when recording itself fails", async () => {
    const tracer = () => {
      throw new Error("no tracer");
    };
    const agent = withTraces(new Scripted(), { tracer });
    expect(await all(agent.chat(messages))).toEqual(chunks);
  });
});

describe("a traced class", () => {
  it("records instances, subclasses and methods of the constructor, each call once", async () => {
    const { options, of, heads } = record();
    class Derived extends TracedAgent(Scripted, options) {
      override async *chat(given: readonly UserMessage[]) {
        yield { type: "text", text: "first" };
        return yield* super.chat(given);
      }
    }
    const derived = new Derived([chunks[6]!]);
    expect(await all(derived.chat(messages))).toHaveLength(2);
    expect(of("prompt")).toHaveLength(1);
    expect(of("content")).toMatchObject([{ content: "first4" }]);
    expect(derived).toBeInstanceOf(Scripted);
    expect(derived.size).toBe(1);
    expect(Derived.kind).toBe("scripted");
    const Plain = TracedAgent(Scripted, options);
    expect(Plain.name).toBe("Scripted");
    await all(new Plain().chat(messages));
    class Fields {
      chat = async function* (_: string) {
        yield "own";
      };
    }
    await all(new (TracedAgent(Fields, options))().chat("x"));
    expect(heads.filter(({ status }) => status === "completed")).toHaveLength(3);
  });

  it("may be abstract or generic, and keeps its type", async () => {
    const { options, of } = record();
    abstract class Base<T extends string> {
      readonly #tag: T;
      constructor(tag: T) {
        this.#tag = tag;
      }
      tag(): T {
        return this.#tag;
      }
      abstract chat(given: readonly UserMessage[]): AsyncIterable<T>;
    }
    class Real extends TracedAgent(Base, options)<"a" | "b"> {
      async *chat(): AsyncGenerator<"a" | "b"> {
        yield this.tag();
      }
    }
    const Abstract = TracedAgent(Base, options);
    expectTypeOf(Abstract).toEqualTypeOf<typeof Base>();
    // @ts-expect-error It is as abstract as its base.
    const unmade = () => new Abstract("a");
    // @ts-expect-error The constructor's types are those of the base.
    const wrong = () => new Real("c");
    expect([unmade, wrong]).toHaveLength(2);
    expect(await all(new Real("b").chat())).toEqual(["b"]);
    expect(of("content")).toMatchObject([{ content: "b" }]);
    // @ts-expect-error A class without chat is no agent.
    const none = () => TracedAgent(Map, options);
    expect(none).toBeTypeOf("function");
  });

  it("of an orchestrator holds the team's events and its agents' calls in one trace", async () => {
    const { options, of, heads } = record();
    class Team {
      readonly #agents = ["a", "b"].map((agent) =>
        withTraces(new Scripted([{ type: "text", text: agent }]), { ...options, agent }),
      );
      async *chat(given: readonly UserMessage[]): AsyncGenerator<Chunk> {
        for (const agent of this.#agents) yield* agent.chat(given);
        coordination("restart", { round: 2 });
        yield { type: "vote", from: "a", for: "b" };
      }
    }
    const Traced = TracedOrchestrator(Team, { ...options, agent: "team" });
    await all(new Traced().chat(messages));
    expect(heads.map(({ agent, status }) => [agent, status])).toEqual([
      ["team", "running"],
      ["team", "completed"],
    ]);
    const [a, b, team] = of("prompt");
    expect([a?.agent, b?.agent, team?.agent]).toEqual(["a", "b", undefined]);
    expect([a?.parentId, b?.parentId]).toEqual([team?.id, team?.id]);
    expect(of("coordination")).toMatchObject([
      { event: "restart", details: { round: 2 }, parentId: team!.id },
      { event: "vote", details: { from: "a", for: "b" }, parentId: team!.id },
    ]);
  });
});
