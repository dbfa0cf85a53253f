// Trains an agent of the Vercel AI SDK as it stands: node examples/ai-sdk-agent.ts [steps of GRPO] [seed] [steps of SFT]
import { generateText, isStepCount, jsonSchema, tool } from "ai";
import { grpo, type Message, sft, train } from "hone-rl";
import { toolSettings } from "hone-rl/agents";

const prices = { tea: "3", milk: "2", rice: "4", salt: "1", oil: "7", corn: "5" };
type Item = keyof typeof prices;
const items = Object.keys(prices) as Item[];

const description = "What a thing costs.";
const parameters = {
  type: "object" as const,
  properties: { item: { type: "string" as const } },
  required: ["item"],
};
const price = tool({
  description,
  inputSchema: jsonSchema<{ item: string }>(parameters),
  execute: ({ item }) => prices[item as Item] ?? "nobody knows",
});

const tasks = ["price of", "what costs", "how much is", "I need", "find", "show me"].flatMap(
  (words) => items.map((item) => ({ id: `${words} ${item}`, question: `${words} ${item}?`, item })),
);
const test = tasks.filter((_, index) => index % 5 === 1);
const known = tasks.filter((_, index) => index % 5 !== 1);

/** What an expert does: it calls the tool and says what comes back. */
const conversations = known.map(({ question, item }): Message[] => [
  { role: "user", content: question },
  {
    role: "assistant",
    content: "",
    toolCalls: [{ id: "call00001", name: "price", arguments: JSON.stringify({ item }) }],
  },
  { role: "tool", toolCallId: "call00001", content: prices[item] },
  { role: "assistant", content: prices[item] },
]);
const settings = toolSettings([{ name: "price", description, parameters }]);

const { before, after, difference } = await train({
  model: "tiny", // made from a seed; a Hugging Face id or a model folder does as well
  agent: async ({ question }, { languageModel, signal }) => {
    const { text } = await generateText({
      model: languageModel, // the policy; every call is recorded with its tokens
      prompt: question,
      tools: { price },
      stopWhen: isStepCount(3),
      abortSignal: signal,
    });
    return text;
  },
  tasks: { train: known, test },
  reward: ({ answer, task }) => (answer === prices[task.item] ? 1 : 0),
  algorithm: [
    sft({
      conversations,
      settings: conversations.map(() => settings),
      steps: Number(process.argv[4] ?? 240),
      batchSize: 8,
      learningRate: 1e-3,
    }),
    grpo({ steps: Number(process.argv[2] ?? 20), learningRate: 2e-4 }),
  ],
  // The words of a new model; calls and tools are words, too.
  texts: conversations.map((messages) => JSON.stringify([settings, messages])),
  sampling: { maxTokens: 40 },
  seed: Number(process.argv[3] ?? 0),
});

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const { value, low, high } = difference.success;
console.log(`${test.length} held-out questions: ${percent(before.success.value)} before GRPO,`);
console.log(`${percent(after.success.value)} after it; the difference is ${percent(value)}`);
console.log(`(95 % interval ${percent(low)} to ${percent(high)})`);
