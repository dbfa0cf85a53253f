import { expect, it } from "vitest";
import { cardText } from "./set-card.ts";

it("names in a card stay on their line, and a bar in one does not end a cell of a table", () => {
  const spread = {
    count: 1,
    total: 4,
    mean: 4,
    deviation: 0,
    min: 4,
    quartiles: [4, 4, 4],
    max: 4,
  } as const;
  const card = cardText({
    ...{
      name: "look\nup",
      sources: ["a.jsonl"],
      seed: 0,
      minReward: undefined,
      weights: undefined,
    },
    rows: { train: 1, validation: 0, test: 0 },
    tasks: { train: 1, validation: 0, test: 0 },
    numbers: { unit: "characters", lengths: { "a|b": spread }, rewards: {}, weights: {} },
    leftOut: { "no template (x\n# y)": 2 },
  });
  expect(card).toMatch(/^# Steps of look up$/m);
  expect(card).toMatch("| a\\|b | 1 | 4 |");
  expect(card).toMatch(/^- 2: no template \(x # y\)$/m);
});
