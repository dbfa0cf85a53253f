import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Message } from "../../core/message.ts";
import type { Trace } from "../../core/trace.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { readTrajectory, writeTrajectory } from "../../formats/trajectory-format.ts";
import { messagesOfTrajectory } from "../../core/messages-of-steps.ts";
import { traceOfTrajectory } from "../../core/trace-of-trajectory.ts";
import { trajectoriesOfTrace } from "./trajectories-of-trace.ts";
import { type ConversationSteps, stepsOfMessages } from "./steps-of-messages.ts";

const user = (content: string): Message => ({ role: "user", content });
const says = (content: string, more: Partial<Message> = {}): Message => ({
  ...{ role: "assistant", content },
  ...more,
});
const calls = (...names: readonly string[]): Message =>
  says("", { toolCalls: names.map((name, i) => ({ id: `${name}${i}`, name, arguments: "{}" })) });
const result = (toolCallId: string, content: string): Message => ({
  ...{ role: "tool", content, toolCallId },
});

/** A trajectory around the steps. */
function trajectory({ steps, answer, ...task }: ConversationSteps): UnifiedTrajectory {
  return {
    ...{ id: "one", domain: "math", task: { id: "t", ...task }, tools: [], steps },
    ...(answer !== undefined && { answer }),
    outcome: { status: "completed" },
    provenance: { source: "chat" },
  };
}

const read = (messages: readonly Message[]): ConversationSteps => {
  const steps = stepsOfMessages(messages);
  if (typeof steps === "string") throw new Error(steps);
  return steps;
};

