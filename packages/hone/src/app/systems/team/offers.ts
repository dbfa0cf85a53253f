/** Tasks of `hone run team`: which of some offers is the cheapest. Each is quick to check and easy to get wrong. */
import { Random, randomBits } from "../../../core/random.ts";
import type { Task } from "../../../core/rollout.ts";

/** Offers under letters, with prices, and the letter of the cheapest. */
export interface OffersTask extends Task {
  /** "a 4 b 1 c 8 d 6". */
  readonly text: string;
  readonly letters: readonly string[];
  /** The letter of the cheapest. */
  readonly answer: string;
}

/** Which tasks are drawn. */
export interface OffersOptions {
  readonly split: "train" | "test";
  readonly count: number;
  readonly seed: number;
}

const letters = ["a", "b", "c", "d"] as const;

/** Prices from 1 to 9; those of a task differ. */
const prices: readonly number[] = Array.from({ length: 9 }, (_, i) => i + 1);

/** A fifth of the 3,024 lists of prices are for tests, by what they say, so that none is in both splits whatever the seed. */
const isTest = (text: string): boolean => randomBits("offers", "split", text) % 5 === 0;

/** Tasks that differ, a function of split and seed. @param count  at most 2,000 of "train", 500 of "test" */
export function offersTasks({ split, count, seed }: OffersOptions): readonly OffersTask[] {
  const tasks = new Map<string, OffersTask>();
  for (let draw = 0; tasks.size < count; draw++) {
    const drawn = new Random("offers", seed, split, draw).shuffle(prices);
    const task = taskOf(drawn.slice(0, letters.length));
    if (isTest(task.text) === (split === "test")) tasks.set(task.text, task);
  }
  return [...tasks.values()];
}

function taskOf(of: readonly number[]): OffersTask {
  const text = letters.map((letter, i) => `${letter} ${of[i]}`).join(" ");
  const cheapest = of.indexOf(Math.min(...of));
  return { id: text, text, letters, answer: letters[cheapest]! };
}
