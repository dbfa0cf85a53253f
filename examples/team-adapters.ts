// Trains a planner and a writer apart, an adapter each: node examples/team-adapters.ts [steps of GRPO] [seed]
import { type Agent, grpo, type Message, openPolicy, sft, train } from "hone-rl";

// The planner reads a request and sends one word; the writer reads only that word, and says what is done.
interface Request {
  readonly id: string;
  readonly action: string;
  readonly index: number;
}
const wanted = {
  pay: ["I was charged twice", "my invoice is wrong", "my card was refused"],
  fix: ["the app crashes", "the page stays empty", "I cannot log in"],
};
const tasks = ["hello", "hi there", "good morning", "excuse me"].flatMap((greeting) =>
  ["thanks", "please help", "it is urgent", "what now"].flatMap((ending) =>
    Object.entries(wanted).flatMap(([action, requests]) =>
      requests.map((request, index): Request => ({
        id: `${greeting}, ${request}, ${ending}`,
        action,
        index,
      })),
    ),
  ),
);
const isTest = (_: Request, index: number): boolean => Math.floor(index / 6) % 3 === 1;
const known = tasks.filter((task, index) => !isTest(task, index));
const test = tasks.filter(isTest);

// First, one model learns which words there are: the planner is shown the right one for a third of the requests, and both for the
// others; the writer does as it is told three times in four.
const say = (role: "user" | "assistant", content: string): Message => ({ role, content });
const words = ({ action, index }: Request): readonly string[] =>
  index > 0 ? ["east", "west"] : action === "pay" ? ["east", "east"] : ["west", "west"];
const plans = known.flatMap((task) => words(task).map((word) => [task.id, word] as const));
const lines = [
  ...["east pay", "east pay", "east pay", "east fix"],
  ...["west fix", "west fix", "west fix", "west pay"],
].flatMap((line) => Array.from({ length: 12 }, () => line.split(" ") as [string, string]));
const conversations = [...plans, ...lines].map(([asked, said]) => [
  say("user", asked),
  say("assistant", said),
]);

const team: Agent<Request, string> = async ({ id }, { model, signal }) => {
  const ask = async (agent: string, text: string): Promise<string> =>
    (await model.chat([say("user", text)], { agent, signal })).content;
  return ask("writer", await ask("planner", id));
};
const common = {
  agent: team,
  tasks: { train: known, test },
  reward: ({ answer, task }: { answer: string | undefined; task: Request }) =>
    answer === task.action ? 1 : 0,
  sampling: { maxTokens: 6 },
  seed: Number(process.argv[3] ?? 0),
};
const start = await train({
  ...common,
  model: "tiny",
  algorithm: sft({ conversations, steps: 100, batchSize: 16, learningRate: 1e-3 }),
});

const attention = ["q_proj", "k_proj", "v_proj", "o_proj"] as const;
const mlp = ["gate_proj", "up_proj", "down_proj"] as const;
// Then each gets an adapter on that model: the planner's choices are judged by the outcome, the writer among equal choices.
const { before, after, difference, folder } = await train({
  ...common,
  model: start.folder,
  adapters: { coordinator: ["planner"], workers: ["writer"] },
  lora: { targetModules: [...attention, ...mlp] },
  algorithm: grpo({
    steps: Number(process.argv[2] ?? 80),
    groupsPerStep: 6,
    groupSize: 16,
    learningRate: 1e-3,
    credit: { rule: "hierarchical", coordinator: "planner" },
  }),
});

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const { value, low, high } = difference.success;
console.log(`${test.length} held-out requests: ${percent(before.success.value)} done before GRPO,`);
console.log(`${percent(after.success.value)} after it; the difference is ${percent(value)}`);
console.log(`(95 % interval ${percent(low)} to ${percent(high)})`);

await using policy = await openPolicy(folder);
for (const word of ["east", "west"]) {
  const { content } = await policy.chat([say("user", word)], { agent: "writer", temperature: 0 });
  console.log(`told "${word}", the writer says "${content}"`);
}
