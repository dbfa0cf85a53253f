/** A small run with rollouts, for tests of what its store holds: in the test's process, or in one that dies. */
import { join } from "node:path";
import { grpo } from "../../../algorithms/policy-gradient/grpo.ts";
import type { TrainOptions } from "../train-options.ts";

interface Question {
  readonly id: string;
  readonly text: string;
}

const model = join(import.meta.dirname, "../../../../../../test/golden/models/qwen2");

const questions = (...texts: string[]): Question[] => texts.map((text) => ({ id: text, text }));

/** Two steps of two groups of three; the reward of the last rollout of each second group fails. */
export const keptRun = {
  model,
  agent: async (task, { model: policy, signal }) => {
    const first = { role: "user", content: task.text } as const;
    const reply = await policy.chat([first], { signal });
    const again = { role: "user", content: "sure?" } as const;
    return (await policy.chat([first, reply, again], { signal })).content;
  },
  tasks: { train: questions("one", "two", "three"), test: questions("four", "five") },
  reward: ({ answer, id }) => {
    if (id.endsWith("group-01-rollout-02")) throw new Error("no reward for this one");
    const length = (answer ?? "").length % 5;
    return { total: length, components: { length, success: length > 2 ? 1 : 0 }, source: "rule" };
  },
  algorithm: grpo({ steps: 2, groupSize: 3, groupsPerStep: 2, learningRate: 1e-3 }),
  sampling: { maxTokens: 6 },
  threads: 1,
} satisfies TrainOptions<Question, string>;

export type KeptRunOptions = TrainOptions<Question, string>;
