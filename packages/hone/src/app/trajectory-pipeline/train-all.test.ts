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
import { afterAll, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
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

it("learns the set of a tool by its name, in the folder of its name", async () => {
  const words = ["--tool", "state_answer", "--model_name", "models/base", "--out_dir", "own"];
  const more = ["--config", "configs/trl_defaults.yaml", "--threads", "1"];
  const { code, stderr } = await hone("train", "sft", ...words, ...more);
  expect(code, stderr).toBe(0);
  expect(existsSync(join(root, "own/state_answer/result.json"))).toBe(true);
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
});
