import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Message } from "../../core/message.ts";
import { type KeepingSink, keepingSink } from "../../testing/keeping-sink.ts";
import { createTracer } from "../../recording/create-tracer.ts";
import { ModelCalls } from "../model-calls.ts";
import type { RequestPlace } from "./request-place.ts";
import { type TappedTrace, TappedTraces } from "./tapped-traces.ts";

let sink: KeepingSink;
let traces: TappedTraces;

beforeEach(() => {
  vi.useFakeTimers();
  sink = keepingSink();
  const tools = { tracer: createTracer({ sink }), calls: new ModelCalls(), agent: "app" };
  traces = new TappedTraces(tools, Date.now);
});
afterEach(() => void vi.useRealTimers());

const user = (content: string): Message => ({ role: "user", content });
const system = (content: string): Message => ({ role: "system", content });
const calling = (id: string): Message => ({
  role: "assistant",
  content: "",
  toolCalls: [{ id, name: "look", arguments: "{}" }],
});
const told = (id: string): Message => ({ role: "tool", content: "found", toolCallId: id });

/** Its results are those of its tool messages. */
function placeOf(input: readonly Message[], known: Partial<RequestPlace> = {}): RequestPlace {
  const ids = input.flatMap(({ toolCallId }) => toolCallId ?? []);
  const results = new Map(ids.map((id) => [id, { value: "found", isError: false }]));
  return { request: { input, attributes: {}, results }, ...known };
}

/** A request that is answered with a call. */
function asked(
  id: string,
  input: readonly Message[],
  known: Partial<RequestPlace> = {},
  response?: string,
): TappedTrace {
  const tapped = traces.open(placeOf(input, known), "", 0);
  traces.answered(tapped, [calling(id)], response);
  return tapped;
}

const goingOn = (input: readonly Message[], known: Partial<RequestPlace> = {}): TappedTrace =>
  traces.open(placeOf(input, known), "", 0);

const statuses = (): Record<string, string> =>
  Object.fromEntries(sink.heads.map(({ task, status }) => [task, status]));

describe("traces of requests", () => {
  it("go on with the conversation whose calls they carry, whatever ids another one has", () => {
    const ann = [user("Ann's diagnosis?")];
    const bob = [user("Bob's diagnosis?")];
    const first = asked("call_0", ann);
    const second = asked("call_0", bob);
    expect(goingOn([...ann, calling("call_0"), told("call_0")])).toBe(first);
    expect(goingOn([...bob, calling("call_0"), told("call_0")])).toBe(second);
    expect(sink.spans.map(({ traceId }) => traceId)).toEqual([
      first.scope.trace.id,
      second.scope.trace.id,
    ]);
  });

  it("do not go on in another conversation whose own trace is not known", () => {
    const ann = asked("call_0", [user("Ann's diagnosis?")]);
    const bob = goingOn([user("Bob's diagnosis?"), calling("call_0"), told("call_0")]);
    expect(bob).not.toBe(ann);
    expect(sink.spans).toEqual([]);
    // Nor where the conversation began alike and went on otherwise.
    const long = [user("hi"), { role: "assistant", content: "Ann?" }, user("yes")] as const;
    const known = asked("call_1", long);
    const other = [user("hi"), { role: "assistant", content: "Bob?" }, user("yes")] as const;
    expect(goingOn([...other, calling("call_1"), told("call_1")])).not.toBe(known);
  });

  it("go on in none of two traces that would do", () => {
    const both = [user("hi")];
    const known = [asked("call_0", both), asked("call_0", both)];
    expect(known).not.toContain(goingOn([...both, calling("call_0"), told("call_0")]));
  });

  it("go on under instructions that change, turn after turn", () => {
    const tapped = asked("call_0", [system("It is 10:00."), user("hi")]);
    const next = [user("hi"), calling("call_0"), told("call_0")];
    expect(asked("call_0", [system("It is 10:01."), ...next])).toBe(tapped);
    const last = [...next, calling("call_0"), told("call_0")];
    expect(goingOn([system("It is 10:02."), ...last])).toBe(tapped);
    expect(sink.spans).toHaveLength(2);
  });

  it("go on from the answer or in the conversation that the provider keeps, told by its id", () => {
    const previous = asked("call_0", [user("a")], {}, "resp_1");
    const other = asked("call_0", [user("b")], {}, "resp_2");
    expect(goingOn([told("call_0")], { previous: "resp_2" })).toBe(other);
    expect(goingOn([told("call_0")], { previous: "resp_3" })).not.toBe(previous);
    expect(goingOn([told("call_0")], { previous: "resp_1" })).toBe(previous);
    const thread = asked("call_9", [user("a")], { thread: "conv_1" });
    expect(goingOn([told("call_9")], { thread: "conv_2" })).not.toBe(thread);
    expect(goingOn([told("call_9")])).not.toBe(thread);
    expect(goingOn([told("call_9")], { thread: "conv_1" })).toBe(thread);
  });

  it("wait 15 minutes for the results of tools", () => {
    asked("call_0", [user("a")]);
    vi.advanceTimersByTime(899_999);
    expect(statuses()).toEqual({ a: "running" });
    vi.advanceTimersByTime(1);
    expect(statuses()).toEqual({ a: "completed" });
    expect(goingOn([user("a"), calling("call_0"), told("call_0")]).calls.size).toBe(0);
    expect(sink.spans).toEqual([]);
  });

  it("wait a thousand at a time: the oldest ends first", () => {
    for (let i = 0; i < 1000; i++) asked(`call_${i}`, [user(String(i))]);
    expect(Object.values(statuses())).toEqual(Array(1000).fill("running"));
    asked("call_x", [user("x")]);
    const ended = Object.entries(statuses()).filter(([, status]) => status !== "running");
    expect(ended).toEqual([["0", "completed"]]);
  });

  it("end with an answer that calls nothing", () => {
    const tapped = asked("call_0", [user("a")]);
    goingOn([user("a"), calling("call_0"), told("call_0")]);
    traces.answered(tapped, [{ role: "assistant", content: "Done." }]);
    expect(statuses()).toEqual({ a: "completed" });
  });

  it("go on with requests made again one for one, where equal ones failed at once", () => {
    const place = placeOf([user("a")]);
    const error = { message: "429" };
    const open = (): TappedTrace => traces.open(place, "same", 0);
    const first = [open(), open(), open()];
    for (const tapped of first) traces.refused(tapped, "same", () => undefined);
    for (const tapped of first) traces.failed(tapped, { error, at: 0, text: "same" });
    const again = [open(), open()];
    const ids = (of: readonly TappedTrace[]) => of.map(({ scope }) => scope.trace.id);
    expect(ids(again)).toEqual(ids(first.slice(0, 2)));
    // One that fails once more is the last in the line.
    traces.failed(again[0]!, { error, at: 0, text: "same" });
    again.push(open(), open());
    expect(ids(again.slice(2))).toEqual(ids([first[2]!, first[0]!]));
    for (const tapped of first) traces.answered(tapped, []);
    expect(first).not.toContain(open());
    expect(sink.heads.map(({ status }) => status)).toEqual([
      ...Array(3).fill("running"),
      ...Array(3).fill("completed"),
      "running",
    ]);
  });

  it("are not gone on with once the time for that is over", () => {
    const place = placeOf([user("a")]);
    const tapped = traces.open(place, "same", 0);
    traces.failed(tapped, { error: { message: "429" }, at: 0, text: "same" });
    vi.advanceTimersByTime(10_000);
    expect(statuses()).toEqual({ a: "failed" });
    expect(traces.open(place, "same", 0)).not.toBe(tapped);
  });
});
