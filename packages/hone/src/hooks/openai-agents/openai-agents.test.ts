import { describe, expect, it, vi } from "vitest";
import { keepingSink } from "../../testing/keeping-sink.ts";
import { createTracer } from "../../recording/create-tracer.ts";
import { ModelCalls } from "../model-calls.ts";
import { AgentsRecorder } from "./recorder.ts";
import type { AgentsSpan } from "./spans.ts";

/** Spans of the SDK as a test wants them; a dot in an id says where it belongs: "task.agent" is in "task". */
function sdk() {
  const sink = keepingSink();
  const tracer = createTracer({ sink });
  const tools = { tracer, calls: new ModelCalls(), agent: "script" };
  const recorder = new AgentsRecorder(tools);
  const open = new Map<string, AgentsSpan & { spanData: object; error: object | null }>();
  const start = (id: string, data: object, traceId = "trace_1"): void => {
    const parentId = id.includes(".") ? id.slice(0, id.lastIndexOf(".")) : null;
    const span = { traceId, spanId: id, parentId, spanData: { ...data }, error: null };
    open.set(id, span as never);
    recorder.spanStarted(span as AgentsSpan);
  };
  const end = (id: string, more: object = {}, error: AgentsSpan["error"] = null): void => {
    const span = open.get(id)!;
    Object.assign(span.spanData, more);
    span.error = error;
    recorder.spanEnded(span);
  };
  return {
    recorder,
    tracer,
    tools,
    start,
    end,
    begin: (name = "Agent workflow") => recorder.traceStarted({ traceId: "trace_1", name }),
    finish: () => recorder.traceEnded("trace_1"),
    spans: () => sink.spans.toSorted((a, b) => a.sequence - b.sequence),
    head: () => sink.heads.at(-1)!,
    heads: sink.heads,
  };
}

const answer = (output: readonly object[], id = "resp_1") => ({
  _response: { id, model: "gpt", status: "completed", output },
});

