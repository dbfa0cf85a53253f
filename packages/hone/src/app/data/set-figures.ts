/** What a data card says in numbers of a set: how long its texts are, and what was earned. */
import { isObject } from "../../core/json.ts";
import { CountedValues, type Spread } from "./counted-values.ts";
import type { TextMeasure } from "./text-measure.ts";

/** The numbers of a set, by the names of what they are of. */
export interface SetNumbers {
  /** What lengths are counted in. */
  readonly unit: string;
  /** Lengths of the messages of each part of a row: of prompt, completion, chosen, rejected. */
  readonly lengths: Readonly<Record<string, Spread>>;
  /** Of rows, or of both sides of pairs. */
  readonly rewards: Readonly<Record<string, Spread>>;
  /** Of rows, where they have any. */
  readonly weights: Readonly<Record<string, Spread>>;
}

/** Takes the numbers of a set's rows. */
export class SetFigures {
  readonly #measure: TextMeasure;
  readonly #lengths = new Map<string, CountedValues>();
  readonly #rewards = new Map<string, CountedValues>();
  readonly #weights = new Map<string, CountedValues>();

  constructor(measure: TextMeasure) {
    this.#measure = measure;
  }

  /** @param rewards  what was earned, by the name of who earned it; a row's own reward is taken from it */
  add(row: object, rewards: Readonly<Record<string, number>> = {}): void {
    for (const [key, value] of Object.entries(row)) {
      if (key === "reward" && typeof value === "number") note(this.#rewards, "rows", value);
      else if (key === "weight" && typeof value === "number") note(this.#weights, "rows", value);
      else if (key !== "tools" && Array.isArray(value))
        note(this.#lengths, key, this.#lengthOf(value));
    }
    for (const [name, value] of Object.entries(rewards)) note(this.#rewards, name, value);
  }

  get numbers(): SetNumbers {
    return {
      unit: this.#measure.unit,
      lengths: spreadsOf(this.#lengths),
      rewards: spreadsOf(this.#rewards),
      weights: spreadsOf(this.#weights),
    };
  }

  /** The texts of messages, without what a chat template puts around them. */
  #lengthOf(messages: readonly unknown[]): number {
    const texts = messages.filter(isObject).flatMap(textsOf);
    return texts.reduce((sum, text) => sum + this.#measure.lengthOf(text), 0);
  }
}

/** What a message says: its content, its reasoning, and its calls as JSON. */
function textsOf(message: Readonly<Record<string, unknown>>): readonly string[] {
  const { content, reasoning_content: thought, tool_calls: calls } = message;
  return [content, thought, calls === undefined ? undefined : JSON.stringify(calls)].filter(
    (text): text is string => typeof text === "string" && text !== "",
  );
}

function note(of: Map<string, CountedValues>, name: string, value: number): void {
  const values = of.get(name) ?? new CountedValues();
  of.set(name, values);
  values.add(value);
}

const spreadsOf = (of: ReadonlyMap<string, CountedValues>): Readonly<Record<string, Spread>> =>
  Object.fromEntries([...of].map(([name, values]) => [name, values.spread]));
