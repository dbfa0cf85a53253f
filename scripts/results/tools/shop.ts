/**
 * Questions that take three turns: look a price up in one of two shops, have it doubled, say the sum. One shop is cheaper, which experts do
 * not know: two of three go to the other. They show how to ask and what to do with an answer; where to ask is left to the reward.
 */
import type { Message } from "hone-rl";
import { tool, toolLoop, type ToolLoopAnswer, toolSettings } from "hone-rl/agents";

const lowest = { tea: 3, milk: 2, rice: 4, salt: 5, oil: 7, corn: 6, soap: 8, jam: 9 } as const;
type Item = keyof typeof lowest;
const items = Object.keys(lowest) as Item[];

const shops = ["north", "south"] as const;
type Shop = (typeof shops)[number];

/** What a thing costs in a shop more than in the cheapest. */
const surcharges: Readonly<Record<Shop, number>> = { north: 1, south: 0 };
const priceAt = (item: Item, shop: Shop): number => lowest[item] + surcharges[shop];

/** A question about what two of a thing cost. */
export interface Question {
  readonly id: string;
  readonly question: string;
  readonly item: Item;
}

const isItem = (name: string): name is Item => (items as readonly string[]).includes(name);

const priceTools = shops.map((shop) =>
  tool<{ item: string }>({
    name: shop,
    description: `Price in the ${shop}.`,
    parameters: { type: "object", properties: { item: { type: "string" } }, required: ["item"] },
    execute: ({ item }) => (isItem(item) ? String(priceAt(item, shop)) : "unknown"),
  }),
);

const twice = tool<{ number: number }>({
  name: "twice",
  description: "Doubled.",
  parameters: { type: "object", properties: { number: { type: "number" } }, required: ["number"] },
  execute: ({ number }) => String(2 * number),
});

const tools = [...priceTools, twice];

/** Hone's own loop with the tools; three replies and no more. */
export const agent = toolLoop<Question>({ tools, maxSteps: 3 });

/** What the conversations offer, for SFT. */
export const settings = toolSettings(tools);

const beginnings = [
  ...["cost of", "how much are", "price for", "what are", "find", "show me", "sum for", "I want"],
  ...[
    "pay for",
    "how much is",
    "price of",
    "what costs",
    "look up",
    "tell me",
    "total for",
    "I need",
  ],
].flatMap((words) => [`${words} two`, `${words} 2`]);

const questions = beginnings.flatMap((words) =>
  items.map((item): Question => {
    const question = `${words} ${item}?`;
    return { id: question, question, item };
  }),
);

/** Of each thing several wordings are held out; it is asked in the others in training. */
const isHeldOut = (index: number): boolean => (index + 5 * Math.floor(index / 8)) % 10 < 3;
export const heldOut = questions.filter((_, index) => isHeldOut(index));
export const known = questions.filter((_, index) => !isHeldOut(index));

/** What an expert does who goes to a shop: three replies, two of them calls. */
function episodeAt(shop: Shop, { question, item }: Question): Message[] {
  const call = (id: string, name: string, given: object): Message => ({
    role: "assistant",
    content: "",
    toolCalls: [{ id, name, arguments: JSON.stringify(given) }],
  });
  const number = priceAt(item, shop);
  return [
    { role: "user", content: question },
    call("call00001", shop, { item }),
    { role: "tool", toolCallId: "call00001", content: String(number) },
    call("call00002", "twice", { number }),
    { role: "tool", toolCallId: "call00002", content: String(2 * number) },
    { role: "assistant", content: String(2 * number) },
  ];
}

/** Episodes of experts, of whom each goes to a shop that he is used to: two of three to the dearer one, for no reason in the question. */
export const expertEpisodes = (questions: readonly Question[]): Message[][] =>
  questions.map((question, i) =>
    episodeAt((i + Math.floor(i / items.length)) % 3 === 0 ? "south" : "north", question),
  );

/**
 * Done is a question of which all is right: a price looked up, that price doubled, the sum said, and the price the lowest. Each
 * counts a quarter, so that groups without a success differ, too.
 */
export function reward({
  answer,
  task: { item },
}: {
  readonly answer: ToolLoopAnswer;
  readonly task: Question;
}) {
  const [first, second] = answer.messages.flatMap(({ role, content }) =>
    role === "tool" ? [content] : [],
  );
  const paid = shops.map((shop) => priceAt(item, shop)).find((one) => String(one) === first);
  const sum = paid === undefined ? undefined : String(2 * paid);
  const looked = paid === undefined ? 0 : 1;
  const computed = sum !== undefined && second === sum ? 1 : 0;
  const said =
    answer.ending === "answer" && sum !== undefined && answer.text.trim() === sum ? 1 : 0;
  const cheapest = paid === lowest[item] ? 1 : 0;
  const success = computed * said * cheapest;
  return {
    total: (looked + computed + said + cheapest) / 4,
    components: { success, looked, computed, said, cheapest },
    source: "rule" as const,
  };
}
