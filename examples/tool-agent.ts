// Trains an agent that looks prices up by calling a tool: node examples/tool-agent.ts [steps of GRPO] [seed] [steps of SFT]
import { grpo, type Message, sft, train } from "hone-rl";
import { tool, toolLoop, toolSettings } from "hone-rl/agents";

const prices = { tea: "3", milk: "2", rice: "4", salt: "1", oil: "7", corn: "5" };
type Item = keyof typeof prices;
const items = Object.keys(prices) as Item[];

const price = tool<{ item: string }>({
  name: "price",
  description: "What a thing costs.",
  parameters: {
    type: "object",
    properties: { item: { type: "string" } },
    required: ["item"],
  },
  execute: ({ item }) => prices[item as Item],
});

const questions = [
  "price of",
  "what costs",
  "how much is",
  "I need",
  "find",
  "show me",
  "price for",
].flatMap((words) =>
  items.map((item) => ({ id: `${words} ${item}`, question: `${words} ${item}?`, item })),
);
const test = questions.filter((_, index) => index % 5 === 1);
const known = questions.filter((_, index) => index % 5 !== 1);

/** What an expert does: it calls the tool and hands on what comes back. */
const conversations = known.map(({ question, item }): Message[] => [
  { role: "user", content: question },
  {
    role: "assistant",
    content: "",
    toolCalls: [{ id: "call00001", name: "price", arguments: JSON.stringify({ item }) }],
  },
  { role: "tool", toolCallId: "call00001", content: prices[item] },
  { role: "assistant", content: "here it is" },
]);

const agent = toolLoop({ tools: [price], maxSteps: 3 });
const { before, after, difference } = await train({
  model: "tiny", // made from a seed; a Hugging Face id or a model folder does as well
  agent,
  tasks: { train: known, test },
  // Done is what looked the right thing up.
  reward: ({ answer, task }) =>
    answer.messages.some(({ role, content }) => role === "tool" && content === prices[task.item])
      ? 1
      : 0,
  algorithm: [
    sft({
      conversations,
      settings: conversations.map(() => toolSettings([price])),
      steps: Number(process.argv[4] ?? 240),
      batchSize: 8,
      learningRate: 1e-3,
    }),
    grpo({ steps: Number(process.argv[2] ?? 20), learningRate: 2e-4 }),
  ],
  // The words of a new model; calls and tools are words, too.
  texts: conversations.map((messages) => JSON.stringify([toolSettings([price]), messages])),
  sampling: { maxTokens: 40 },
  seed: Number(process.argv[3] ?? 0),
});

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const { value, low, high } = difference.success;
console.log(`${test.length} held-out questions: ${percent(before.success.value)} before GRPO,`);
console.log(`${percent(after.success.value)} after it; the difference is ${percent(value)}`);
console.log(`(95 % interval ${percent(low)} to ${percent(high)})`);
