/** The card of a set, `README.md`: what it is made of, how much there is, how long texts are, what was earned, what is not in it. */
import { type SetSplit, setSplits } from "../../data/sets/task-splits.ts";
import { oneLine, table } from "../../runs/report-text.ts";
import type { Spread } from "./counted-values.ts";
import type { SetNumbers } from "./set-figures.ts";

/** What a card says. */
export interface SetCard {
  /** The tool; "" for the set of preferences. */
  readonly name: string;
  readonly sources: readonly string[];
  readonly seed: number;
  readonly minReward: number | undefined;
  /** How rewards became weights, where they did. */
  readonly weights: string | undefined;
  readonly rows: Readonly<Record<SetSplit, number>>;
  readonly tasks: Readonly<Record<SetSplit, number>>;
  readonly numbers: SetNumbers;
  /** What gave no row, by its reason, of all sets. */
  readonly leftOut: Readonly<Record<string, number>>;
}

/** The text of a card. */
export function cardText(card: SetCard): string {
  const { name, sources, seed, minReward, weights, rows, tasks, numbers, leftOut } = card;
  const { unit, lengths, rewards, weights: given } = numbers;
  const least = minReward === undefined ? "" : ` Rewards of ${minReward} or more.`;
  const rule = weights === undefined ? "" : ` Weights by the rule "${weights}".`;
  const splits = setSplits.map((split) => [split, String(rows[split]), String(tasks[split])]);
  const left = Object.entries(leftOut).map(([reason, count]) => `- ${count}: ${oneLine(reason)}`);
  return [
    `# ${name === "" ? "Preferences" : `Steps of ${oneLine(name)}`}`,
    `Made by hone of ${oneLine(sources.join(", "))}. No task is in two splits (seed ${seed}).${least}${rule}`,
    table(["split", "rows", "tasks of all sets"], splits),
    `## Lengths\n\nIn ${unit}, of the texts alone, without a chat template.`,
    spreadTable("", lengths, 0),
    "## Rewards",
    Object.keys(rewards).length === 0 ? "No row has a reward." : spreadTable("of", rewards, 3),
    ...(Object.keys(given).length === 0 ? [] : ["## Weights", spreadTable("of", given, 3)]),
    "## Left out",
    left.length === 0 ? "Nothing was left out." : `Of all sets:\n\n${left.join("\n")}`,
    "",
  ].join("\n\n");
}

const spreadTable = (
  head: string,
  spreads: Readonly<Record<string, Spread>>,
  digits: number,
): string =>
  table(
    [head, "rows", "total", "mean", "least", "25 %", "50 %", "75 %", "most"],
    Object.entries(spreads).map(([name, { count, total, mean, min, quartiles, max }]) => [
      ...[name, String(count)],
      ...[total, mean, min, ...quartiles, max].map((value) => value.toFixed(digits)),
    ]),
  );
