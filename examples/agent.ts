// Trains an agent that sends requests to the right team: node examples/agent.ts
import { grpo, sft, train } from "hone-rl";

const teams = { refund: "billing", crash: "support", invoice: "billing", login: "support" };
const tasks = Array.from({ length: 200 }, (_, i) => {
  const [topic, team] = Object.entries(teams)[i % 4]!;
  return { id: `order ${i + 100}: ${topic}`, team };
});
const say = (role: "user" | "assistant", content: string) => ({ role, content });
const demonstrated = tasks.filter((_, i) => i < 160 && i % 4 < 2); // refund and crash
const conversations = demonstrated.map(({ id, team }) => [say("user", id), say("assistant", team)]);
const learningRate = 1e-3;

const { before, after } = await train({
  model: "tiny", // made from a seed; a Hugging Face id or a model folder does as well
  agent: async ({ id }, { model }) => (await model.chat([say("user", id)])).content,
  tasks: { train: tasks.slice(0, 160), test: tasks.slice(160) },
  reward: ({ answer, task }) => (answer === task.team ? 1 : 0),
  algorithm: [sft({ conversations, steps: 20, learningRate }), grpo({ steps: 40, learningRate })],
});
console.log(before.success.value, "→", after.success.value);
