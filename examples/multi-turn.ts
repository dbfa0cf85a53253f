// Trains an agent that looks something up before it acts: node examples/multi-turn.ts [steps of GRPO]
import { grpo, type Message, sft, train } from "hone-rl";

/** What customers write, the record that tells more, and what to do when it says this or that. */
const parcel = { record: "orders", actions: { "on its way": "wait", lost: "resend" } };
const money = { record: "payments", actions: { "paid once": "explain", "paid twice": "refund" } };
const cases = [
  { request: "where is my parcel", ...parcel, isDemonstrated: true },
  { request: "my box is not here", ...parcel, isDemonstrated: false },
  { request: "I paid twice", ...money, isDemonstrated: true },
  { request: "money is missing", ...money, isDemonstrated: false },
];
const tasks = ["hello", "hi there", "good morning", "excuse me"].flatMap((greeting) =>
  ["thanks", "please help", "it is urgent"].flatMap((ending) =>
    cases.flatMap(({ request, actions, ...rest }) =>
      Object.entries(actions).map(([content, action]) => {
        const text = `${greeting}, ${request}, ${ending}`;
        return { id: `${text} (${content})`, text, content, action, ...rest };
      }),
    ),
  ),
);
const test = tasks.filter((_, index) => index % 3 === 0);
const known = tasks.filter((_, index) => index % 3 !== 0);

const told = (content: string): Message => ({ role: "user", content });
const said = (content: string): Message => ({ role: "assistant", content });
const conversations = known
  .filter(({ isDemonstrated }) => isDemonstrated)
  .map(({ text, record, content, action }) => [
    told(text),
    said(record),
    told(content),
    said(action),
  ]);

const { before, after, difference, checkpoint } = await train({
  model: "tiny", // made from a seed; a Hugging Face id or a model folder does as well
  agent: async (task, { model, signal }) => {
    const messages = [told(task.text)];
    const wanted = await model.chat(messages, { signal });
    const found = wanted.content === task.record ? task.content : "nothing there";
    // Messages that go on from earlier ones keep their tokens, so that both turns are trained as one row.
    return (await model.chat([...messages, wanted, told(found)], { signal })).content;
  },
  tasks: { train: known, test },
  reward: ({ answer, task }) => (answer === task.action ? 1 : 0),
  algorithm: [
    sft({ conversations, steps: 50, batchSize: 8, learningRate: 1e-3 }),
    grpo({ steps: Number(process.argv[2] ?? 60), learningRate: 2e-4 }),
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
