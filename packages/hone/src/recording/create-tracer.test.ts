import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { isError } from "../core/errors.ts";
import type { SpanOf } from "../core/span.ts";
import { encodeTrace } from "../formats/encode-trace.ts";
import type { OpenSpan, OpenTrace } from "../ports/tracer.ts";
import { keepingSink } from "../testing/keeping-sink.ts";
import { coordination, reward, span, tool, trace } from "./manual-spans.ts";
import { isSampled } from "./sampling.ts";
import { sharedState } from "./trace-context.ts";
import { createTracer, type TracerOptions } from "./create-tracer.ts";

function keep(options: Partial<TracerOptions> = {}) {
  const sink = keepingSink();
  return { heads: sink.heads, spans: sink.spans, tracer: createTracer({ sink, ...options }) };
}

const start = { agent: "planner", task: "plan a trip" };

describe("a tracer", () => {
  it("puts spans under the span their code runs in, across await and in parallel", async () => {
    const { tracer, spans, heads } = keep();
    const result = await trace(tracer, start, async () => {
      const branch = (name: string) =>
        span({ kind: "content", content: name, name }, async () => {
          await sleep(2);
          return tool(`${name}-tool`, { name }, async () => {
            await sleep(1);
            reward(1, { type: "tool", reason: name });
            return [name];
          });
        });
      return Promise.all([branch("a"), branch("b")]);
    });
    expect(result).toEqual([["a"], ["b"]]);
    const byName = new Map(
      spans.map((one) => [one.kind === "tool" ? one.toolName : one.name, one]),
    );
    for (const name of ["a", "b"]) {
      const inner = byName.get(`${name}-tool`) as SpanOf<"tool">;
      expect(inner).toMatchObject({ parentId: byName.get(name)!.id, result: [name] });
      const judged = spans.find((one) => one.kind === "reward" && one.reason === name);
      expect(judged).toMatchObject({ parentId: inner.id, reward: 1, rewardType: "tool" });
    }
    expect(byName.get("a")).not.toHaveProperty("parentId");
    expect(heads.map(({ status }) => status)).toEqual(["running", "completed"]);
    expect(new Set(spans.map(({ sequence }) => sequence))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
    expect(() => encodeTrace({ ...heads.at(-1)!, spans })).not.toThrow();
  });

  it("gives rising times and an order that a clock set back does not change", () => {
    const { tracer, spans } = keep();
    const opened = tracer.trace(start);
    for (let i = 0; i < 100; i++) opened.span({ kind: "content", content: `${i}` }).end();
    expect(spans.map(({ sequence }) => sequence)).toEqual(spans.map((_, i) => i));
    const times = spans.flatMap(({ startedAt, endedAt }) => [startedAt, endedAt!]);
    expect(times.every((time, i) => i === 0 || time > times[i - 1]!)).toBe(true);
  });

  it("types spans by their kind: what an end may say, and that each is a span of any kind", () => {
    const { tracer, spans } = keep();
    const opened = tracer.trace(start);
    const prompt = opened.span({ kind: "prompt", input: "2 + 2" });
    const any: OpenSpan = prompt;
    // @ts-expect-error A tool's span has no output.
    opened.span({ kind: "tool", toolName: "sum", arguments: [2, 2] }).end({ output: "4" });
    // @ts-expect-error Of a span of any kind only the fields that all kinds have are known.
    const end = () => any.end({ output: "4" });
    prompt.end({ output: "4" });
    end();
    expect(spans.at(-1)).toMatchObject({ kind: "prompt", output: "4" });
  });

  it("records a span once more when attributes come after its end, with all it held", () => {
    const { tracer, spans } = keep();
    const opened = tracer.trace(start).span({ kind: "prompt", input: "2 + 2" });
    opened.end({ output: "4", attributes: { model: "m" } });
    opened.set({ "http.request.body": { apiKey: "abc" } });
    expect(spans).toHaveLength(2);
    expect(spans[1]).toEqual({
      ...spans[0],
      attributes: { model: "m", "http.request.body": { apiKey: "[redacted: field]" } },
    });
  });

  it("asks the lookups of SDKs where no traced code runs, and survives one that throws", () => {
    const { tracer } = keep();
    const trace = tracer.trace(start);
    const { lookups } = sharedState();
    const broken = () => {
      throw new Error("no context");
    };
    const known = () => ({ trace, span: undefined, agents: [] });
    for (const lookup of [broken, known]) lookups.add(lookup);
    expect(tracer.current()).toBe(trace);
    const other = tracer.trace(start);
    expect(tracer.within(other, undefined, () => tracer.current())).toBe(other);
    for (const lookup of [broken, known]) lookups.delete(lookup);
    expect(tracer.current()).toBeUndefined();
  });

  it("records errors of every form and throws the same on", async () => {
    const { tracer, spans, heads } = keep();
    const broken = Object.assign(new TypeError("no route"), { code: "ECONNRESET" });
    const run = trace(tracer, start, () => tool("fetch", {}, () => Promise.reject(broken)));
    await expect(run).rejects.toBe(broken);
    const error = { message: "no route", type: "TypeError", code: "ECONNRESET" };
    expect(spans[0]).toMatchObject({ kind: "tool", error });
    expect(spans[0]).not.toHaveProperty("result");
    expect(heads.at(-1)).toMatchObject({ status: "failed", error });
    const odd = { thrown: 1 };
    const throwOdd = () =>
      span({ kind: "content", content: "" }, () => {
        throw odd as object as Error;
      });
    expect(() => trace(tracer, start, throwOdd)).toThrow(
      expect.toSatisfy((e) => e === odd) as Error,
    );
  });

  it("closes spans that never end when their trace ends, and takes their end when it comes after all", () => {
    const { tracer, spans } = keep();
    const opened = tracer.trace(start);
    const late = opened.span({ kind: "tool", toolName: "slow", arguments: {} });
    opened.end({ status: "cancelled" });
    opened.end({ status: "completed" });
    expect(spans).toHaveLength(1);
    expect(spans[0]).toMatchObject({ attributes: { "hone.unfinished": "cancelled" } });
    expect(spans[0]).not.toHaveProperty("endedAt");
    late.end({ result: 4 });
    late.end({ result: 5 });
    expect(spans).toHaveLength(2);
    expect(spans[1]).toMatchObject({ id: spans[0]!.id, result: 4, attributes: {} });
  });

  it("counts tokens with the innermost call that told them, whenever it named its model", () => {
    const usage = { input: 5, output: 3 };
    const prompt = { kind: "prompt", input: "?" } as const;
    const countedOf = (run: (opened: OpenTrace, agent: OpenSpan<"prompt">) => void) => {
      const { tracer, spans } = keep();
      const opened = tracer.trace(start);
      const agent = opened.span({ ...prompt, name: "agent" });
      run(opened, agent);
      agent.end({ usage });
      opened.end();
      const last = new Map(spans.map((one) => [one.id, one]));
      return [...last.values()].filter((one) => "usage" in one).map(({ name }) => name);
    };
    const within = ({ id }: OpenSpan<"prompt">) => ({ ...prompt, parentId: id, name: "call" });
    const model = "m";
    // The model is known at the end, or never.
    expect(countedOf((opened, agent) => opened.span(within(agent)).end({ model, usage }))).toEqual([
      "call",
    ]);
    expect(countedOf((opened, agent) => opened.span(within(agent)).end({ usage }))).toEqual([
      "call",
    ]);
    // Calls that came without counts, or failed.
    expect(
      countedOf((opened, agent) => {
        opened.span({ ...within(agent), model }).end({ output: "4" });
        opened.span({ ...within(agent), model }).fail(new Error("429"));
      }),
    ).toEqual(["agent"]);
    // An agent around an agent around a call; the step between them ends first.
    expect(
      countedOf((opened, agent) => {
        const inner = opened.span({ ...within(agent), name: "inner" });
        const step = opened.span({ kind: "content", content: "", parentId: inner.id });
        const call = opened.span({ ...prompt, parentId: step.id, name: "call" });
        step.end();
        call.end({ usage });
        inner.end({ usage });
      }),
    ).toEqual(["call"]);
    // The call ends after the agent.
    expect(
      countedOf((opened, agent) => {
        const call = opened.span(within(agent));
        agent.end({ usage });
        call.end({ usage });
      }),
    ).toEqual(["call"]);
    // What a tool asks is not what the agent said.
    expect(
      countedOf((opened, agent) => {
        const parentId = agent.id;
        const asks = opened.span({ kind: "tool", toolName: "ask", arguments: {}, parentId });
        opened.span({ ...prompt, parentId: asks.id, name: "call" }).end({ usage });
        asks.end();
      }),
    ).toEqual(["call", "agent"]);
  });

  it("records values as they were when they were given", () => {
    const { tracer, spans } = keep();
    const messages = [{ role: "user" as const, content: "hello" }];
    const prompt = tracer.trace(start).span({ kind: "prompt", input: messages });
    messages.push({ role: "user", content: "later" });
    messages[0]!.content = "changed";
    prompt.end({ output: "hi" });
    expect(spans[0]).toMatchObject({ input: [{ role: "user", content: "hello" }], output: "hi" });
  });

  it("keeps secrets out of every field of spans and traces", () => {
    const { tracer, spans, heads } = keep();
    const key = ["sk", "Zq81kfPw02mXn4Tb7LdYc6Rs"].join("-");
    const all = { a: [key], [key]: key, headers: { Authorization: `Bearer ${key}` } };
    const opened = tracer.trace({
      agent: key,
      task: key,
      agentVersion: key,
      taskId: key,
      rolloutId: key,
      tags: [key],
      metadata: all,
    });
    const base = { name: key, agent: key, attributes: all };
    opened.span({ ...base, kind: "prompt", input: key, model: key, provider: key }).end({
      output: [
        {
          role: "assistant",
          content: key,
          reasoning: key,
          images: [{ url: `https://a/?key=${key}` }],
          toolCalls: [{ id: "1", name: key, arguments: JSON.stringify(all) }],
        },
      ],
    });
    opened
      .span({ ...base, kind: "tool", toolName: key, callId: key, arguments: all })
      .end({ result: all });
    opened
      .span({
        ...base,
        kind: "reward",
        reward: 1,
        rewardType: key,
        reason: key,
        components: { [key]: 1 },
      })
      .end();
    opened.span({ ...base, kind: "coordination", event: key, details: all }).end();
    opened.span({ ...base, kind: "content", content: key }).fail(new Error(key));
    const reasoning = opened.span({ ...base, kind: "reasoning", content: "" });
    reasoning.set(all);
    reasoning.end({ content: key });
    const error = { message: key, type: key, code: key };
    opened.end({ error, metadata: all });
    expect(spans).toHaveLength(6);
    expect(JSON.stringify([spans, heads])).not.toContain(key.slice(3));
    expect(() => encodeTrace({ ...heads.at(-1)!, spans })).not.toThrow();
  });

  it("cuts a 50 MB input visibly and quickly", () => {
    const { tracer, spans } = keep();
    const text = "word ".repeat(10_000_000);
    // The processor's time, whatever else the machine does.
    const before = process.cpuUsage();
    tracer.trace(start).span({ kind: "prompt", input: text }).end({ output: "short" });
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(500);
    const [prompt] = spans as [SpanOf<"prompt">];
    expect(prompt.input).toMatch(/\[cut by hone: it had 50000000 characters\]$/);
    expect(prompt.attributes).toEqual({ "hone.cut": { input: 50_000_000 } });
  });

  it("names what was cut of a trace, at its start and at its end", () => {
    const { tracer, heads } = keep();
    const text = "word ".repeat(100_000);
    const opened = tracer.trace({ ...start, task: text, metadata: { from: "test" } });
    opened.end({ metadata: { page: text } });
    expect(heads.at(-1)!.metadata).toMatchObject({
      from: "test",
      "hone.cut": { task: 500_000, metadata: expect.any(Number) },
    });
  });

  it("records a tool without arguments", () => {
    const { tracer, spans, heads } = keep();
    trace(tracer, start, () => tool("now", undefined, () => 12));
    expect(spans[0]).toMatchObject({ toolName: "now", arguments: null, result: 12 });
    expect(() => encodeTrace({ ...heads.at(-1)!, spans })).not.toThrow();
  });

  it("records messages of other libraries as ours", () => {
    const { tracer, spans } = keep();
    const input = [
      { role: "developer", content: "be brief" },
      {
        role: "user",
        content: [
          { type: "text", text: "see" },
          { type: "image_url", image_url: { url: "https://a/b.png" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c1", type: "function", function: { name: "add", arguments: "{}" } }],
      },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "hm" },
          { type: "tool-call", toolCallId: "c2", toolName: "add", input: { a: 1 } },
        ],
      },
      { role: "tool", tool_call_id: "c1", content: "4" },
    ] as never;
    tracer
      .trace(start)
      .span({ kind: "prompt", input })
      .end({ output: [{ odd: true }] as never });
    expect(spans[0]).toMatchObject({
      input: [
        { role: "system", content: "be brief" },
        { role: "user", content: "see", images: [{ url: "https://a/b.png" }] },
        { role: "assistant", content: "", toolCalls: [{ id: "c1", name: "add", arguments: "{}" }] },
        {
          role: "assistant",
          content: "",
          reasoning: "hm",
          toolCalls: [{ id: "c2", name: "add", arguments: '{"a":1}' }],
        },
        { role: "tool", content: "4", toolCallId: "c1" },
      ],
      output: '[{"odd":true}]',
    });
  });

  it("says once that a reward is no number, leaves it out and keeps the trace", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const { tracer, spans, heads } = keep();
    const opened = tracer.trace(start);
    tracer.within(opened, undefined, () => {
      reward(NaN, { type: "tool" });
      reward(1, { components: { short: Infinity } });
      reward(0.5);
    });
    opened.end({ totalReward: NaN });
    expect(spans).toMatchObject([{ kind: "reward", reward: 0.5 }]);
    expect(heads.at(-1)).toMatchObject({ status: "completed" });
    expect(heads.at(-1)).not.toHaveProperty("totalReward");
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining("tool = NaN"), { type: "HoneWarning", code: "REWARD_INVALID" }],
    ]);
    warn.mockRestore();
  });

  it("is silent outside of a trace", () => {
    reward(1);
    coordination("vote", { for: "a" });
    expect(tool("add", {}, () => 4)).toBe(4);
  });
});

