import { expect, it } from "vitest";
import type { PromptSpan, RewardSpan, Span, ToolSpan } from "../core/span.ts";
import { agentOfSpan } from "../core/span-tree.ts";
import type { Trace } from "../core/trace.ts";
import { answeredTrace } from "../testing/answered-trace.ts";
import { earnedByAgents, earnedByCalls } from "./earned-by-calls.ts";

const base = { traceId: "t", startedAt: 0, attributes: {} };
const call = (id: string, sequence: number, more: Partial<PromptSpan> = {}): PromptSpan => ({
  ...base,
  ...{ id, sequence, kind: "prompt", input: "q", output: "a" },
  ...more,
});
const tool = (id: string, sequence: number): ToolSpan => ({
  ...base,
  ...{ id, sequence, kind: "tool", toolName: "f", arguments: null },
});
const reward = (sequence: number, value: number, more: Partial<RewardSpan> = {}): RewardSpan => ({
  ...base,
  ...{ id: `r${sequence}`, sequence, kind: "reward", reward: value, rewardType: "x" },
  ...more,
});
const traceOf = (...spans: readonly Span[]): Trace => ({
  ...answeredTrace("t", "", "q"),
  agent: "team",
  spans,
});

const first = call("c1", 1, { parentId: "ada" });
const second = call("c2", 3, { parentId: "ada" });
const third = call("c3", 7, { agent: "ben" });
const calls = [first, second, third];
const trace = traceOf(
  call("ada", 0, { agent: "ada" }),
  first,
  tool("f1", 2),
  second,
  reward(4, 1, { targetId: "f1" }),
  reward(5, 0.5, { targetId: "ada" }),
  reward(6, 0.25),
  third,
  reward(8, 2, { targetId: "c3" }),
  reward(9, -1, { agent: "ada" }),
);

it("a tool's reward is of the call before the tool, an agent's of its last call, others of the call that they name or follow", () => {
  expect(earnedByCalls(trace, calls)).toEqual([1, 0.75, 1]);
  expect(calls.map((one) => agentOfSpan(trace, one))).toEqual(["ada", "ada", "ben"]);
});

it("a tool's reward is of the agent that used the tool, whoever called a model in between", () => {
  const [ada, ben] = [call("a", 1, { agent: "ada" }), call("b", 2, { agent: "ben" })];
  const used = { ...tool("f", 3), agent: "ada" };
  const both = traceOf(ada, ben, used, reward(4, 1, { targetId: "f" }));
  expect(earnedByCalls(both, [ada, ben])).toEqual([1, 0]);
  expect(earnedByAgents(both, [ada, ben])).toEqual({ "agent/ada": 1, "agent/ben": 0 });
});

it("calls earn a reward that came before them all, so that nothing of the trace's is lost", () => {
  expect(earnedByCalls(traceOf(reward(0, 2), first, second), [first, second])).toEqual([2, 0]);
});

it("agents earn what names them, else what their calls earn", () => {
  expect(earnedByAgents(trace, calls)).toEqual({ "agent/ada": 0.75, "agent/ben": 2 });
  expect(earnedByAgents(trace, [first, second])).toEqual({});
});

it("a coordination reward that names nobody is divided among all agents, whoever was called last", () => {
  const team = { rewardType: "coordination" };
  const played = traceOf(
    ...trace.spans,
    reward(10, 3, team),
    reward(11, 1, { ...team, agent: "ben" }),
  );
  expect(earnedByAgents(played, calls)).toEqual({ "agent/ada": 2.25, "agent/ben": 4.5 });
});

it("only rewards of the source that counts are earned, and without any there is nothing to earn", () => {
  expect(
    earnedByCalls(traceOf(first, reward(2, 1), reward(3, 5, { source: "judge" })), [first]),
  ).toEqual([5]);
  expect(earnedByCalls(traceOf(first), [first])).toBeUndefined();
  const rated = {
    ...traceOf(first, reward(2, 1)),
    rewards: [{ id: "h", total: 1, components: {}, source: "human" as const, at: 0 }],
  };
  expect(earnedByCalls(rated, [first])).toBeUndefined();
});
