/** Answers of a real model to questions of calculations, kept as the traces that people judge; and the same model measured. */
import { compare } from "../../../packages/hone/src/evaluation/compare.ts";
import type { Evaluation } from "../../../packages/hone/src/evaluation/evaluate.ts";
import type { Interval } from "../../../packages/hone/src/evaluation/intervals.ts";
import { openStore } from "../../../packages/hone/src/app/open-store.ts";
import { evaluate } from "../../../packages/hone/src/app/training/evaluate-agent.ts";
import type { AgentContext } from "../../../packages/hone/src/ports/agent.ts";
import { traceOfRollout } from "../../../packages/hone/src/rollouts/rollout-trace.ts";
import {
  askedCalculation,
  type Calculation,
  calculations,
  scoreCalculation,
} from "../real/calculations.ts";

/** Everything that decides what people are shown, and what is measured. */
export const plan = { questions: 60, answersEach: 4, heldOut: 64, maxTokens: 10 } as const;

/** What the agent was asked, by the words of the question. */
export const asked: ReadonlyMap<string, Calculation> = new Map(
  calculations("train", plan.questions, 0).map((one) => [one.question, one]),
);

/** The agent: one call, whose reply is the answer. */
const calculator = {
  agent: async (task: Calculation, { model, signal }: AgentContext) =>
    (await model.chat(askedCalculation(task), { maxTokens: plan.maxTokens, signal })).content,
  reward: ({ answer, task }: { readonly answer: string; readonly task: Calculation }) =>
    scoreCalculation(answer, task),
  // Other programs on the machine are no reason to fail a try.
  deadline: 3600,
};

/** Samples the answers into a store, without the score of the rule: that is what people are to say. How many there are. */
export async function recordAnswers(model: string, store: string): Promise<number> {
  const { rollouts } = await evaluate({
    ...calculator,
    ...{ model, tasks: [...asked.values()], mode: "sampled", samplesPerTask: plan.answersEach },
  });
  const opened = await openStore(store);
  try {
    await opened.put(
      rollouts.map((rollout, i) => {
        const [group, index] = [Math.floor(i / plan.answersEach), i % plan.answersEach];
        const origin = {
          run: "calculator",
          phase: "answers",
          split: "train",
          group,
          index,
        } as const;
        const unscored = { ...rollout, reward: undefined };
        return traceOfRollout(unscored, {
          ...{ ...origin, agent: "calculator", endedAt: Date.now() },
          taskText: rollout.task.question,
        });
      }),
    );
  } finally {
    await opened.close();
  }
  return rollouts.length;
}

/** The model or the run, on questions that nobody was shown. */
export const measured = (model: string): Promise<Evaluation> =>
  evaluate({ ...calculator, model, tasks: calculations("heldOut", plan.heldOut, 0) });

/** The paired difference of two measurements. */
export const difference = (before: Evaluation, after: Evaluation): Interval =>
  compare(before, after).success;

/** 2 for what gives the right result, 1 for another calculation, 0 for anything else. */
export function qualityOf(question: string, answer: string): 0 | 1 | 2 {
  const { components } = scoreCalculation(answer, asked.get(question)!);
  return components["success"] === 1 ? 2 : components["calculates"] === 1 ? 1 : 0;
}
