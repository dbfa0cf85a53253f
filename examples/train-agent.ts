// Trains an agent that hands requests to the right team: node examples/train-agent.ts [steps of GRPO] [seed]
import { grpo, type Message, sft, train } from "hone-rl";

const teams = {
  billing: ["I was charged twice", "my invoice is wrong", "my card was refused"],
  support: ["the app crashes", "the page stays empty", "I cannot log in"],
  sales: ["we need ten more seats", "is there a discount", "can I see a demo"],
};
const tasks = ["hello", "hi there", "good morning", "excuse me"].flatMap((greeting) =>
  ["thanks", "please help", "it is urgent", "what now"].flatMap((ending) =>
    Object.entries(teams).flatMap(([team, requests]) =>
      requests.map((request, index) => ({ id: `${greeting}, ${request}, ${ending}`, team, index })),
    ),
  ),
);
// Steps and rates below were chosen with another quarter held out.
const test = tasks.filter((_, index) => index % 4 === 1);
const known = tasks.filter((_, index) => index % 4 !== 1);

const ask = (text: string): Message => ({ role: "user", content: text });
// One request of each team is demonstrated; the others are learned from the reward alone.
const conversations = known
  .filter(({ index }) => index === 0)
  .map(({ id, team }) => [ask(id), { role: "assistant", content: team } as const]);

const { before, after, difference, checkpoint } = await train({
  model: "tiny", // made from a seed; a Hugging Face id or a model folder does as well
  agent: async ({ id }, { model, signal }) => (await model.chat([ask(id)], { signal })).content,
  tasks: { train: known, test },
  reward: ({ answer, task }) => (answer === task.team ? 1 : 0),
  algorithm: [
    sft({ conversations, steps: 24, batchSize: 8, learningRate: 1e-3 }),
    grpo({ steps: Number(process.argv[2] ?? 80), learningRate: 5e-4 }),
  ],
  sampling: { maxTokens: 6 },
  seed: Number(process.argv[3] ?? 0),
});

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const { value, low, high } = difference.success;
console.log(`${test.length} held-out requests: ${percent(before.success.value)} done before GRPO,`);
console.log(`${percent(after.success.value)} after it; the difference is ${percent(value)}`);
console.log(`(95 % interval ${percent(low)} to ${percent(high)}). The model: ${checkpoint}`);
