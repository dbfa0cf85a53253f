// The shop that the agent serves: its orders, its stock, and what its customers ask. All of it follows from fixed seeds.

/** What became of an order. */
export type State = "packed" | "shipped" | "delivered" | "delayed" | "lost";

/** What the agent is to say about an order by its state, and about an item by whether it is in stock. */
export const rightAnswers = {
  packed: "It leaves today.",
  shipped: "It is on its way.",
  delivered: "It was delivered.",
  delayed: "It is late. You get 10 % back.",
  lost: "It is lost. You get a refund.",
  inStock: "Yes, we have it.",
  soldOut: "Sorry, it is sold out.",
} as const;

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const pick = <T>(values: readonly T[], random: () => number): T =>
  values[Math.floor(random() * values.length)]!;

/** Late and lost orders thrice: they are what most customers write about. */
const states: readonly State[] = [
  ...(["packed", "shipped", "delivered"] as const),
  ...(["delayed", "delayed", "delayed", "lost", "lost", "lost"] as const),
];

const random = seededNumbers(7);

/** The orders by the names of those who ordered. */
export const orders: ReadonlyMap<string, State> = new Map(
  [
    ...["Adams", "Baker", "Clark", "Davis", "Evans", "Foster", "Green", "Hughes"],
    ...["Irwin", "Jones", "King", "Lewis", "Moore", "Nash", "Owen", "Parker"],
    ...["Quinn", "Reed", "Smith", "Turner", "Usher", "Vance", "Walker", "Young"],
  ].map((name) => [name, pick(states, random)]),
);

/** How many of each item there are. */
export const stock: ReadonlyMap<string, number> = new Map(
  ["kettle", "lamp", "clock", "mirror", "carpet", "vase"].map((item) => [
    item,
    random() < 0.5 ? 0 : 1 + Math.floor(9 * random()),
  ]),
);

/** What the agent is to answer a question by the facts. */
export function rightAnswer(question: string): string {
  const order = [...orders].find(([name]) => question.includes(name));
  if (order !== undefined) return rightAnswers[order[1]];
  const item = [...stock].find(([name]) => question.includes(name));
  return rightAnswers[item !== undefined && item[1] > 0 ? "inStock" : "soldOut"];
}

const aboutOrders = [
  ...["Where is the order of", "What about the order of", "Has anyone seen the order of"],
  ...["Any news for", "When comes the order of", "I am still waiting, my name is"],
];
const aboutItems = [
  ...["Do you have a", "Can I buy a", "Is there still a"],
  ...["I want a", "Is there a", "I need a"],
];

/** What a customer asks: four times in five about an order. */
export const question = (draw: () => number): string =>
  draw() < 4 / 5
    ? `${pick(aboutOrders, draw)} ${pick([...orders.keys()], draw)}?`
    : `${pick(aboutItems, draw)} ${pick([...stock.keys()], draw)}?`;