describe("the steps of a conversation", () => {
  it("are calls with their results, words with what the user replied, thoughts, and the answer", () => {
    const messages = [
      { role: "system", content: "Be brief." } as const,
      user("How old is the bridge?"),
      says("I look.", {
        reasoning: "Search first.",
        toolCalls: [
          { id: "a", name: "search", arguments: '{"q":"bridge"}' },
          { id: "b", name: "Terminal", arguments: "ls -l" },
        ],
      }),
      result("b", "no such file"),
      result("a", "built 1883"),
      says("Which bridge?"),
      user("Brooklyn."),
      says("1883, so"),
      says("142 years."),
    ];
    const { steps, ...rest } = read(messages);
    expect(rest).toEqual({
      instructions: "Be brief.",
      question: "How old is the bridge?",
      answer: "142 years.",
    });
    expect(steps).toEqual([
      {
        ...{ index: 0, turn: 0, kind: "call", tool: "search", callId: "a", text: "I look." },
        ...{ arguments: { q: "bridge" }, thought: "Search first.", observation: "built 1883" },
      },
      {
        ...{ index: 1, turn: 0, kind: "call", tool: "bash", name: "Terminal", callId: "b" },
        ...{ arguments: "ls -l", observation: "no such file" },
      },
      {
        ...{ index: 2, turn: 1, kind: "respond", tool: "respond", text: "Which bridge?" },
        observation: "Brooklyn.",
      },
      { index: 3, turn: 2, kind: "reason", tool: "reason", text: "1883, so" },
      { index: 4, turn: 3, kind: "answer", tool: "finalize", text: "142 years." },
    ]);
  });

  it("leave a call without a result without an observation", () => {
    const { steps, answer } = read([user("q"), calls("look"), calls("look"), result("look0", "x")]);
    expect(steps.map(({ observation }) => observation)).toEqual([undefined, "x"]);
    expect(answer).toBeUndefined();
  });

  it.each<[string, readonly Message[]]>([
    ["no assistant message", [user("q")]],
    ["pictures", [{ ...user("q"), images: [{ url: "a.png" }] }, says("a")]],
    ["roles out of order", [user("q"), user("r"), says("a")]],
    ["roles out of order", [user("q"), says("a"), { role: "system", content: "s" }, says("b")]],
    ["roles out of order", [user("q"), calls("look"), user("wait"), says("a")]],
    ["a result without a call", [user("q"), says("a"), result("x", "r")]],
    ["a result without a call", [user("q"), calls("look"), result("other", "r"), says("a")]],
  ])("are none: %s", (why, messages) => {
    expect(stepsOfMessages(messages)).toBe(why);
  });

  it("say the same conversation again, also from a file, whatever it holds", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 12 });
    const call = fc.record({
      id: fc.uuid(),
      name: fc.constantFrom("search", "bash", "Shell", "finalize"),
      arguments: fc.oneof(
        fc.json({ maxDepth: 2 }),
        fc.constantFrom("{}", '{"a":1}', '{ "a": 1 }', "not json"),
      ),
    });
    const turn = fc.record({
      content: text,
      reasoning: fc.option(text, { nil: undefined }),
      calls: fc.uniqueArray(call, { maxLength: 3, selector: ({ id }) => id }),
      results: fc.array(text, { minLength: 3, maxLength: 3 }),
      reply: fc.option(text, { nil: undefined }),
    });
    const conversation = fc.tuple(
      fc.option(text, { nil: undefined }),
      text,
      fc.array(turn, { minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(conversation, ([system, question, turns]) => {
        const messages = [
          ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
          user(question),
          ...turns.flatMap(({ content, reasoning, calls: own, results, reply }, i): Message[] => {
            const said = says(content, {
              ...(reasoning !== undefined && { reasoning }),
              ...(own.length > 0 && { toolCalls: own }),
            });
            if (own.length > 0) return [said, ...own.map(({ id }, k) => result(id, results[k]!))];
            return reply === undefined || i === turns.length - 1 ? [said] : [said, user(reply)];
          }),
        ];
        const written = writeTrajectory(trajectory(read(messages)));
        expect(messagesOfTrajectory(readTrajectory(written, "one.traj.json"))).toEqual(messages);
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});

it("a trajectory goes through a trace with everything but its tokens and where it came from", () => {
  const { steps, ...rest } = trajectory(
    read([user("q"), calls("look", "see"), result("look0", "x"), result("see1", "y"), says("a")]),
  );
  const whole: UnifiedTrajectory = {
    ...rest,
    id: "not 32 hex digits",
    task: { ...rest.task, fields: { answer: 4 } },
    split: "test",
    tools: [{ name: "look", parameters: {} }],
    outcome: { status: "failed", isSuccess: false, error: "too late" },
    ...{ reward: 0.5, rewards: { quality: 0.5 } },
    steps: steps.map((step, i) => ({
      ...step,
      ...{ reward: i / 4, agent: i < 2 ? "worker" : "boss", startedAt: 10 * i, ms: 5 },
      ...(i === 0 && { tokens: [1, 2], logProbs: [-1, -2], weightsVersion: "w" }),
    })),
    provenance: { source: "chat", agent: "team", model: "m" },
  };
  const [back] = trajectoriesOfTrace(traceOfTrajectory(whole), "other");
  const [first, ...others] = whole.steps;
  const { tokens: _, logProbs: __, weightsVersion: ___, ...withoutTokens } = first!;
  expect(back).toEqual({
    ...whole,
    steps: [withoutTokens, ...others],
    provenance: {
      source: "traces",
      agent: "team",
      model: "m",
      place: expect.any(String) as string,
    },
  });
});

describe("a rollout of a run", () => {
  const rollout = (episode: object) => {
    const trace = traceOfTrajectory(
      trajectory(read([user("3x = 6"), says("x = 3"), user("no"), says("x = 4")])),
    );
    const metadata = {
      rollout: { isSuccess: false },
      domain: "math",
      split: "train",
      answer: episode,
    };
    const [one] = trajectoriesOfTrace({ ...trace, metadata } as Trace, "general");
    return one as UnifiedTrajectory;
  };

  it("has the domain of its run", () => {
    expect(rollout({ terminated: true, truncated: false }).domain).toBe("math");
  });

  it("that was cut off did not end with an answer", () => {
    expect(rollout({ terminated: true, truncated: true })).toMatchObject({
      ...{ answer: "x = 4", outcome: { status: "completed" } },
      steps: [{ kind: "respond" }, { kind: "answer" }],
    });
    const cut = rollout({ terminated: false, truncated: true });
    expect(cut).toMatchObject({
      outcome: {
        status: "failed",
        isSuccess: false,
        error: expect.stringContaining("cut off") as string,
      },
      steps: [{ kind: "respond" }, { kind: "respond", tool: "respond", text: "x = 4" }],
    });
    expect(cut.answer).toBeUndefined();
  });
});
