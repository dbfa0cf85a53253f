/** Inputs that functions are tried on: lists of whole numbers and short texts, drawn from seeds. */
import type { JsonValue } from "../../core/json.ts";
import { Random } from "../../core/random.ts";
import type { ValueType } from "./values.ts";

/** Words of drawn texts: short and long ones, with and without the letter e, and some in capitals. */
const vocabulary = [
  ...["a", "tree", "sees", "the", "Moon", "over", "green", "hills", "and", "we", "eat", "Bread"],
  ...["on", "seven", "quiet", "evenings", "by", "old", "rivers", "I", "often", "walk", "home"],
] as const;

const numberRange = [-9, 20] as const;

/** A list of numbers of the given length; of the `near` numbers and their neighbours more often than of others. */
function drawNumbers(random: Random, length: number, near: readonly number[]): readonly number[] {
  return Array.from({ length }, () => {
    const isNear = near.length > 0 && random.uniform() < 0.4;
    return isNear ? random.pick(near) + random.integer(-1, 1) : random.integer(...numberRange);
  });
}

/** A text of so many words. */
const drawText = (random: Random, words: number): string =>
  Array.from({ length: words }, () => random.pick(vocabulary)).join(" ");

/** What is drawn. */
interface DrawOptions {
  /** Numbers to lie near to, such as the limit of a filter. */
  readonly near?: readonly number[];
  /** Most numbers of a list, or words of a text. */
  readonly most: number;
}

/** Draws an input of a type. Lists may be empty and texts of one word. */
export function drawInput(type: ValueType, random: Random, options: DrawOptions): JsonValue {
  const { near = [], most } = options;
  if (type === "text") return drawText(random, random.integer(1, most));
  return drawNumbers(random, random.integer(0, most), near);
}

/** The inputs by whose results two problems are told apart; the same for every problem. */
const probes = { numbers: drawProbes("numbers"), text: drawProbes("text") } as const;

function drawProbes(type: "numbers" | "text"): readonly JsonValue[] {
  return Array.from({ length: 64 }, (_, i) =>
    drawInput(type, new Random("code probe", type, i), { most: type === "text" ? 7 : 9 }),
  );
}

/** See `probes`. */
export const probesOf = (type: ValueType): readonly JsonValue[] =>
  type === "text" ? probes.text : probes.numbers;
