/**
 * Keys of other frameworks' configuration files, by the command that does the work: what each is called here. Files of PEFT,
 * TRL and transformers scripts are read as they are, flat or with sections, in snake_case or camelCase.
 */

import { linearModules } from "../../engine/models/architecture.ts";
import { ignored, type Keys, type SeedKeys, to } from "./seed-key.ts";

/** PEFT's "all-linear" is every layer that can have an adapter; one name needs no list. */
const targetsOf = (given: unknown): unknown => {
  if (given === "all-linear") return linearModules;
  return typeof given === "string" ? [given] : given;
};

/** TRL's list of losses, each of which counts once, as a mixture is written here. */
const lossOf = (given: unknown): unknown => (Array.isArray(given) ? given.join(",") : given);

const adapter: Keys = {
  r: to("rank"),
  rank: to("rank"),
  lora_r: to("rank"),
  lora_rank: to("rank"),
  alpha: to("alpha"),
  lora_alpha: to("alpha"),
  dropout: to("dropout"),
  lora_dropout: to("dropout"),
  target_modules: to("targets", targetsOf),
  lora_target_modules: to("targets", targetsOf),
  bias: ignored("adapters have no bias"),
  lora_bias: ignored("adapters have no bias"),
  task_type: ignored("the command says what is trained"),
};

const model: Keys = {
  model_name: to("model"),
  model_path: to("model"),
  base_model: to("model"),
  base_model_name: to("model"),
  model_name_or_path: to("model"),
  output_dir: to("out"),
  out_dir: to("out"),
  device: ignored("the engine computes on the processor"),
  device_map: ignored("the engine computes on the processor"),
  torch_dtype: ignored("the engine computes in f32"),
  fp16: ignored("the engine computes in f32"),
  bf16: ignored("the engine computes in f32"),
  load_in_4bit: ignored("base models are kept in f32"),
  load_in_8bit: ignored("base models are kept in f32"),
};

const optimizer: Keys = {
  lr: to("learningRate"),
  num_epochs: to("epochs"),
  num_train_epochs: to("epochs"),
  max_steps: to("steps"),
  batch_size: to("batchSize"),
  train_batch_size: to("batchSize"),
  per_device_train_batch_size: to("batchSize"),
  gradient_accumulation_steps: { multiplies: "batchSize" },
  warmup_steps: to("warmUpSteps"),
  num_warmup_steps: to("warmUpSteps"),
  warmup_ratio: ignored("warm-up is counted in steps: give warm_up_steps"),
  lr_scheduler_type: to("schedule", (given) =>
    // Steps of warm-up are a setting of their own.
    given === "constant_with_warmup" ? "constant" : given,
  ),
  max_grad_norm: to("maxGradientNorm"),
  gradient_checkpointing: to("recompute"),
  save_steps: to("checkpointEvery"),
  optim: ignored("the optimizer is AdamW"),
  logging_steps: ignored("every step is logged"),
  logging_dir: ignored("logs are in the run folder"),
  report_to: ignored("every run writes TensorBoard files"),
  eval_steps: ignored("held-out data are measured before and after each phase"),
  evaluation_strategy: ignored("held-out data are measured before and after each phase"),
  save_strategy: ignored("checkpoints are saved every checkpoint_every steps and at the end"),
  save_total_limit: ignored("older checkpoints are removed by a rule of their own"),
  per_device_eval_batch_size: ignored("the engine chooses how much it computes at once"),
  dataloader_num_workers: ignored("data are read by the process itself"),
  max_length: ignored("rows are not cut; one that is longer than the model's context is named"),
  max_seq_length: ignored("rows are not cut; one that is longer than the model's context is named"),
  max_prompt_length: ignored(
    "rows are not cut; one that is longer than the model's context is named",
  ),
  remove_unused_columns: ignored("fields that are not known are left alone"),
};

const data: Keys = {
  data_path: to("data"),
  train_file: to("data"),
  training_data: to("data"),
  dataset: to("data"),
};

const named: Keys = { name: to("model"), path: to("model") };

