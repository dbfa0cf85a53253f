// Trains the agent of agent.ts: npm run train
import { grpo, sft, train } from "hone-rl";
import { agent, reward, shown, tasks } from "./agent.ts";

const { before, after, checkpoint, report } = await train({
  model: "tiny", // made from a seed; a Hugging Face id or a model folder does as well
  agent,
  tasks,
  reward,
  algorithm: [
    sft({ conversations: shown, steps: 12, learningRate: 1e-3 }),
    grpo({ steps: 40, learningRate: 1e-3 }),
  ],
  sampling: { maxTokens: 8 },
});

console.log(`success before GRPO ${before.success.value}, after it ${after.success.value}`);
console.log(`the model: ${checkpoint}`);
console.log(`the report: ${report}`);