describe("sampling", () => {
  it("keeps or leaves out whole traces, by their ids alone", () => {
    const { tracer, spans, heads } = keep({ sampleRate: 0.25 });
    const ids = Array.from({ length: 4000 }, (_, i) => `trace-${i}`);
    const recorded = ids.filter((id) => {
      const opened = tracer.trace({ ...start, id });
      tracer.within(opened, undefined, () => tool("add", {}, () => reward(1)));
      opened.end();
      return opened.isRecorded;
    });
    expect(recorded.length).toBeGreaterThan(900);
    expect(recorded.length).toBeLessThan(1100);
    expect(spans).toHaveLength(2 * recorded.length);
    expect(heads).toHaveLength(2 * recorded.length);
    expect(recorded).toEqual(ids.filter((id) => isSampled(id, 0.25)));
    expect(ids.filter((id) => isSampled(id, 0.1)).every((id) => isSampled(id, 0.25))).toBe(true);
    expect(isSampled("a", 0)).toBe(false);
  });

  it("refuses a rate that is none", () => {
    for (const sampleRate of [-0.1, 1.1, Number.NaN, "1" as never]) {
      expect(() => keep({ sampleRate })).toThrow(
        expect.toSatisfy((error) => isError(error, "OPTION_INVALID")) as Error,
      );
    }
  });
});