const sections: SeedKeys["sections"] = {
  model: named,
  model_config: named,
  lora: {},
  lora_config: {},
  peft: {},
  peft_config: {},
  training: {},
  training_config: {},
  training_args: {},
  training_arguments: {},
  sft: {},
  sft_config: {},
  dpo: {},
  dpo_config: {},
  data: { path: to("data"), file: to("data") },
};

/** The keys of trainings on given data. */
const training: SeedKeys = {
  sections,
  keys: { ...adapter, ...model, ...optimizer, ...data, loss_type: to("loss", lossOf) },
};

/** Of supervised learning, whose loss is one. */
const supervised: SeedKeys = {
  sections,
  keys: { ...training.keys, loss_type: ignored("the loss is −log p of the answers' tokens") },
};

const scheduled = "its schedules and their warm-up are its own";

/** What a system decides itself. */
const ofSystem: Keys = {
  weight_decay: ignored("it trains without weight decay"),
  warmup_steps: ignored(scheduled),
  num_warmup_steps: ignored(scheduled),
  lr_scheduler_type: ignored(scheduled),
  max_grad_norm: ignored("gradients are clipped to 1"),
  gradient_checkpointing: ignored("the engine chooses how much it computes at once"),
};

/** The keys of a system on a domain of actions, whose optimizer settings are those of its supervised phase. */
const action: SeedKeys = {
  sections,
  keys: {
    ...adapter,
    ...model,
    ...optimizer,
    learning_rate: to("sftLearningRate"),
    lr: to("sftLearningRate"),
    epochs: to("sftEpochs"),
    num_epochs: to("sftEpochs"),
    num_train_epochs: to("sftEpochs"),
    max_steps: to("sftSteps"),
    batch_size: to("sftBatchSize"),
    train_batch_size: to("sftBatchSize"),
    per_device_train_batch_size: to("sftBatchSize"),
    gradient_accumulation_steps: { multiplies: "sftBatchSize" },
    ...ofSystem,
  },
};

/** In the section of DPO, keys that outside are of supervised learning. */
const ofDpo: Keys = {
  learning_rate: to("dpoLearningRate"),
  lr: to("dpoLearningRate"),
  max_steps: to("dpoSteps"),
  steps: to("dpoSteps"),
  batch_size: to("dpoBatchSize"),
  train_batch_size: to("dpoBatchSize"),
  per_device_train_batch_size: to("dpoBatchSize"),
  gradient_accumulation_steps: { multiplies: "dpoBatchSize" },
  num_train_epochs: ignored("phase 3 takes steps: give max_steps"),
  num_epochs: ignored("phase 3 takes steps: give max_steps"),
  epochs: ignored("phase 3 takes steps: give max_steps"),
};

/** In the section of supervised learning, the one key that outside is of DPO. */
const ofSft: Keys = { max_steps: to("sftSteps"), steps: to("sftSteps") };

/** The keys of `hone run meetings`: outside of sections those of supervised learning, and `max_steps` of DPO. */
const meetings: SeedKeys = {
  sections: { ...sections, sft: ofSft, sft_config: ofSft, dpo: ofDpo, dpo_config: ofDpo },
  keys: {
    ...action.keys,
    ...data,
    weight_decay: to("weightDecay"),
    max_steps: to("dpoSteps"),
    dpo_learning_rate: to("dpoLearningRate"),
    dpo_beta: to("beta"),
    lr_scheduler_type: ignored("the schedules are cosine in phase 1 and linear in phase 3"),
    loss_type: ignored("phase 3 has DPO's own loss, which TRL calls sigmoid"),
  },
};

/** The settings of GRPO by the names that they have in the section "training". */
const ofGrpo: Keys = {
  groups_per_step: to("groupsPerStep"),
  rollouts_per_group: to("groupSize"),
  num_epochs: to("grpoEpochs"),
  epochs: to("grpoEpochs"),
  learning_rate: to("grpoLearningRate"),
  max_steps: to("grpoSteps"),
};

/** The keys of `hone run multimodal`, whose configuration is that of its reinforcement learning. */
const multimodal: SeedKeys = {
  sections: { ...sections, training: ofGrpo, evaluation: {} },
  keys: { ...action.keys, ...ofGrpo, judge_model: to("judge") },
};

