import { expect, it } from "vitest";
import type { CoordinationSpan, PromptSpan, Span, ToolSpan } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import { answeredTrace } from "../testing/answered-trace.ts";
import { shownTrace } from "./feedback-questions.ts";
import { preferencePairs } from "./preference-pairs.ts";
import { traceAnswer } from "./trace-answer.ts";
import { traceRewards } from "./trace-rewards.ts";

const base = { traceId: "t", startedAt: 0, attributes: {} };
let place = 0;
const call = (
  id: string,
  output: PromptSpan["output"],
  more: Partial<PromptSpan> = {},
): PromptSpan => ({
  ...{ ...base, id, sequence: place++, kind: "prompt", input: "3 + 7?" },
  ...(output !== undefined && { output }),
  ...more,
});
const event = (name: string, details: CoordinationSpan["details"]): CoordinationSpan => ({
  ...{ ...base, id: `e${place}`, sequence: place++, kind: "coordination", event: name, details },
});
const tool = (id: string, parentId: string): ToolSpan => ({
  ...{ ...base, id, sequence: place++, kind: "tool", toolName: "ask", arguments: null, parentId },
});
const traceOf = (...spans: readonly Span[]): Trace => ({
  ...answeredTrace("t", "", "3 + 7?"),
  spans,
});

const text = (trace: Trace): string | undefined => traceAnswer(trace)?.message.content;

const inTeam = { parentId: "team" };
const team = traceOf(
  call("team", "done"),
  call("ada", "It is 10, because I added them.", { ...inTeam, agent: "ada" }),
  call("ada-model", "It is 10, because I added them.", { parentId: "ada" }),
  event("new_answer", { agent_id: "ada", content: "It is 10, because I added them." }),
  call("ben", "11", { ...inTeam, agent: "ben" }),
  event("new_answer", { agent_id: "ben", content: "11" }),
  call("ada-votes", "I vote for my own.", { ...inTeam, agent: "ada" }),
  event("vote", { voter: "ada", for: "ada" }),
  event("vote", { voter: "ben", for: "ada" }),
);

it("a team's answer is the winning one, of the call in which its member gave it, whoever spoke last", () => {
  const { message, call: said, agent } = traceAnswer(team)!;
  expect([message.content, said?.id, agent]).toEqual([
    "It is 10, because I added them.",
    "ada",
    "ada",
  ]);
});

it("people are shown the team's answer, correct it, and it is what has a quality", async () => {
  expect(shownTrace(team).answer).toBe("It is 10, because I added them.");
  const said = {
    id: "c",
    author: "eve",
    at: 1,
    kind: "correction",
    traceId: "t",
    answer: "10",
  } as const;
  const { pairs } = preferencePairs([said], [team]);
  expect(pairs[0]?.rejected).toEqual([
    { role: "assistant", content: "It is 10, because I added them." },
  ]);
  const { total } = await traceRewards({ parts: ["answer_quality"] }).compute(team);
  expect(total).toBe(0.15);
});

it("an answer that its member gave by calling a tool, or that no event repeats, is of that member's call", () => {
  const toolCalls = [{ id: "1", name: "new_answer", arguments: '{"text":"It is \\"10\\""}' }];
  const gives = [{ role: "assistant" as const, content: "", toolCalls }];
  const [ada, later] = [{ agent: "ada" }, { agent: "ada" }];
  const called = traceOf(
    call("a", gives, ada),
    call("b", "I vote.", later),
    event("answer", { member: "ada", text: 'It is "10"' }),
  );
  expect(traceAnswer(called)).toMatchObject({
    message: { content: 'It is "10"' },
    call: { id: "a" },
  });
  const silent = traceOf(call("a", "10", ada), call("b", "11"), event("answer", { member: "ada" }));
  expect(traceAnswer(silent)).toMatchObject({ message: { content: "10" }, agent: "ada" });
});

it("an agent's answer is what its own call gave back, not what an agent or a model within said last", () => {
  const asked = call("agent", "The sum is 10.");
  const within = call("model", "ten", { parentId: "agent" });
  const helper = call("helper", "ask me again", { parentId: "tool", agent: "helper" });
  expect(text(traceOf(asked, within, tool("tool", "agent"), helper))).toBe("The sum is 10.");
});

it("a call that gave nothing back leaves the answer to the calls within it, then to the content", () => {
  const model = (id: string, output: string): PromptSpan => call(id, output, { parentId: "agent" });
  expect(text(traceOf(call("agent", undefined), model("a", "8"), model("b", "9")))).toBe("9");
  const content: Span = { ...base, id: "c", sequence: 9, kind: "content", content: "7" };
  expect(traceAnswer(traceOf(call("agent", " "), content))).toEqual({
    message: { role: "assistant", content: "7" },
  });
  expect(traceAnswer(traceOf(call("agent", undefined)))).toBeUndefined();
});
