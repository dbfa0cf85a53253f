// Learns from rollouts that were kept: the good ones of a first run teach a second one. node examples/stored-rollouts.ts
import { grpo, rolloutsOf, sft, train } from "hone-rl";
import { trajectoriesOf } from "hone-rl/algorithms";

const tasks = ["red", "green", "blue", "black"].map((id) => ({ id }));
const run = {
  model: "tiny",
  agent: async ({ id }: { id: string }, { model }) =>
    (await model.chat([{ role: "user", content: id }])).content,
  tasks: { train: tasks, test: tasks },
  reward: ({ answer }: { answer: string }) => (/[aeiou]/.test(answer) ? 1 : 0),
  sampling: { maxTokens: 8 },
} satisfies Omit<Parameters<typeof train<{ id: string }, string>>[0], "algorithm">;

// Every rollout of a run is in its folder, with the tokens that were sampled and their log-probs.
const first = await train({ ...run, algorithm: grpo({ steps: 2, learningRate: 0 }) });
const store = `sqlite:${first.folder}/rollouts.db`;
const { groups, text } = await rolloutsOf(store, { split: "train", minReward: 1 });
console.log(text);

const rows = groups.flatMap(({ rollouts }) => rollouts.flatMap((one) => trajectoriesOf(one).rows));
const second = await train({
  ...run,
  model: first.checkpoint,
  lora: false,
  algorithm: sft({ rows, steps: 20, learningRate: 3e-3 }),
});
console.log(`${second.before.success.value} → ${second.after.success.value}`);
