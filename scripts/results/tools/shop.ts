/** Questions that take three turns: look a price up, double it, say the sum. */
import type { Message } from "hone-rl";
import { tool, toolLoop, type ToolLoopAnswer, toolSettings } from "hone-rl/agents";

const prices = { tea: 3, milk: 2, rice: 4, salt: 5, oil: 7, corn: 6, soap: 8, jam: 9 } as const;
type Item = keyof typeof prices;
const items = Object.keys(prices) as Item[];

/** A question about what two of a thing cost. */
export interface Question {
  readonly id: string;
  readonly question: string;
  readonly item: Item;
}

const price = tool<{ item: string }>({
  name: "price",
  description: "What one costs.",
  parameters: { type: "object", properties: { item: { type: "string" } }, required: ["item"] },
  execute: ({ item }) => String(prices[item as Item] ?? "unknown"),
});

const twice = tool<{ number: number }>({
  name: "twice",
  description: "A number, doubled.",
  parameters: { type: "object", properties: { number: { type: "number" } }, required: ["number"] },
  execute: ({ number }) => String(2 * number),
});

const tools = [price, twice];

/** Hone's own loop with the two tools; three replies and no more. */
export const agent = toolLoop<Question>({ tools, maxSteps: 3 });

/** What the conversations offer, for SFT. */
export const settings = toolSettings(tools);

const beginnings = [
  ...["cost of", "how much are", "price for", "what are", "find", "show me", "sum for", "I want"],
  "pay for",
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

/** What an expert does: three replies, two of them calls. */
export function expertEpisode({ question, item }: Question): Message[] {
  const call = (id: string, name: string, given: object): Message => ({
    role: "assistant",
    content: "",
    toolCalls: [{ id, name, arguments: JSON.stringify(given) }],
  });
  const number = prices[item];
  return [
    { role: "user", content: question },
    call("call00001", "price", { item }),
    { role: "tool", toolCallId: "call00001", content: String(number) },
    call("call00002", "twice", { number }),
    { role: "tool", toolCallId: "call00002", content: String(2 * number) },
    { role: "assistant", content: String(2 * number) },
  ];
}

/**
 * Done is a question of which all three replies are right: the price looked up, the sum computed, and the sum said. Each counts
 * a third, so that groups without a success differ, too.
 */
export function reward({
  answer,
  task: { item },
}: {
  readonly answer: ToolLoopAnswer;
  readonly task: Question;
}) {
  const results = answer.messages.flatMap(({ role, content }) =>
    role === "tool" ? [content] : [],
  );
  const sum = String(2 * prices[item]);
  const looked = results[0] === String(prices[item]) ? 1 : 0;
  const computed = results[1] === sum ? 1 : 0;
  const said = answer.ending === "answer" && answer.text.trim() === sum ? 1 : 0;
  const success = looked * computed * said;
  return {
    total: (looked + computed + said) / 3,
    components: { success, looked, computed, said },
    source: "rule" as const,
  };
}
