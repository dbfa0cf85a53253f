/** `hone train all`: every stage with tiny models and few steps, and again where all is there. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { readTrajectories } from "../data/all-trajectories.ts";
import { createRlDataset } from "../data/rl-dataset.ts";

const root = mkdtempSync(join(tmpdir(), "hone-train-all-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const hone = (...words: readonly string[]) => commandLine(words, { folder: root });

mkdirSync(join(root, "configs"));
const write = (name: string, text: string): void =>
  writeFileSync(join(root, "configs", name), text);
write(
  "training_config.yaml",
  `agents:
  math: { questions: ["Solve the equation 2x + 5 = 13"], count: 5, samples: 2, mistake_rate: 0.3 }
sft: { config: configs/trl_defaults.yaml, tools: [subtract_terms] }
rl: { config: configs/rl_defaults.yaml }
`,
);
const few = "test_tasks: 1\nkeep_rollouts: none\n";
write(
  "trl_defaults.yaml",
  `learning_rate: 2.0e-3\nmax_steps: 1\nper_device_train_batch_size: 2\ngradient_accumulation_steps: 2\n${few}`,
);
write(
  "rl_defaults.yaml",
  `learning_rate: 1.0e-5\nbatch_size: 2\nppo_epochs: 1\nmin_reward: 0.0\nsteps: 2\ngroup_size: 2\nmax_actions: 1\nmax_tokens: 2\ntrajectory_steps: 1\n${few}`,
);

it("makes trajectories, rewards, sets and models, and leaves them where they are there", async () => {
  const { code, stdout, stderr } = await hone("train", "all", "--threads", "1");
  expect(code, stderr).toBe(0);
  expect(readdirSync(join(root, "data/raw/math"))).toHaveLength(12);
  expect(readdirSync(join(root, "data/unified/math"))).toHaveLength(12);
  expect(existsSync(join(root, "data/sft/subtract_terms/train.jsonl"))).toBe(true);
  const { statistics } = JSON.parse(
    readFileSync(join(root, "data/rewards/analysis.json"), "utf8"),
  ) as { readonly statistics: Readonly<Record<string, object>> };
  expect(Object.keys(statistics)).toEqual(["all", "math"]);
  for (const model of ["base", "sft/subtract_terms", "rl"])
    expect(existsSync(join(root, "models", model, "result.json")), model).toBe(true);
  expect(stdout).toMatch(
    /12 rollouts in 6 groups, 0 with the tokens that were sampled; 12 tokenised anew/,
  );
  const again = await hone("train", "all", "--threads", "1");
  expect(again.stdout).toMatch(/PPO on math: models\/rl is there already\n$/);
});

describe("a domain that is a file", () => {
  mkdirSync(join(root, "walk"));
  writeFileSync(
    join(root, "walk/domain.ts"),
    `const tasks = (split) => Array.from({ length: 12 }, (_, i) => ({ id: split + i }));
const environment = () => ({
  reset: ({ id }) => id,
  validActions: () => ["stop"],
  step: () => ({ observation: "there", reward: 1, terminated: true, truncated: false, info: { isSuccess: true } }),
});
export default {
  tasks: { train: tasks("a"), test: tasks("b") },
  environment,
  expert: () => ({ selectAction: () => ({ name: "stop" }) }),
};
`,
  );
  const config = (name: string, more: string): string => {
    write(name, `agents: { ./walk/domain.ts: { count: 12 } }\ndata_root: own\n${more}`);
    return `configs/${name}`;
  };

  it("gives its folder's name to its files, and the reply of an action without an argument", async () => {
    const models = "models: { base_dir: own/base, sft_dir: own/sft-models }\n";
    const file = config("walk.yaml", `${models}sft: { config: configs/trl_defaults.yaml }\n`);
    const words = ["train", "all", "--mode", "sft", "--config", file, "--threads", "1"];
    const { code, stderr } = await hone(...words);
    expect(code, stderr).toBe(0);
    expect(readdirSync(join(root, "own/raw"))).toEqual(["walk"]);
    expect(readdirSync(join(root, "own/unified/walk"))).toHaveLength(12);
    const [line] = readFileSync(join(root, "own/sft/stop/train.jsonl"), "utf8").split("\n");
    expect(JSON.parse(line!)).toMatchObject({
      prompt: [{ role: "user", content: expect.stringMatching(/^a\d+$/) as string }],
      completion: [{ role: "assistant", content: "stop" }],
    });
    expect(existsSync(join(root, "own/sft-models/stop/result.json"))).toBe(true);
  });

  it("says that there is nothing to learn before it trains the base", async () => {
    write("arguments.yaml", 'stop:\n  prompt: "{question}"\n  completion: "{arguments}"\n');
    const more = "models: { base_dir: never }\nsft: { templates: configs/arguments.yaml }\n";
    const file = config("never.yaml", more);
    const { code, stderr } = await hone("train", "all", "--config", file, "--threads", "1");
    expect([code, existsSync(join(root, "never"))]).toEqual([1, false]);
    expect(stderr).toMatch(/SETS_EMPTY.*12: nothing to learn \(stop\)[^]*\{reply\}/);
  });
});

it("learns the set of a tool by its name, in the folder of its name", async () => {
  const words = ["--tool", "state_answer", "--model_name", "models/base", "--out_dir", "own"];
  const more = ["--config", "configs/trl_defaults.yaml", "--threads", "1"];
  const { code, stdout, stderr } = await hone("train", "sft", ...words, ...more);
  expect(code, stderr).toBe(0);
  expect(existsSync(join(root, "own/state_answer/result.json"))).toBe(true);
  const set = "data/sft/state_answer";
  expect(stdout).toMatch(
    new RegExp(`${set}/train.jsonl: \\d+ to learn .* 1 of ${set}/validation.jsonl to measure`),
  );
  const both = await hone("train", "sft", "--tool", "state_answer", "--data", "x.jsonl");
  expect(both.stderr).toMatch(/CONFIG_INVALID: --data/);
});

it("starts from nothing on trajectories that are longer than 512 tokens", async () => {
  const content = Array.from({ length: 150 }, (_, i) => String(i)).join(" ");
  const messages = ["user", "assistant"].map((role) => ({ role, content }));
  writeFileSync(join(root, "long.jsonl"), JSON.stringify({ messages }));
  const words = ["--data", "long.jsonl", "--held-out", "0", "--steps", "1", "--batch-size", "1"];
  const { code, stderr } = await hone("train", "sft", ...words, "--out", "long", "--threads", "1");
  expect(code, stderr).toBe(0);
  const config = readFileSync(join(root, "long/base/config.json"), "utf8");
  expect(JSON.parse(config)).toHaveProperty("max_position_embeddings", 1024);
});

it("gives the trajectories that are good enough to programs", async () => {
  const all = await createRlDataset([join(root, "data/raw/math/*.traj.json")], { minReward: -99 });
  expect([all.examples.length, all.leftOut]).toEqual([12, {}]);
  const good = await createRlDataset([join(root, "data/raw/math/*.traj.json")], { minReward: 8 });
  expect(good.examples.every(({ reward }) => reward >= 8)).toBe(true);
  expect(Object.values(good.leftOut)[0]! + good.examples.length).toBe(12);
  for (const { messages } of good) expect(messages.at(-1)!.role).toBe("assistant");
  const read = await readTrajectories([join(root, "data/raw/math/*.traj.json")]);
  expect([read.trajectories.length, read.leftOut]).toEqual([12, {}]);
});
