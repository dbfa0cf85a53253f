/** Tasks made of traces: which traces give one, what it holds, and on which side it is. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Message } from "../../core/message.ts";
import type { Span } from "../../core/span.ts";
import type { Trace } from "../../core/trace.ts";
import { readTasks } from "../../data/task-file.ts";
import { answeredTrace } from "../../testing/answered-trace.ts";
import { writeTraceTasks } from "./export-tasks.ts";
import { tasksOfTraces } from "./trace-tasks.ts";

const asked = (id: string, question: string, more: Partial<Trace> = {}): Trace => ({
  ...answeredTrace(id, `answer of ${id}`, question),
  ...more,
});

const callSpan = (id: string, more: object): Span => ({
  traceId: "t",
  id,
  sequence: Number(id),
  startedAt: 0,
  attributes: {},
  kind: "tool",
  toolName: "lookUp",
  arguments: { number: id },
  ...more,
});

const withInput = (id: string, input: readonly Message[]): Trace => {
  const trace = answeredTrace(id, "yes", "q");
  return { ...trace, spans: [{ ...trace.spans[0]!, input } as Span] };
};

it("are the first questions, with the calls of tools in their order and a person's correction as the answer", async () => {
  const correction = { kind: "correction", id: "c", author: "ada", at: 1, traceId: "a" } as const;
  const trace = asked("a", "Where is A-17?", {
    session: "s",
    feedback: [{ ...correction, answer: "Shipped." }],
  });
  const spans = [
    ...trace.spans,
    callSpan("1", { result: { shipped: true } }),
    callSpan("2", { error: { message: "There is no order 2." } }),
    callSpan("3", {}),
  ];
  const { tasks } = await tasksOfTraces([{ ...trace, spans }, asked("b", "Hello")], 0);
  expect(tasks).toEqual([
    {
      id: "a",
      question: "Where is A-17?",
      answer: "Shipped.",
      session: "s",
      split: "train",
      calls: [
        { name: "lookUp", arguments: { number: "1" }, result: { shipped: true } },
        { name: "lookUp", arguments: { number: "2" }, error: "There is no order 2." },
      ],
    },
    { id: "b", question: "Hello", answer: "answer of b", session: "b", split: "train", calls: [] },
  ]);
});

it("hold no call that was cut or lost a secret, and count it", async () => {
  const trace = asked("a", "Where is A-17?");
  const spans = [
    ...trace.spans,
    callSpan("1", { result: "a beginn…", attributes: { "hone.cut": ["result"] } }),
    callSpan("2", { arguments: { key: "[redacted: api key]" }, result: "yes" }),
    callSpan("3", { result: { token: "[redacted: token]" } }),
    callSpan("4", { result: "whole" }),
  ];
  const { tasks, changedCalls } = await tasksOfTraces([{ ...trace, spans }], 0);
  expect(tasks[0]!.calls).toEqual([
    { name: "lookUp", arguments: { number: "4" }, result: "whole" },
  ]);
  expect(changedCalls).toBe(3);
});

it("leave out what gives none, by its reason", async () => {
  const user: Message = { role: "user", content: "and B-1?" };
  const call = { id: "1", name: "lookUp", arguments: "{}" };
  const ofTools: Message[] = [
    { role: "user", content: "Where?" },
    { role: "assistant", content: "", toolCalls: [call] },
    { role: "tool", content: "there", toolCallId: "1" },
  ];
  const first = withInput("tools", ofTools.slice(0, 1));
  const second = { ...first.spans[0]!, id: "2", sequence: 1, input: ofTools } as Span;
  const { tasks, leftOut } = await tasksOfTraces(
    [
      asked("one", "Where is  A-17?"),
      asked("same", "where is a-17? "),
      asked("runs", "New?", { status: "running" }),
      asked("trained", "New?", { rolloutId: "r" }),
      asked("blank", " "),
      withInput("later", [user, { role: "assistant", content: "?" }, user]),
      withInput("seen", [{ ...user, images: [{ url: "data:," }] }]),
      { ...first, spans: [...first.spans, second] },
    ],
    0.5,
  );
  expect(tasks.map(({ id }) => id)).toEqual(["one"]);
  expect(leftOut).toEqual({
    duplicate: 1,
    running: 1,
    rollout: 1,
    no_question: 1,
    later_turn: 1,
    pictures: 1,
    tools_not_recorded: 1,
  });
});

const sessions = (count: number) =>
  Array.from({ length: 2 * count }, (_, i) =>
    asked(`t${i}`, `question ${i}`, { session: `s${Math.floor(i / 2)}` }),
  );

it("hold out whole sessions by their names, which later traces do not move", async () => {
  const few = (await tasksOfTraces(sessions(20), 0.3)).tasks;
  const many = (await tasksOfTraces(sessions(200), 0.3)).tasks;
  expect(many.slice(0, few.length)).toEqual(few);
  const sides = Map.groupBy(many, ({ session }) => session);
  for (const some of sides.values()) expect(new Set(some.map(({ split }) => split)).size).toBe(1);
  const held = many.filter(({ split }) => split === "test").length / many.length;
  expect(held).toBeGreaterThan(0.2);
  expect(held).toBeLessThan(0.4);
});

it("have one session on each side at least where there are two", async () => {
  for (const share of [0.01, 0.9]) {
    const { tasks } = await tasksOfTraces(sessions(2), share);
    expect(new Set(tasks.map(({ split }) => split))).toEqual(new Set(["train", "test"]));
  }
  const none = await tasksOfTraces(sessions(3), 0);
  expect(none.tasks.every(({ split }) => split === "train")).toBe(true);
});

it("are read from their file as a training reads tasks", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hone-trace-tasks-"));
  try {
    const file = join(folder, "tasks.jsonl");
    const made = await tasksOfTraces(sessions(10), 0.3);
    await writeTraceTasks(file, made);
    const read = await readTasks(file, { share: 0.5, max: 3, seed: 0 });
    const held = made.tasks.filter(({ split }) => split === "test").map(({ id }) => id);
    expect(read.test.map(({ task }) => task.id)).toEqual(held);
    expect(read.isSplitGiven).toBe(true);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it("need a run of each tool that a model called, by the call's id, else by the tool's name", async () => {
  const called = (count: number): Trace => {
    const trace = answeredTrace(`called-${count}`, "yes", `q ${count}`);
    const toolCalls = Array.from({ length: count }, (_, i) => ({
      ...{ id: `c${i}`, name: "lookUp", arguments: "{}" },
    }));
    const output = [{ role: "assistant", content: "", toolCalls }];
    return { ...trace, spans: [{ ...trace.spans[0]!, output } as Span] };
  };
  const withRuns = (trace: Trace, ...more: readonly object[]): Trace => ({
    ...trace,
    spans: [...trace.spans, ...more.map((one, i) => callSpan(`${i + 1}`, { result: 1, ...one }))],
  });
  const { tasks, leftOut } = await tasksOfTraces(
    [
      called(1),
      withRuns(called(2), { callId: "c1" }, {}),
      withRuns(called(3), { callId: "c1" }, {}),
      withRuns(called(4), {}, {}, {}, { toolName: "renamed", callId: "c3" }),
    ],
    0,
  );
  expect(tasks.map(({ id }) => id)).toEqual(["called-2", "called-4"]);
  expect(leftOut).toEqual({ tools_not_recorded: 2 });
});

it("hold their questions out of traces that give no task, too", async () => {
  const [held, other] = ["Where is A-17?", "Hello"].map((question, i) => asked(`${i}`, question));
  const { tasks, mayLearn } = await tasksOfTraces([held!, other!], 0.5);
  const { question } = tasks.find(({ split }) => split === "test")!;
  const user = (content: string): Message => ({ role: "user", content });
  const reply: Message = { role: "assistant", content: "?" };
  expect(mayLearn(withInput("a", [user(` ${question}`), reply, user("And?")]))).toBe(false);
  expect(mayLearn(withInput("b", [user("Hm"), reply, user(question)]))).toBe(false);
  expect(mayLearn(withInput("c", [{ ...user(question), images: [{ url: "data:," }] }]))).toBe(
    false,
  );
  expect(mayLearn(withInput("d", [user("Hm"), reply, user("And?")]))).toBe(true);
});
