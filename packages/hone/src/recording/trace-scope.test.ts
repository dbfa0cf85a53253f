import { getEventListeners } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keepingSink } from "../testing/keeping-sink.ts";
import { activeTrace, runInTrace, sharedState } from "./trace-context.ts";
import {
  graceMs,
  idleMs,
  type ScopeEnding,
  type ScopeOptions,
  TraceScope,
  workingMs,
} from "./trace-scope.ts";
import { createTracer } from "./create-tracer.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const start = { agent: "planner", task: "2 + 2" };
const note = { kind: "coordination", event: "note", details: null } as const;
const failed: ScopeEnding = { status: "failed", error: { message: "broken" } };

function open(options: Partial<ScopeOptions> = {}) {
  const sink = keepingSink();
  const tracer = createTracer({ sink });
  const scope = new TraceScope({ tracer, around: undefined, start: () => start, ...options });
  return { ...sink, tracer, scope, head: () => sink.heads.at(-1) };
}

it("opens a trace of its own, which it ends, or is a part of the trace around it", () => {
  const { tracer, scope, spans, heads, head } = open();
  const outer = scope.span({ kind: "tool", toolName: "plan", arguments: null });
  const inner = scope.within(outer, () => {
    const around = activeTrace();
    return new TraceScope({ tracer, around, start: () => ({ ...start, agent: "helper" }) });
  });
  expect([scope.ownsTrace, inner.ownsTrace]).toEqual([true, false]);
  inner.span({ ...note, ...inner.spanAgent("helper") }).end();
  inner.end(failed);
  expect(heads).toHaveLength(1);
  scope.span({ ...note, ...scope.spanAgent("planner") }, outer).end();
  scope.end({ status: "completed" });
  scope.end(failed);
  expect(spans.slice(0, 2)).toMatchObject([
    { parentId: outer.id, agent: "helper" },
    { parentId: outer.id },
  ]);
  expect(spans[1]).not.toHaveProperty("agent");
  expect(head()).toMatchObject({ agent: "planner", status: "completed" });
});

it("starts spans where the call belongs, whatever span the running code is in", () => {
  const { scope, spans } = open();
  const tool = scope.span({ kind: "tool", toolName: "add", arguments: null });
  scope.within(tool, () => scope.span(note).end());
  expect(spans[0]).not.toHaveProperty("parentId");
  expect(scope.within(tool, () => activeTrace())).toEqual(scope.place(tool));
});

it("passes on whose `chat` runs, innermost last", () => {
  const [outer, inner] = [{}, {}];
  const { tracer, scope } = open({ agent: outer });
  const around = scope.place();
  const within = new TraceScope({ tracer, around, start: () => start, agent: inner });
  expect(within.place().agents).toEqual([outer, inner]);
});

it("is abandoned after 15 minutes without an event, while something works after a day", () => {
  let isWorking = false;
  const { scope, head } = open({ idle: { isWorking: () => isWorking } });
  vi.advanceTimersByTime(idleMs - 1);
  scope.seen();
  vi.advanceTimersByTime(idleMs - 1);
  expect(head()).toMatchObject({ status: "running" });
  isWorking = true;
  vi.advanceTimersByTime(workingMs - idleMs);
  expect(head()).toMatchObject({ status: "running" });
  isWorking = false;
  vi.advanceTimersByTime(idleMs);
  expect(head()).toMatchObject({ status: "cancelled" });
  expect(vi.getTimerCount()).toBe(0);
});

it("ends as announced, unless it resumes or ends otherwise before", () => {
  const announced = open({ idle: {} });
  announced.scope.endSoon(failed);
  vi.advanceTimersByTime(graceMs);
  expect(announced.head()).toMatchObject(failed);
  const resumed = open({ idle: {} });
  resumed.scope.endSoon(failed);
  resumed.scope.resume();
  vi.advanceTimersByTime(idleMs - 1);
  expect(resumed.head()).toMatchObject({ status: "running" });
  resumed.scope.endSoon(failed);
  resumed.scope.end({ status: "completed" });
  resumed.scope.endSoon(failed);
  expect(resumed.head()).toMatchObject({ status: "completed" });
  expect(vi.getTimerCount()).toBe(0);
});

it("gives an aborted call a second to end by itself", () => {
  const controller = new AbortController();
  const { signal } = controller;
  const ending: ScopeEnding = { status: "cancelled", error: { message: "no end" } };
  const { scope, head } = open({ abort: { signal, ending: () => ending } });
  controller.abort();
  vi.advanceTimersByTime(graceMs - 1);
  expect(head()).toMatchObject({ status: "running" });
  vi.advanceTimersByTime(1);
  expect(head()).toMatchObject(ending);
  const next = new AbortController();
  const other = open({ abort: { signal: next.signal, ending: () => ending } });
  expect(getEventListeners(next.signal, "abort")).toHaveLength(1);
  other.scope.end({ status: "completed" });
  expect(getEventListeners(next.signal, "abort")).toHaveLength(0);
  expect(scope.ownsTrace).toBe(true);
});

it("ends its trace while spans of it go on, for which silence is still waited", () => {
  const onAbandon = vi.fn();
  const { scope, head } = open({ idle: {}, onAbandon });
  scope.endTrace({ status: "completed" });
  expect(head()).toMatchObject({ status: "completed" });
  vi.advanceTimersByTime(idleMs);
  expect(onAbandon).toHaveBeenCalledOnce();
  scope.close();
  expect(vi.getTimerCount()).toBe(0);
});

it("is abandoned when the process exits, and left to the tracer when the process dies of an error", () => {
  const exit = (problem: unknown): void => {
    for (const hook of sharedState().atExit) hook(problem);
  };
  const onCrash = vi.fn();
  const exited = open({ endsAtExit: true, onCrash });
  exit(new Error("boom"));
  expect(onCrash).toHaveBeenCalledOnce();
  expect(exited.head()).toMatchObject({ status: "running" });
  exit(undefined);
  expect(exited.head()).toMatchObject({ status: "cancelled" });
  exit(undefined);
  // What failed before is not blamed on the error that ends the process.
  const failing = open({ endsAtExit: true, onCrash });
  failing.scope.endSoon(failed);
  exit(new Error("boom"));
  expect(failing.head()).toMatchObject(failed);
  const left = open();
  exit(undefined);
  expect(left.head()).toMatchObject({ status: "running" });
  expect(onCrash).toHaveBeenCalledOnce();
});

it("records nothing and changes nothing in a trace that is not recorded", () => {
  const sink = keepingSink();
  const silent = createTracer({ sink, sampleRate: 0 }).trace(start);
  const span = silent.span(note);
  const { scope, heads } = open({ around: { trace: silent, span, agents: [] } });
  runInTrace(silent, span, () => scope.span(note)).end();
  scope.end(failed);
  expect([sink.heads, sink.spans, heads]).toEqual([[], [], []]);
});
