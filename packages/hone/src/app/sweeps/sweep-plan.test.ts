import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readSweep } from "./sweep-plan.ts";

const root = mkdtempSync(join(tmpdir(), "hone-sweep-plan-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let files = 0;
const read = (text: string) => {
  const path = join(root, `${++files}.yaml`);
  writeFileSync(path, text);
  return readSweep(path);
};

it("a file becomes combinations and seeds", async () => {
  const grid = "train: grpo\nsettings: { steps: 4 }\nvary: { groupSize: [2, 4] }\nseeds: [3, 5]\n";
  expect(await read(grid)).toEqual({
    train: "grpo",
    settings: { steps: 4 },
    combinations: [{ groupSize: 2 }, { groupSize: 4 }],
    seeds: [3, 5],
  });
  const seeds = await read('{"train": "apo"}');
  expect(seeds).toEqual({ train: "apo", settings: {}, combinations: [{}], seeds: [0] });
  const random = await read(
    "train: sft\nsearch: random\ndraws: 3\nvary: { learningRate: { low: 1e-5, high: 1e-3, scale: log } }\n",
  );
  expect(random.combinations).toHaveLength(3);
});

const wrong: readonly [string, string, RegExp][] = [
  ["a command that there is not", "train: grop\n", /train: expected one of sft, .*grpo/],
  ["no command", "seeds: [1]\n", /train: expected one of/],
  ["a key that there is not", "train: sft\nvaried: {}\n", /:2:1 has the unknown key "varied"/],
  [
    "a setting that there is not",
    "train: sft\nsettings: { stepz: 1 }\n",
    /, settings has the unknown key "stepz"/,
  ],
  [
    "a setting of another command",
    "train: sft\nvary: { groupSize: [2] }\n",
    /, vary has the unknown key "groupSize"/,
  ],
  [
    "an impossible value",
    "train: grpo\nvary: { groupSize: [4, 1] }\n",
    /--group-size: expected at least 2, got 1/,
  ],
  [
    "settings that exclude each other",
    "train: grpo\nsettings: { correctionMax: 2 }\n",
    /--correction-max: it can be given only together/,
  ],
  [
    "a seed among the settings",
    "train: sft\nsettings: { seed: 1 }\n",
    /settings: seed: seeds stand in the list/,
  ],
  [
    "a folder among the settings",
    "train: sft\nvary: { out: [a] }\n",
    /vary: out: every run has a folder/,
  ],
  [
    "a setting twice",
    "train: sft\nsettings: { steps: 1 }\nvary: { steps: [2] }\n",
    /steps stands in settings and in vary/,
  ],
  ["a seed twice", "train: sft\nseeds: [1, 1]\n", /the same seed twice/],
  ["no seeds", "train: sft\nseeds: []\n", /:2:8: seeds: /],
  ["no values", "train: sft\nvary: { steps: [] }\n", /vary: steps: expected a list of values/],
  [
    "a range in a grid",
    "train: sft\nvary: { learningRate: { low: 0.1, high: 1 } }\n",
    /a range is of `search: random`/,
  ],
  ["draws of a grid", "train: sft\ndraws: 2\n", /draws: they are of `search: random`/],
  ["no number of draws", "train: sft\nsearch: random\n", /draws: expected how many/],
  [
    "more draws than there are",
    "train: sft\nsearch: random\ndraws: 3\nvary: { steps: [1, 2] }\n",
    /only 2 different/,
  ],
  [
    "a range without width",
    "train: sft\nsearch: random\ndraws: 1\nvary: { learningRate: { low: 1, high: 1 } }\n",
    /expected a list of values, or for random search a range|low below high/,
  ],
  [
    "more runs than anyone wants",
    `train: sft\nvary: { steps: [${Array.from({ length: 101 }, (_, i) => i + 1).join(",")}] }\nseeds: [${Array.from({ length: 100 }, (_, i) => i).join(",")}]\n`,
    /10100 runs are more than 10000/,
  ],
];
it.each(wrong)("refuses %s", async (_, text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});
