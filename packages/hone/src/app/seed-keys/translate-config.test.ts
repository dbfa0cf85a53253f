/** Files that were written for other frameworks are read as settings of ours. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { linearModules } from "../../engine/models/architecture.ts";
import { systems } from "../systems/systems.ts";
import { resolveSettings } from "../training/config.ts";
import { defaultsOfTraining, settingsOfTraining } from "../training/training-settings.ts";
import { type TrainingName, trainingOf } from "../trainings.ts";
import { seedKeysOf } from "./seed-keys.ts";

const root = mkdtempSync(join(tmpdir(), "hone-seed-keys-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function resolved(name: TrainingName, text: string, flags = {}) {
  const file = join(root, "config.yaml");
  writeFileSync(file, text);
  const training = trainingOf(name);
  const seedKeys = seedKeysOf(`train ${name}`);
  const defaults = defaultsOfTraining(training);
  return resolveSettings(settingsOfTraining(training), { file, flags, seedKeys, defaults });
}

describe("a configuration file of another framework", () => {
  it("has its adapter and its training in sections", async () => {
    const { settings, notices } = await resolved(
      "weighted",
      [
        "model_name: ./my-model",
        "lora_config:",
        "  rank: 4",
        "  alpha: 32",
        "  dropout: 0.15",
        '  target_modules: ["q_proj", "o_proj"]',
        "training_config:",
        "  batch_size: 2",
        "  learning_rate: 2e-4",
        "  epochs: 5",
        "  max_length: 512",
      ].join("\n"),
    );
    expect(settings).toMatchObject({
      ...{ model: "./my-model", rank: 4, alpha: 32, dropout: 0.15, targets: ["q_proj", "o_proj"] },
      ...{ batchSize: 2, learningRate: 2e-4, epochs: 5 },
    });
    expect(notices).toEqual([
      expect.stringMatching(/training_config\.max_length has no effect: rows are not cut/),
    ]);
  });

  it("is flat with names of PEFT and transformers, whose accumulation multiplies the batch", async () => {
    const { settings } = await resolved(
      "sft",
      [
        "lora_r: 16\nlora_alpha: 32\nlora_dropout: 0.1\nnum_train_epochs: 20\nmax_steps: 60",
        "weight_decay: 0.05\nper_device_train_batch_size: 1\ngradient_accumulation_steps: 8",
        "lr_scheduler_type: cosine\nwarmupSteps: 3",
      ].join("\n"),
    );
    expect(settings).toMatchObject({
      ...{ rank: 16, alpha: 32, dropout: 0.1, epochs: 20, steps: 60, weightDecay: 0.05 },
      ...{ batchSize: 8, schedule: "cosine", warmUpSteps: 3 },
    });
  });

  it("has PEFT's and TRL's names of layers and of losses", async () => {
    const linear = { targets: linearModules };
    expect((await resolved("sft", "target_modules: all-linear\n")).settings).toMatchObject(linear);
    const one = await resolved("sft", "peft_config: { target_modules: o_proj }\nloss_type: nll\n");
    expect(one.settings).toMatchObject({ targets: ["o_proj"] });
    expect(one.notices).toEqual([expect.stringMatching(/loss_type has no effect: the loss is/)]);
    const lossOf = async (name: "dpo" | "kto", value: string) => {
      const data = name === "dpo" ? "pairs.jsonl" : "rated.jsonl";
      return (await resolved(name, `loss_type: ${value}\ndata: ${data}\n`)).settings;
    };
    expect(await lossOf("dpo", "hinge")).toMatchObject({ loss: "hinge" });
    expect(await lossOf("dpo", "[sigmoid, bco_pair]")).toMatchObject({ loss: "sigmoid,bco_pair" });
    expect(await lossOf("kto", "apo_zero_unpaired")).toMatchObject({ loss: "apo_zero_unpaired" });
    await expect(lossOf("dpo", "hing")).rejects.toThrow(/CONFIG_INVALID: .*loss/);
  });

  it("loses to flags, and multiplies the default where it names no batch", async () => {
    const text = "learningRate: 1e-5\ngradientAccumulationSteps: 2\n";
    const { settings } = await resolved("sft", text, { learningRate: 3e-5 });
    expect(settings).toMatchObject({ learningRate: 3e-5, batchSize: 32 });
  });

  it("says that accumulation has no effect beside a batch of the command line", async () => {
    const flags = { batchSize: 3 };
    const { settings, notices } = await resolved("sft", "gradient_accumulation_steps: 2\n", flags);
    expect(settings.batchSize).toBe(3);
    expect(notices).toEqual([
      expect.stringMatching(/gradient_accumulation_steps has no effect: --batch-size is given/),
    ]);
  });

  it("has the same key in two sections, one for each phase", async () => {
    const file = join(root, "phases.yaml");
    writeFileSync(
      file,
      [
        "model: { name: ./gemma }",
        "lora_r: 8",
        "sft: { learning_rate: 5e-5, num_train_epochs: 10, max_steps: 90 }",
        "dpo: { learning_rate: 5e-6, beta: 0.3, max_steps: 40, batch_size: 4 }",
      ].join("\n"),
    );
    const { settings } = await resolveSettings(systems.meetings.settings, {
      file,
      seedKeys: seedKeysOf("run meetings"),
    });
    expect(settings).toMatchObject({
      ...{ model: "./gemma", rank: 8, beta: 0.3 },
      ...{ sftLearningRate: 5e-5, sftEpochs: 10, sftSteps: 90 },
      ...{ dpoLearningRate: 5e-6, dpoSteps: 40, dpoBatchSize: 4 },
    });
  });

  it("reads learning rates and batches of the two trainings of trajectories out of their sections", async () => {
    const file = join(root, "trajectories.yaml");
    writeFileSync(
      file,
      [
        "model_name: ./base",
        "sft: { learning_rate: 2e-5, batch_size: 8, max_steps: 90, num_train_epochs: 3 }",
        "rl: { learning_rate: 1e-5, batch_size: 4, ppo_epochs: 2, min_reward: 0.3 }",
      ].join("\n"),
    );
    const { settings, notices } = await resolveSettings(systems.trajectories.settings, {
      file,
      seedKeys: seedKeysOf("run trajectories"),
    });
    expect(settings).toMatchObject({
      ...{ model: "./base", sftLearningRate: 2e-5, sftBatchSize: 8, sftSteps: 90 },
      ...{ ppoLearningRate: 1e-5, groupsPerStep: 4, epochsPerBatch: 2 },
    });
    expect(settings.minReward).toBeUndefined();
    expect(notices).toEqual([
      expect.stringMatching(/num_train_epochs has no effect: .*sft_steps/),
      expect.stringMatching(/min_reward has no effect/),
    ]);
  });

  it("has keys of an adapter that mean nothing on a model made from nothing, and says so", async () => {
    const file = join(root, "tiny.yaml");
    writeFileSync(file, "lora_config: { rank: 8, alpha: 16 }\n");
    const sources = { file, seedKeys: seedKeysOf("run math") };
    const { settings, notices } = await resolveSettings(systems.math.settings, sources);
    expect(settings.rank).toBeUndefined();
    expect(notices).toEqual([
      expect.stringMatching(/lora_config\.rank has no effect: .*beside model/),
      expect.stringMatching(/lora_config\.alpha has no effect/),
    ]);
    writeFileSync(file, "rank: 8\n");
    await expect(resolveSettings(systems.math.settings, sources)).rejects.toThrow(
      /:1:7: rank: it can be given only together with model/,
    );
  });

  it("of a run of a system sets its supervised phase, and says what has no effect there", async () => {
    const file = join(root, "run.yaml");
    writeFileSync(
      file,
      [
        "lora: { r: 8, dropout: 0.2 }",
        "model: m",
        "learning_rate: 1e-4",
        "epochs: 3",
        "gradient_accumulation_steps: 2",
        "weight_decay: 0.1",
      ].join("\n"),
    );
    const { settings, notices } = await resolveSettings(systems.math.settings, {
      file,
      seedKeys: seedKeysOf("run math"),
    });
    expect(settings).toMatchObject({
      ...{ rank: 8, dropout: 0.2, sftLearningRate: 1e-4, sftEpochs: 3, sftBatchSize: 32 },
    });
    expect(notices).toEqual([expect.stringMatching(/weight_decay has no effect/)]);
  });

  it.each([
    [
      "a key that no one knows",
      "lora_config:\n  ranks: 3\n",
      /config\.yaml:2:3 has the unknown key "lora_config\.ranks"\.\n.*Did you mean rank\? If not, leave it out\.$/,
    ],
    ["a misspelt key of ours", "learning_rat: 1\n", /Did you mean learning_rate\?/],
    [
      "a key of a section that is like no other",
      "training_config:\n  wombat: 1\n",
      /:2:3 .*"training_config\.wombat"\.\n {2}→ Known keys here: [a-z_, ]*batch_size[a-z_, ]*\.$/,
    ],
    ["a key that is like no other", "wombat: 1\n", /unknown key "wombat"\.\n {2}→ Known keys/],
    ["the old name of maxActions", "maxSteps: 8\n", /:1:1: maxSteps is called maxActions now/],
    [
      "a section that no one knows",
      "loras:\n  rank: 3\n",
      /:1:1 has the unknown key "loras".*\n.*Did you mean lora\?/,
    ],
    [
      "one setting under two names",
      "lora_r: 4\nlora:\n  rank: 8\n",
      /:3:3: lora_r and lora\.rank are one setting, rank/,
    ],
    ["a value that does not fit", "lora_r: none\n", /:1:9: rank: expected a number, got "none"/],
    [
      "a schedule that there is not",
      "lr_scheduler_type: cosine_with_restarts\n",
      /schedule: .*got "cosine_with_restarts"/,
    ],
  ])("is refused for %s, with the place", async (_, text, message) => {
    await expect(resolved("sft", text)).rejects.toThrow(message);
  });

  it("is not read as another framework's by commands without seeds", async () => {
    await expect(resolved("grpo", "lora_r: 4\n")).rejects.toThrow(/unknown key "lora_r"/);
  });
});

describe("a pretrained model", () => {
  it("is trained with other defaults, unless steps say how long", async () => {
    const defaults = { batchSize: 1, learningRate: 1e-4, epochs: 3, dropout: 0.1 };
    expect((await resolved("weighted", "model: m")).settings).toMatchObject(defaults);
    const bySteps = (await resolved("weighted", "model: m\nsteps: 9")).settings;
    expect(bySteps).toMatchObject({ batchSize: 1, steps: 9 });
    expect("epochs" in bySteps).toBe(false);
    const tiny = (await resolved("weighted", "model: tiny")).settings;
    expect(tiny).toMatchObject({ batchSize: 16, learningRate: 1e-3, dropout: 0 });
  });
});
