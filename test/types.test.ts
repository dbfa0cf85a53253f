/**
 * What must not compile, beside what must: `train()` as its users type it. The checks are made by `tsc`, which refuses a
 * `@ts-expect-error` above a line without an error; nothing here is run.
 */
import { generateText, streamText } from "ai";
import {
  type Agent,
  grpo,
  type Message,
  type RewardFunction,
  sft,
  train,
  type TrainOptions,
  type TrainResult,
} from "hone-rl";
import { toolLoop, type ToolLoopAnswer } from "hone-rl/agents";
import type * as algorithms from "hone-rl/algorithms";
import { expect, expectTypeOf, it } from "vitest";
import { type TrainingName, trainings } from "../packages/hone/src/app/trainings.ts";
import type { Algorithm } from "../packages/hone/src/ports/algorithm.ts";

interface Question {
  readonly id: string;
  readonly text: string;
  readonly answer: string;
}

const questions: readonly Question[] = [{ id: "1", text: "1 + 1", answer: "2" }];
const tasks = { train: questions, test: questions };
const conversations: readonly (readonly Message[])[] = [[{ role: "assistant", content: "2" }]];
const algorithm = grpo({ steps: 1, learningRate: 1e-3 });
const agent: Agent<Question, string> = async ({ text }, { model, signal }) =>
  (await model.chat([{ role: "user", content: text }], { signal })).content;
const reward: RewardFunction<Question, string> = ({ answer, task }) =>
  answer === task.answer ? 1 : 0;

/** Never called: only its types are looked at. */
type Unrun = () => unknown;

it("compiles what is right, with tasks and answers known to agent and reward", () => {
  const right: Unrun = () =>
    train({
      model: "tiny",
      agent: async (task, { model }) => {
        expectTypeOf(task).toEqualTypeOf<Question>();
        return Number((await model.chat([{ role: "user", content: task.text }])).content);
      },
      tasks,
      reward: ({ answer, task }) => {
        expectTypeOf(answer).toEqualTypeOf<number>();
        return answer === Number(task.answer) ? 1 : 0;
      },
      algorithm: [sft({ conversations, learningRate: 1e-3 }), algorithm],
    });
  expect(right).toBeTypeOf("function");
  expectTypeOf<ReturnType<typeof train>>().toEqualTypeOf<Promise<TrainResult>>();
});

it("knows the answers of agents that others make, written where they are used", () => {
  const right: readonly Unrun[] = [
    () =>
      train({
        model: "tiny",
        agent: toolLoop({ tools: [], ask: ({ text }: Question) => text }),
        tasks,
        reward: ({ answer, task }) => {
          expectTypeOf(answer).toEqualTypeOf<ToolLoopAnswer>();
          expectTypeOf(task).toEqualTypeOf<Question>();
          return answer.text === task.answer ? 1 : 0;
        },
        algorithm,
      }),
    () =>
      train({
        model: "tiny",
        agent: async ({ text }, { languageModel: model }) =>
          (await generateText({ model, prompt: text })).text,
        tasks,
        reward: ({ answer, task }) => {
          expectTypeOf(answer).toEqualTypeOf<string>();
          return answer === task.answer ? 1 : 0;
        },
        algorithm,
      }),
    () =>
      train({
        model: "tiny",
        agent: ({ text }, { languageModel: model }) => streamText({ model, prompt: text }).text,
        tasks,
        reward: ({ answer }) => {
          expectTypeOf(answer).toEqualTypeOf<string>();
          return answer.length;
        },
        algorithm,
      }),
  ];
  expect(right).toHaveLength(3);
});