const asItIs = "adapters have their usual size and form";
const byTasks = "phases are counted in steps: give sft_steps and ppo_steps";

/** Supervised learning of `hone run trajectories`: what stands in its section, or in none. */
const ofTrajectories: Keys = {
  learning_rate: to("sftLearningRate"),
  lr: to("sftLearningRate"),
  max_steps: to("sftSteps"),
  batch_size: to("sftBatchSize"),
  train_batch_size: to("sftBatchSize"),
  per_device_train_batch_size: to("sftBatchSize"),
  gradient_accumulation_steps: { multiplies: "sftBatchSize" },
  epochs: ignored(byTasks),
  num_epochs: ignored(byTasks),
  num_train_epochs: ignored(byTasks),
};

/** Of PPO, whose batch is a number of tasks and whose epochs are passes over it. */
const batchOfTasks: Keys = {
  batch_size: to("groupsPerStep"),
  train_batch_size: to("groupsPerStep"),
  per_device_train_batch_size: to("groupsPerStep"),
  gradient_accumulation_steps: { multiplies: "groupsPerStep" },
  mini_batch_size: ignored("updates per batch are minibatches_per_batch"),
  ppo_epochs: to("epochsPerBatch"),
};

/** Its PPO, in the section of reinforcement learning. */
const ofPpo: Keys = {
  learning_rate: to("ppoLearningRate"),
  lr: to("ppoLearningRate"),
  max_steps: to("ppoSteps"),
  steps: to("ppoSteps"),
  ...batchOfTasks,
  num_ppo_epochs: to("epochsPerBatch"),
  min_reward: ignored("all stored trajectories are learned"),
};

/** The keys of `hone run trajectories`, whose configuration has a section for each of its two trainings. */
const trajectories: SeedKeys = {
  sections: {
    ...sections,
    ...{ sft: { steps: to("sftSteps") }, sft_config: { steps: to("sftSteps") } },
    ...{ rl: ofPpo, rl_config: ofPpo, ppo: ofPpo, ppo_config: ofPpo },
  },
  keys: {
    ...Object.fromEntries(Object.keys(adapter).map((key) => [key, ignored(asItIs)])),
    ...model,
    ...optimizer,
    ...ofSystem,
    ...ofTrajectories,
    ppo_epochs: to("epochsPerBatch"),
    num_ppo_epochs: to("epochsPerBatch"),
    max_new_tokens: to("maxTokens"),
    response_length: to("maxTokens"),
  },
};

/** Systems with keys of their own. */
const systems: Readonly<Record<string, SeedKeys>> = { meetings, multimodal, trajectories };

/** The keys of PPO's files of defaults. */
const policy: SeedKeys = {
  sections: { ...sections, rl: {}, rl_config: {}, ppo: {}, ppo_config: {} },
  keys: {
    ...adapter,
    ...model,
    ...optimizer,
    ...batchOfTasks,
    num_ppo_epochs: to("epochsPerBatch"),
    num_epochs: ignored("PPO takes steps: give steps"),
    num_train_epochs: ignored("PPO takes steps: give steps"),
    min_reward: to("trajectoryMinReward"),
    trajectory_glob: to("trajectories"),
    gamma: to("discount"),
    lam: to("lambda"),
    cliprange: ignored("the bounds are clip_low and clip_high, as 0.8 and 1.2"),
    target_kl: to("maxKl"),
    response_length: to("maxTokens"),
    max_new_tokens: to("maxTokens"),
  },
};

/** A command that has keys of its own only. */
export const noSeedKeys: SeedKeys = { sections: {}, keys: {} };

/** Trainings that other frameworks have configuration files for. */
const trainings: Readonly<Record<string, SeedKeys>> = {
  sft: supervised,
  weighted: supervised,
  dpo: training,
  kto: training,
  cpo: training,
  ppo: policy,
};

/** The keys that a command understands beside its own. @example seedKeysOf("train sft"); */
export function seedKeysOf(command: string): SeedKeys {
  const [verb, name = ""] = command.split(" ");
  if (verb === "run") return systems[name] ?? action;
  return (verb === "train" && trainings[name]) || noSeedKeys;
}
