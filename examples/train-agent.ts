// Trains an agent that hands requests to the right team: node examples/train-agent.ts [steps of GRPO]
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
const test = tasks.filter((_, index) => index % 4 === 0);
const known = tasks.filter((_, index) => index % 4 !== 0);

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
});

const show = ({ value, low, high }: typeof before.success): string =>
  [value, low, high].map((share) => `${Math.round(100 * share)} %`).join(" | ");
console.log(`             share of ${test.length} held-out requests | 95 % from | to`);
console.log(`before GRPO  ${show(before.success)}`);
console.log(`after GRPO   ${show(after.success)}`);
console.log(`difference   ${show(difference.success)}`);
console.log(checkpoint);
