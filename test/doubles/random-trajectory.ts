/** Random trajectories for tests of forms, and one that has every part. */
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../packages/hone/src/core/json.ts";
import type {
  TrajectoryStep,
  UnifiedTrajectory,
} from "../../packages/hone/src/core/unified-trajectory.ts";

type Turn = readonly Omit<TrajectoryStep, "index" | "turn">[];

const text = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .filter((one) => one.trim() !== "");
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const argument: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.dictionary(fc.constantFrom("a", "b", "c"), fc.oneof(text, fc.integer(), fc.boolean())),
  fc.constant("not JSON"),
  fc.constant('{"spaced": 1}'),
);

const calls: fc.Arbitrary<Turn> = fc
  .record({
    thought: maybe(text),
    text: maybe(text),
    calls: fc.array(
      fc.record({ tool: fc.constantFrom("search", "bash"), argument, seen: maybe(text) }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    seed: fc.integer({ min: 0, max: 1e9 }),
  })
  .map(({ thought, text: said, calls: made, seed }) =>
    made.map(({ tool, argument: given, seen }, i) => ({
      ...{ kind: "call" as const, tool },
      ...(tool === "bash" && { name: "shell" }),
      ...{ callId: `c${seed}-${i}`, arguments: given },
      ...(i === 0 && thought !== undefined && { thought }),
      ...(i === 0 && said !== undefined && { text: said }),
      ...(seen !== undefined && { observation: seen }),
    })),
  );

const respond: fc.Arbitrary<Turn> = fc
  .record({ thought: maybe(text), text, seen: text })
  .map(({ thought, text: said, seen }) => [
    {
      ...{ kind: "respond" as const, tool: "respond", text: said, observation: seen },
      ...(thought !== undefined && { thought }),
    },
  ]);

const reason: fc.Arbitrary<Turn> = text.map((said) => [
  { kind: "reason" as const, tool: "reason", text: said },
]);

const answer: fc.Arbitrary<Turn> = text.map((said) => [
  { kind: "answer" as const, tool: "finalize", text: said },
]);

const steps: fc.Arbitrary<readonly TrajectoryStep[]> = fc
  .tuple(fc.array(fc.oneof(calls, respond, reason), { maxLength: 4 }), fc.oneof(answer, calls))
  .map(([turns, last]) =>
    [...turns, last].flatMap((turn, i) => turn.map((step) => ({ ...step, turn: i }))),
  )
  .map((all) => all.map((step, index) => ({ index, ...step })));

const facts = {
  split: maybe(fc.constantFrom("train" as const, "test" as const)),
  reward: maybe(fc.double({ min: -1, max: 1, noNaN: true }).map((one) => one + 0)),
};

/** Trajectories as readers of conversations make them, without tokens and times. */
export const randomTrajectory: fc.Arbitrary<UnifiedTrajectory> = fc
  .record({ steps, question: text, instructions: maybe(text), id: text, taskId: text, ...facts })
  .map(({ steps: made, question, instructions, id, taskId, split, reward }) => ({
    ...{ id, domain: "qa" },
    task: { id: taskId, question, ...(instructions !== undefined && { instructions }) },
    ...(split !== undefined && { split }),
    ...{ tools: [], steps: made },
    ...(made.at(-1)!.kind === "answer" && { answer: made.at(-1)!.text! }),
    outcome: { status: "completed" },
    ...(reward !== undefined && { reward }),
    provenance: { source: "test" },
  }));

const search: JsonObject = {
  ...{ name: "search", description: "Looks it up." },
  parameters: { type: "object", properties: { q: { type: "string" } } },
};

const sampled = (seed: number) => ({
  ...{ promptTokens: [1, seed], tokens: [2, 3], logProbs: [-0.5, -0.25], weightsVersion: "w1" },
  ...{ startedAt: 1_700_000_000_000 + seed * 100, ms: 20 },
});

/** A trajectory that has every part. */
export const fullTrajectory: UnifiedTrajectory = {
  ...{ id: "run-1", domain: "qa", split: "train", tools: [search] },
  task: {
    ...{ id: "age", question: "How old is it?", instructions: "Be brief." },
    fields: { answer: "142", level: 2 },
  },
  steps: [
    {
      ...{ index: 0, turn: 0, kind: "call", tool: "search", callId: "c1", arguments: { q: "it" } },
      ...{ thought: "Look it up.", text: "One moment.", observation: "142", reward: 0.5 },
      ...{ agent: "helper", ...sampled(1) },
    },
    {
      ...{ index: 1, turn: 1, kind: "answer", tool: "finalize", text: "142 years." },
      ...{ reward: 0.25, ...sampled(2) },
    },
  ],
  answer: "142 years.",
  outcome: { status: "failed", isSuccess: false, error: "too late" },
  ...{ reward: 0.75, rewards: { quality: 0.5, speed: 0.25 } },
  provenance: { source: "test", agent: "main", model: "m" },
};

/** The same without tools, for forms that hold questions and answers alone. */
export const spokenTrajectory: UnifiedTrajectory = {
  ...fullTrajectory,
  steps: [
    {
      ...{ index: 0, turn: 0, kind: "respond", tool: "respond", text: "Which one?" },
      ...{ thought: "Ask.", observation: "The oldest.", reward: 0.5 },
      ...{ agent: "helper", ...sampled(1) },
    },
    fullTrajectory.steps[1]!,
  ],
};