describe("a trace of OpenAI Agents JS", () => {
  it("is named by its run, and the work of other agents by theirs", () => {
    const { recorder, begin, finish, start, end, spans, head } = sdk();
    recorder.runs.run({ agent: { name: "triage" }, input: "Help me." }, () => {
      begin();
      start("task", { type: "task", name: "Agent workflow" });
      start("task.a", { type: "agent", name: "triage" });
      start("task.a.m", { type: "response" });
      end("task.a.m", answer([]));
      start("task.a.h", { type: "handoff", from_agent: "triage" });
      end("task.a.h", { to_agent: "refunds" });
      end("task.a");
      start("task.b", { type: "agent", name: "refunds" });
      start("task.b.m", { type: "response" });
      end("task.b.m", answer([]));
      end("task.b");
      end("task");
      finish();
    });
    expect(head()).toMatchObject({ agent: "triage", task: "Help me.", status: "completed" });
    expect(spans()).toMatchObject([
      { kind: "prompt" },
      { kind: "coordination", event: "handoff", details: { from: "triage", to: "refunds" } },
      { kind: "prompt", agent: "refunds" },
    ]);
    expect(spans()[0]).not.toHaveProperty("agent");
  });

  it("has the SDK's group as its session, and the metadata's user and tags", () => {
    const { recorder, start, end, finish, head } = sdk();
    const metadata = { user_id: "ada", tags: "vip,night", plan: "pro" };
    recorder.traceStarted({ traceId: "trace_1", name: "Chat", groupId: "chat 17", metadata });
    start("m", { type: "response" });
    end("m", answer([]));
    finish();
    expect(head()).toMatchObject({
      session: "chat 17",
      user: "ada",
      tags: ["openai-agents", "vip", "night"],
      metadata: { plan: "pro", "openai_agents.group_id": "chat 17" },
    });
  });

  it("keeps what an agent does that is another one's tool under that tool", () => {
    const { begin, finish, start, end, spans } = sdk();
    begin();
    start("task", { type: "task" });
    start("task.m", { type: "response" });
    const call = { type: "function_call", call_id: "call_9", name: "ask", arguments: '{"q":1}' };
    end("task.m", answer([call]));
    start("task.f", { type: "function", name: "ask" });
    start("task.f.task", { type: "task" });
    start("task.f.task.a", { type: "agent", name: "expert" });
    start("task.f.task.a.m", { type: "response" });
    end("task.f.task.a.m", answer([], "resp_2"));
    end("task.f.task.a");
    end("task.f.task");
    end("task.f", { input: '{"q":1}', output: "plain" });
    end("task");
    finish();
    const [, tool, inner] = spans();
    expect(tool).toMatchObject({ callId: "call_9", arguments: { q: 1 }, result: "plain" });
    expect(inner).toMatchObject({ kind: "prompt", agent: "expert", parentId: tool!.id });
  });

  it("holds guardrails and what the app records by itself as events", () => {
    const { begin, start, end, finish, spans } = sdk();
    begin();
    start("g", { type: "guardrail", name: "no insults", triggered: false });
    end("g", { triggered: true });
    start("c", { type: "custom", name: "cache", data: { hit: true } });
    end("c");
    start("l", { type: "mcp_tools", server: "files" });
    end("l");
    finish();
    expect(spans()).toMatchObject([
      { event: "guardrail", details: { name: "no insults", triggered: true } },
      { event: "cache", details: { hit: true } },
    ]);
  });

  it.each([
    ["TypeError: no", "failed", { message: "no", type: "TypeError" }],
    ["AbortError: enough", "cancelled", { message: "enough", type: "AbortError" }],
    ["Error: Request was aborted.", "cancelled", { message: "Request was aborted." }],
  ])("ends as its run fails, since the SDK never ends it then: %s", (text, status, error) => {
    const { recorder, begin, start, end, head } = sdk();
    recorder.runs.run({ agent: { name: "a" }, input: [{ role: "user", content: "Hi." }] }, () => {
      begin();
      start("task", { type: "task" });
      end("task", {}, { message: "Error in agent run", data: { error: text } });
    });
    expect(head()).toMatchObject({ task: "Hi.", status, error });
  });

  it("of the app's own ends a minute after its last run failed, since no other end may come", () => {
    vi.useFakeTimers();
    try {
      const { begin, start, end, head, tools } = sdk();
      begin("my workflow");
      start("one", { type: "task" });
      end("one", {}, { message: "failed" });
      vi.advanceTimersByTime(59_000);
      start("two", { type: "task" });
      end("two", {}, { message: "failed again" });
      vi.advanceTimersByTime(59_999);
      expect(head().status).toBe("running");
      vi.advanceTimersByTime(1);
      expect(head()).toMatchObject({ status: "failed", error: { message: "failed again" } });
      expect(vi.getTimerCount()).toBe(0);
      expect(tools.calls.unclaimed()).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it("is not failed by an agent that is a tool and fails, also when its caller did not wait", () => {
    const { recorder, begin, finish, start, end, head } = sdk();
    recorder.runs.run({ agent: { name: "a" }, input: "Hi." }, () => {
      begin();
      start("task", { type: "task" });
      start("task.f", { type: "function", name: "ask" });
      start("task.f.task", { type: "task" });
      end("task.f", { output: "asked" });
      end("task");
      end("task.f.task", {}, { message: "the inner one failed" });
      expect(head().status).toBe("running");
      finish();
    });
    expect(head()).toMatchObject({ status: "completed" });
    expect(head()).not.toHaveProperty("error");
  });

  it("ends the calls that still run, so that no request waits for them", () => {
    const { begin, start, end, finish, spans, tools } = sdk();
    begin();
    start("m", { type: "response" });
    expect(tools.calls.unclaimed()).toBeDefined();
    finish();
    expect(tools.calls.unclaimed()).toBeUndefined();
    // What the SDK says of it later is recorded all the same.
    end("m", answer([{ role: "assistant", content: [{ type: "output_text", text: "Late." }] }]));
    expect(spans().at(-1)).toMatchObject({ output: [{ content: "Late." }] });
  });

  it("of the app's own is completed when a second run does what the first did not", () => {
    const { recorder, begin, finish, start, end, head } = sdk();
    begin("my workflow");
    recorder.runs.run({ agent: { name: "a" }, input: "Hi." }, () => {
      start("one", { type: "task" });
      end("one", {}, { message: "failed" });
      expect(head().status).toBe("running");
      start("two", { type: "task" });
      end("two");
    });
    finish();
    expect(head()).toMatchObject({
      status: "completed",
      metadata: { "openai_agents.workflow": "my workflow" },
    });
  });

  it("belongs to the trace around it, which goes on", () => {
    const { tracer, begin, finish, start, end, spans, head, heads } = sdk();
    const outer = tracer.trace({ agent: "outer", task: "t" });
    const around = outer.span({ kind: "tool", toolName: "t", arguments: null });
    tracer.within(outer, around as never, () => {
      begin();
      start("a", { type: "agent", name: "inner" });
      start("a.m", { type: "response" });
      end("a.m", answer([]));
      end("a");
      finish();
    });
    around.end();
    expect(new Set(heads.map(({ id }) => id)).size).toBe(1);
    expect(head().status).toBe("running");
    expect(spans()[1]).toMatchObject({ kind: "prompt", agent: "inner", parentId: around.id });
  });

  it("whose beginning nobody saw lasts from its first span to its last", () => {
    const { start, end, head, spans } = sdk();
    start("m", { type: "generation" }, "trace_elsewhere");
    expect(head().status).toBe("running");
    end("m", { output: [{ choices: [{ message: { role: "assistant", content: "Hi." } }] }] });
    expect(head()).toMatchObject({ agent: "script", status: "completed" });
    expect(spans()).toMatchObject([{ output: [{ role: "assistant", content: "Hi." }] }]);
  });

  it("is told once where a processor hands events to another", () => {
    const { recorder, begin, finish, spans } = sdk();
    const spanData = { type: "response", ...answer([]) };
    const span = { traceId: "trace_1", spanId: "m", parentId: null, spanData, error: null };
    for (const tell of [begin, () => recorder.spanStarted(span)]) {
      tell();
      tell();
    }
    recorder.spanEnded(span);
    recorder.spanEnded(span);
    finish();
    finish();
    expect(spans()).toHaveLength(1);
    expect(spans()[0]).not.toHaveProperty("attributes.hone.unfinished");
  });

  it("knows where the running code is", () => {
    const { recorder, begin, start, end } = sdk();
    expect(recorder.place("trace_1", undefined)).toBeUndefined();
    begin();
    start("a", { type: "agent", name: "a" });
    start("a.f", { type: "function", name: "f" });
    start("a.m", { type: "response" });
    const tool = recorder.place("trace_1", "a.f")!;
    expect(recorder.place("trace_1", "a")).toMatchObject({ span: undefined, trace: tool.trace });
    expect(tool.span).toBeDefined();
    expect(recorder.call("trace_1", "a.m")).toBeDefined();
    expect(recorder.call("trace_1", "a.f")).toBeUndefined();
    end("a.m", answer([]));
    expect(recorder.call("trace_1", "a.m")).toBeUndefined();
  });

  it("says no more of a call than the app lets the SDK trace", () => {
    const { recorder, tools, begin, start, end, spans } = sdk();
    begin();
    const tap = (id: string): void => {
      tools.calls.addLookup(() => recorder.call("trace_1", id));
      tools.calls
        .current()!
        .set({ "http.request.body": "secret", "http.response.status_code": 200 });
    };
    const asked = { systemInstructions: "secret", input: "secret", modelSettings: {}, tools: [] };
    recorder.requests.run({ ...asked, tracing: "enabled_without_data" }, () => {
      start("one", { type: "response" });
      tap("one");
      end("one");
    });
    expect(spans()[0]!.attributes).toMatchObject({ "http.response.status_code": 200 });
    recorder.requests.run({ ...asked, tracing: true, modelSettings: { topP: 0.5 } }, () => {
      start("two", { type: "response" });
      end("two");
    });
    expect(JSON.stringify(spans()[0])).not.toContain("secret");
    expect(spans()[1]).toMatchObject({
      input: [
        { role: "system", content: "secret" },
        { role: "user", content: "secret" },
      ],
      attributes: { "gen_ai.request.top_p": 0.5 },
    });
  });
});
