/**
 * Questions that one of three tools answers, from a seed, with the call that is right. Held-out questions have wordings, places
 * and things of their own, which no question to learn from has.
 */
import { checkCall } from "../../../packages/hone/src/agents/tools/check-call.ts";
import { tool, type Tool } from "../../../packages/hone/src/agents/tools/tool.ts";
import { isObject, parseJson } from "../../../packages/hone/src/core/json.ts";
import type { Message } from "../../../packages/hone/src/core/message.ts";
import { Random } from "../../../packages/hone/src/core/random.ts";
import type { Reward, Task } from "../../../packages/hone/src/core/rollout.ts";

/** A question, and the call that answers it. */
export interface ToolQuestion extends Task {
  readonly question: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, string | number>>;
}

type Split = "train" | "heldOut";

/** Texts to fill in: those to learn from, those that are held out. */
type Words = Readonly<Record<Split, readonly string[]>>;

const cities: Words = {
  train: [
    ...["Oslo", "Rome", "Lima", "Cairo", "Berlin", "Madrid", "Toronto", "Dublin"],
    ...["Tokyo", "Delhi", "Sydney", "Chicago", "Geneva", "Porto", "Prague", "Warsaw"],
  ],
  heldOut: ["Paris", "Vienna", "Athens", "Boston"],
};
const things: Words = {
  train: ["call the bank", "buy milk", "water the plants", "pay the rent", "feed the cat"],
  heldOut: ["book a table", "clean the car", "send the letter"],
};
const currencies = ["dollars", "euros", "pounds", "francs"];

/** A tool, what may be asked of it, and how: `{}` stands for an argument, in the order of the schema. */
interface Kind {
  readonly tool: Tool;
  readonly wordings: Words;
  readonly draw: (random: Random, split: Split) => readonly (string | number)[];
}

const described = (
  name: string,
  description: string,
  properties: Readonly<Record<string, object>>,
): Tool =>
  tool({
    name,
    description,
    parameters: { type: "object", properties, required: Object.keys(properties) },
    execute: () => "",
  });

const text = { type: "string" };

const kinds: readonly Kind[] = [
  {
    tool: described("weather", "The weather in a city.", {
      city: text,
      day: { enum: ["today", "tomorrow"] },
    }),
    wordings: {
      train: [
        "How is the weather in {} {}?",
        "Will it rain in {} {}?",
        "Do I need a coat in {} {}?",
        "Tell me how warm it gets in {} {}.",
      ],
      heldOut: ["Is it sunny in {} {}?", "I am going to {} {}, will I need an umbrella?"],
    },
    draw: (random, split) => [random.pick(cities[split]), random.pick(["today", "tomorrow"])],
  },
  {
    tool: described("convert", "Converts money.", {
      amount: { type: "number" },
      from: text,
      to: text,
    }),
    wordings: {
      train: [
        "How much are {} {} in {}?",
        "Convert {} {} to {}.",
        "I have {} {}, what do I get in {}?",
        "Change {} {} into {}, please.",
      ],
      heldOut: ["What are {} {} worth in {}?", "My bill is {} {}, how much is that in {}?"],
    },
    draw: (random) => {
      const [from, to] = random.shuffle(currencies);
      return [random.integer(2, 99), from!, to!];
    },
  },
  {
    tool: described("remind", "Sets a reminder.", {
      text,
      hour: { type: "integer", minimum: 0, maximum: 23 },
    }),
    wordings: {
      train: [
        "Remind me to {} at {} o'clock.",
        "I must not forget to {} at {} o'clock.",
        "Set a reminder to {} at {} o'clock.",
        "Please tell me to {} at {} o'clock.",
      ],
      heldOut: ["I want to {} at {} o'clock, remind me.", "Wake me up to {} at {} o'clock."],
    },
    draw: (random, split) => [random.pick(things[split]), random.integer(6, 22)],
  },
];

/** The tools that every question is asked with. */
export const tools: readonly Tool[] = kinds.map((kind) => kind.tool);

/** Different questions, as many of each tool. */
export function toolQuestions(split: Split, count: number, seed: number): ToolQuestion[] {
  const random = new Random("tool questions", split, seed);
  const questions = new Map<string, ToolQuestion>();
  for (let tries = 0; questions.size < count; tries++) {
    if (tries > 100 * count) throw new Error(`there are no ${count} different questions`);
    const kind = kinds[questions.size % kinds.length]!;
    const values = kind.draw(random, split);
    const left = [...values];
    const question = random
      .pick(kind.wordings[split])
      .replace(/\{\}/gu, () => String(left.shift()));
    const names = Object.keys(kind.tool.parameters["properties"] as object);
    const given = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
    questions.set(question, { id: question, question, tool: kind.tool.name, arguments: given });
  }
  return [...questions.values()];
}

/** The question with the call that an expert makes. */
export const expertCall = ({ question, tool: name, arguments: given }: ToolQuestion): Message[] => [
  { role: "user", content: question },
  {
    role: "assistant",
    content: "",
    toolCalls: [{ id: "call00001", name, arguments: JSON.stringify(given) }],
  },
];

/**
 * What a reply is worth. Success: exactly one call, which can be read, fits the tool's schema and is of the right tool. The
 * components say how far the others came, and how many calls have the very arguments.
 */
export function scoreCall(reply: Message, task: ToolQuestion): Reward {
  const calls = reply.toolCalls ?? [];
  const one = calls.length === 1 ? calls[0] : undefined;
  const checked = one && checkCall(one, tools, false);
  const isReady = checked?.kind === "ready" && checked.repairs === 0;
  const isRight = isReady && checked.tool.name === task.tool;
  const isExact = isRight && sameArguments(one!.arguments, task.arguments);
  return {
    total: Number(isRight),
    components: {
      success: Number(isRight),
      read: Number(one !== undefined),
      fitsSchema: Number(isReady),
      rightArguments: Number(isExact),
    },
    source: "rule",
  };
}

function sameArguments(given: string, expected: ToolQuestion["arguments"]): boolean {
  const read = parseJson(given);
  if (!isObject(read)) return false;
  const names = Object.keys(expected);
  return (
    Object.keys(read).length === names.length &&
    names.every((name) => read[name] === expected[name])
  );
}