it("does not compile wrong options of an algorithm", () => {
  const wrong: readonly Unrun[] = [
    // @ts-expect-error A key that there is not.
    () => grpo({ steps: 1, learningRate: 1e-3, groupsize: 8 }),
    // @ts-expect-error A rate is needed.
    () => grpo({ steps: 1 }),
    // @ts-expect-error Numbers are no text.
    () => grpo({ steps: 1, learningRate: 1e-3, groupSize: "8" }),
    // @ts-expect-error A loss that GRPO has not.
    () => grpo({ steps: 1, learningRate: 1e-3, loss: "cross_entropy" }),
    // @ts-expect-error A penalty names its coefficient.
    () => grpo({ steps: 1, learningRate: 1e-3, kl: { estimator: "k3" } }),
    // @ts-expect-error One conversation is no list of them.
    () => sft({ conversations: conversations[0]!, learningRate: 1e-3 }),
    // @ts-expect-error A role that there is not.
    () => sft({ conversations: [[{ role: "bot", content: "2" }]], learningRate: 1e-3 }),
  ];
  expect(wrong).toHaveLength(7);
});

it("does not compile a run without a reward, held-out tasks or an algorithm", () => {
  const run = { model: "tiny", agent: () => "", reward: () => 1, algorithm };
  const wrong: readonly Unrun[] = [
    // @ts-expect-error No reward.
    () => train({ model: "tiny", agent, tasks, algorithm }),
    // @ts-expect-error No held-out tasks.
    () => train({ model: "tiny", agent, tasks: { train: questions }, reward, algorithm }),
    // @ts-expect-error No algorithm.
    () => train({ model: "tiny", agent, tasks, reward }),
    // @ts-expect-error The algorithm is made by a call.
    () => train({ model: "tiny", agent, tasks, reward, algorithm: grpo }),
    // @ts-expect-error A key that there is not.
    () => train({ model: "tiny", agent, tasks, reward, algorithm, epochs: 3 }),
    // @ts-expect-error Tasks carry an id.
    () => train({ ...run, tasks: { train: [{}], test: [{}] } }),
  ];
  expect(wrong).toHaveLength(6);
});

it("does not compile an agent or a reward of another shape", () => {
  const asAgent = (given: TrainOptions<Question, string>["agent"]): unknown => given;
  const asReward = (given: TrainOptions<Question, string>["reward"]): unknown => given;
  type Sized = (task: { id: string; size: number }) => string;
  const sized: Sized = ({ size }) => `${size}`;
  const wrong: readonly Unrun[] = [
    // @ts-expect-error The task is the first argument, the model is inside the second.
    () => asAgent((model: { chat(): string }) => model.chat()),
    // @ts-expect-error The answer is a text here.
    () => asAgent(() => 4),
    // @ts-expect-error There is no third argument.
    () => asAgent((_task, _context, _tools) => ""),
    // @ts-expect-error A task has no such key.
    () => asAgent(({ question }) => String(question)),
    // @ts-expect-error An agent of other tasks.
    () => asAgent(sized),
    // @ts-expect-error A reward is a number, no verdict.
    () => asReward(({ answer, task }) => answer === task.answer),
    // @ts-expect-error A reward is given the rollout, not the answer alone.
    () => asReward((answer: string) => answer.length),
  ];
  expect(wrong).toHaveLength(7);
});

/** The names of the algorithms that `hone-rl/algorithms` exports. */
type AlgorithmName = {
  readonly [Name in keyof typeof algorithms]: (typeof algorithms)[Name] extends (
    options: never,
  ) => Algorithm
    ? Name
    : never;
}[keyof typeof algorithms];

/** "drGrpo" → "dr-grpo". */
type Kebab<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `-${Lowercase<First>}`}${Kebab<Rest>}`
  : "";

/** The command of an algorithm: its name in kebab case, but for those that the command line calls otherwise. */
type CommandOf<Name extends string> = Name extends "rewardWeighted" ? "weighted" : Kebab<Name>;

it("does not compile while an algorithm lacks its row in app/trainings.ts", () => {
  expectTypeOf<CommandOf<AlgorithmName>>().toExtend<TrainingName>();
  // The type above finds the algorithms: it is not empty.
  expectTypeOf<"grpo" | "sft">().toExtend<AlgorithmName>();
  expect(Object.keys(trainings)).toContain("grpo");
});
