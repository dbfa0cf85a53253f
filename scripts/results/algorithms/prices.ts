/** Questions that take two turns, of which only the last is rewarded: ask a tool for a price, say the double. */
import type { Message } from "../../../packages/hone/src/core/message.ts";
import { Random } from "../../../packages/hone/src/core/random.ts";
import type { Task } from "../../../packages/hone/src/core/rollout.ts";
import { problem } from "./problem.ts";

const items = ["tea", "milk", "rice", "salt", "oil", "corn", "soap", "jam"] as const;
type Item = (typeof items)[number];

/** What two of a thing cost in a shop with prices of its own. */
interface Question extends Task {
  readonly question: string;
  readonly item: Item;
  readonly prices: Readonly<Record<Item, number>>;
}

const maxTokens = 8;

const beginnings = [
  ...["cost of", "how much are", "price for", "what are", "find", "show me", "sum for", "I want"],
  "pay for",
].flatMap((words) => [`${words} two`, `${words} 2`]);

/** Every wording for every thing in three shops; of each thing some wordings are held out. */
const questions = beginnings.flatMap((words, i) =>
  items.flatMap((item, j) =>
    [1, 2, 3].map((shop) => {
      const question = `${words} ${item}?`;
      const id = `${question} shop ${shop}`;
      const random = new Random("prices", id);
      const prices = Object.fromEntries(items.map((one) => [one, random.integer(2, 9)]));
      const isHeldOut = (i + 3 * j) % 10 < 3;
      // The object has a price for each item.
      return { isHeldOut, task: { id, question, item, prices: prices as Record<Item, number> } };
    }),
  ),
);

const taken = (heldOut: boolean, count: number): readonly Question[] =>
  new Random("prices, taken", count)
    .shuffle(questions.filter(({ isHeldOut }) => isHeldOut === heldOut))
    .slice(0, count)
    .map(({ task }) => task);

const user = (content: string): Message => ({ role: "user", content });
const assistant = (content: string): Message => ({ role: "assistant", content });

/** The tool: a price, or that it was asked wrongly. */
function priceOf(reply: string, { prices }: Question): string {
  const item = items.find((one) => reply.trim() === `price ${one}`);
  return item === undefined ? "unknown" : String(prices[item]);
}

/** A call of a tool and an answer; the answer alone is rewarded. */
export const prices = problem<Question, string>({
  name: "prices",
  title: "Prices by a tool",
  text:
    "`how much are two tea?`: the agent writes `price tea`, a tool answers with the price in that shop, 3, and the agent says 6. " +
    "Only that last reply is rewarded, with 1 for the right sum, so the reward of the first comes a turn late.",
  maxTokens,
  tokensPerAnswer: 2 * maxTokens,
  tasks: { train: taken(false, 200), test: taken(true, 100) },
  async agent(task, { model, signal }) {
    const asked = user(task.question);
    const reply = await model.chat([asked], { signal });
    const told = user(priceOf(reply.content, task));
    return (await model.chat([asked, reply, told], { signal })).content;
  },
  reward({ answer, task: { item, prices: of } }) {
    const success = answer?.trim() === String(2 * of[item]) ? 1 : 0;
    return { total: success, components: { success }, source: "rule" };
  },
  expert({ question, item, prices: of }, mistakeRate, seed) {
    const random = new Random("prices expert", seed);
    const asked = random.uniform() < mistakeRate ? random.pick(items) : item;
    const isOff = random.uniform() < mistakeRate;
    const said = 2 * of[asked] + (isOff ? random.pick([-2, -1, 1, 2]) : 0);
    const answer = assistant(String(said));
    return [user(question), assistant(`price ${asked}`), user(String(of[asked])), answer];
  },
  hint: ({ item, prices: of }) => `${item} ${2 * of[item]}`,
});
