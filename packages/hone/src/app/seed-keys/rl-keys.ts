/**
 * Keys of the `rl:` section of files that configure agents recorded for reinforcement learning: where traces go, which rewards are
 * written, and how is trained. Recording and training read the same file, each its part.
 */
import { ignored, type Keys, type SeedKey, type SeedKeys, to } from "./seed-key.ts";

/** Traces of an app are mostly one try at each task, so what is compared is the whole batch. */
export const defaultTraceAlgorithm = "reinforce-plus-plus";

const forRecording = ignored("it is about recording, not about training");
const forTraining = ignored("it is about training: npx hone train traces --config reads it");

const tensorBoard = ignored("every run writes its TensorBoard files into its folder");
const feedback = ignored("people's ratings always count: npx hone feedback rate asks for them");

/** What the recording reads. */
const recorded: Keys = {
  enable_rl: to("isOn"),
  enable_tool_rewards: to("tool"),
  enable_answer_quality_rewards: to("answerQuality"),
  enable_coordination_rewards: to("coordination"),
  enable_human_feedback: feedback,
};

/** What the training reads. */
const trained: Keys = {
  checkpoint_dir: to("out"),
  log_dir: tensorBoard,
};

const bounds = ignored("the bounds of the ratio are clip_low and clip_high");

/** How is trained: keys of `algorithm_config`. */
const algorithm: Keys = {
  algorithm: to("algorithm", ownAlgorithm),
  learning_rate: to("learningRate"),
  batch_size: to("batchSize"),
  num_epochs: to("epochs"),
  gamma: to("discount"),
  lambda: to("lambda"),
  gae_lambda: to("lambda"),
  clip: bounds,
  clip_ratio: bounds,
};

/** LightningRL divides a reward over model calls and leaves the rest to an algorithm for single turns: ours by default. */
export function ownAlgorithm(name: unknown): unknown {
  return name === "lightningrl" ? defaultTraceAlgorithm : name;
}

const all = (keys: Keys, means: SeedKeys["keys"][string]): Keys =>
  Object.fromEntries(Object.keys(keys).map((key) => [key, means]));

const sections = { rl: {}, rl_config: {} };

/** What `rlTracing` understands. */
export const recordingKeys: SeedKeys = {
  sections: {
    ...sections,
    store_config: { type: to("storeType"), path: to("storePath"), url: to("storePath") },
    algorithm_config: all(algorithm, forTraining),
  },
  keys: {
    ...recorded,
    ...all(trained, forTraining),
    collect_only: ignored("recording never trains; npx hone train traces does"),
  },
};

/** What `hone train traces` understands, where the algorithm has these settings. */
export function traceTrainingKeys(has: (setting: string) => boolean): SeedKeys {
  const known = (means: SeedKey): SeedKey =>
    "setting" in means && !has(means.setting)
      ? ignored("the algorithm has no such setting")
      : means;
  return {
    sections: {
      ...sections,
      store_config: {
        type: ignored("the address in path says it"),
        path: to("store", (path) => (String(path).includes(":") ? path : `files:${String(path)}`)),
        url: to("store"),
      },
      algorithm_config: Object.fromEntries(
        Object.entries({
          ...algorithm,
          batch_size: has("batchSize") ? to("batchSize") : to("groupsPerStep"),
        }).map(([key, means]) => [key, known(means)]),
      ),
    },
    keys: {
      ...all(recorded, forRecording),
      ...trained,
      enable_human_feedback: feedback,
      collect_only: ignored("this command trains"),
    },
  };
}
