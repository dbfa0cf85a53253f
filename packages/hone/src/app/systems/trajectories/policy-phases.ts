/** The policy of a domain: supervised learning on the domain's conversations, then PPO. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readConversations } from "../../../data/conversations.ts";
import { newModel } from "../../../engine/model-files/new-model.ts";
import { openDomainConversations } from "../../training/sources/domain-tasks.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import { placedTraining } from "../../trajectory-pipeline/placed-training.ts";
import { trainings } from "../../trainings.ts";
import type { PhaseOptions } from "./phase-options.ts";
import type { DomainRecipe } from "./resolved-settings.ts";

/** As many as query heads: a new model learns sooner to copy a part out of what it sees than with shared ones. */
const KEY_VALUE_HEADS = 4;

/** Supervised learning as a stream of events. @throws as `runTraining` and `openDomainConversations` */
export async function* sftPhase(
  recipe: DomainRecipe,
  options: PhaseOptions,
): AsyncGenerator<PipelineEvent, void> {
  const { settings, paths, signal } = options;
  const { domain } = recipe;
  const { sftSteps: steps, sftBatchSize: batchSize, sftLearningRate: learningRate } = recipe;
  const { events } = await placedTraining("sft", trainings.sft, {
    out: paths.sft(domain),
    flags: {
      ...sharedFlags(recipe, options),
      ...{ model: await startModel(recipe, options), steps, batchSize, learningRate },
      ...{ schedule: "cosine", warmUpSteps: Math.min(10, Math.floor(steps / 5)) },
    },
    open: (request) =>
      openDomainConversations(request, paths.conversations(domain), settings.minReward),
    // Its data are a part of the whole run, so that `hone train sft` could not resume it.
    origin: { command: "run trajectories", settled: { minReward: settings.minReward } },
    signal,
  });
  yield* events;
}

/** PPO as a stream of events: first on stored trajectories, where the recipe says so, then on the policy's own tries. @throws as `runTraining` */
export async function* rlPhase(
  recipe: DomainRecipe,
  options: PhaseOptions,
): AsyncGenerator<PipelineEvent, void> {
  const { settings, paths, signal } = options;
  const { domain, offlineSteps, ppoSteps: steps, ppoLearningRate: learningRate } = recipe;
  const { groupSize, groupsPerStep, criticLearningRate } = recipe;
  const { epochsPerBatch, minibatchesPerBatch, whiten } = recipe;
  const { clipLow, clipHigh, klCoefficient } = settings;
  const { queue, queueStaleness, queueServer } = settings;
  const { events } = await placedTraining("ppo", trainings.ppo, {
    out: paths.rl(domain),
    flags: {
      ...sharedFlags(recipe, options),
      ...{ model: paths.sft(domain), steps, learningRate, criticLearningRate },
      ...{ groupSize, groupsPerStep, epochsPerBatch, minibatchesPerBatch },
      ...{ clipLow, clipHigh, klCoefficient, schedule: "linear" },
      // Replies are short actions, so an action takes an advantage as a whole; rewards of up to 11 are far from values of 0.
      ...{ gaeSteps: "turns", lambda: 1, valueClip: 0, whiten },
      ...{ queue, queueStaleness, queueServer },
      concurrency: groupSize * groupsPerStep,
      ...(offlineSteps > 0 && {
        trajectories: join(paths.raw(domain), "*.traj.json"),
        ...{ retokenize: true, trajectorySteps: offlineSteps },
      }),
    },
    signal,
  });
  yield* events;
}

/** What both trainings have in common. */
function sharedFlags(recipe: DomainRecipe, { settings }: PhaseOptions) {
  const { domain, level, trainTasks, maxActions, maxTokens } = recipe;
  const { seed, testTasks, threads, deadline, checkpointEvery, keepRollouts, model } = settings;
  const { weights = model === undefined ? "all" : "adapter" } = settings;
  return {
    ...{ domain, levels: [level], trainTasks, testTasks, maxActions, maxTokens },
    ...{ seed, threads, deadline, checkpointEvery, keepRollouts, weights },
    prompt: model === undefined ? "compact" : "instructed",
    evaluation: "sampled",
  };
}

/** The folder or name of the model that supervised learning starts from: `--model`, else a new small one whose tokenizer is trained on the domain's conversations. */
async function startModel(
  { domain, vocabulary: vocabularySize }: DomainRecipe,
  { settings: { model, layers, width, seed }, paths }: PhaseOptions,
): Promise<string> {
  if (model !== undefined) return model;
  const folder = paths.base(domain);
  if (existsSync(folder)) return folder;
  const { conversations } = await readConversations(paths.conversations(domain));
  const texts = conversations.map(({ messages }) => messages);
  const sizes = { vocabularySize, layers, width, keyValueHeads: KEY_VALUE_HEADS };
  await newModel({ folder, texts, holds: texts, ...sizes, seed });
  return folder;
}
