/**
 * `hone run <domain>` for a domain of actions: a model that learns to act, from nothing in some minutes, or a pretrained one.
 *
 * Supervised learning on the episodes of an expert that makes mistakes teaches the moves, and GRPO in the environment teaches
 * to choose the right ones. Held-out tasks are measured before and after each phase, beside baselines that need no model. A
 * model from nothing is made from the seed, with a tokenizer trained on the expert's episodes.
 */
import { grpo } from "../../algorithms/policy-gradient/grpo.ts";
import { rewardWeighted } from "../../algorithms/supervised/reward-weighted.ts";
import { sft } from "../../algorithms/supervised/sft.ts";
import type { Message } from "../../core/message.ts";
import type { Task } from "../../core/rollout.ts";
import { type ChatFormat, conversationOf } from "../../environments/chat-format.ts";
import type { Algorithm } from "../../ports/algorithm.ts";
import type { Episode } from "../../ports/environment.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import type { RunnableTasks } from "../../rollouts/agent-tasks.ts";
import { succeeded } from "../../rollouts/checked-reward.ts";
import { checkSplits, type Domain } from "../domains/complete-domain.ts";
import { domainRollouts, expertLoss, type WrapRunner } from "../domains/domain-rollouts.ts";
import { episodeRewards } from "../domains/episode-rewards.ts";
import { openDomain } from "../domains.ts";
import { findModel, type FoundModel } from "../models/find-model.ts";
import { eitherSignal } from "../training/either-signal.ts";
import type { OpenedJudge } from "../training/judge-setting.ts";
import { JudgeSpending } from "../training/judge-spending.ts";
import { clientOptions } from "../training/client-options.ts";
import { baseModelOf } from "../training/model-from-nothing.ts";
import type { PipelineEvent } from "../training/pipeline-events.ts";
import type { PipelineOptions } from "../training/pipeline-options.ts";
import { queueOf, withoutQueue } from "../training/queue-settings.ts";
import { runPipeline } from "../training/pipeline.ts";
import { formatOf, type Wording, wordingOf } from "../training/prompt-wording.ts";
import { meaningfulSettings } from "../training/setting-rules.ts";
import { recordedStore } from "../training/stored/recorded-store.ts";
import {
  type ActionRecipe,
  type ActionSettings,
  actionSettings,
  type GivenActionSettings,
  resolvedActionSettings,
} from "./action-settings.ts";
import { actionBaselines } from "./baselines.ts";
import type { RunOptions } from "./systems.ts";

/** A short memory of squared gradients, which suits runs of a few hundred steps. */
const adam = { beta2: 0.95, maxGradientNorm: 1 };

/** As many as query heads: the model learns sooner to copy a part out of what it sees than with shared ones. */
const KEY_VALUE_HEADS = 4;

/** What a run on a domain of actions is given. */
export interface RunActionsOptions extends RunOptions {
  /** The name of the domain. */
  readonly domain: string;
  readonly recipe: ActionRecipe;
  /** Settings other than the defaults. */
  readonly settings?: GivenActionSettings;
  /** Opens the domain where no name does. Default: by its name. */
  readonly open?: () => Promise<Domain>;
  /** What the run records beside the settings of its recipe. Default: nothing. */
  readonly recorded?: Readonly<Record<string, unknown>>;
  /** What GRPO learns from in the place of the domain's reward, by which held-out tasks are measured. Default: that reward. */
  readonly judge?: OpenedJudge | undefined;
}

/** The run as a stream of events; see `runPipeline`. @throws as it, `openDomain` and `findModel` */
export async function* runActions(options: RunActionsOptions): AsyncGenerator<PipelineEvent, void> {
  const domain = await (options.open?.() ?? openDomain(options.domain));
  const spending = options.judge && new JudgeSpending(options.judge);
  try {
    const events = runPipeline(await pipelineOptions(domain, options, spending));
    yield* spending === undefined ? events : spending.watch(events);
  } finally {
    await domain.close();
  }
}

async function pipelineOptions(
  domain: Domain,
  options: RunActionsOptions,
  spending: JudgeSpending | undefined,
): Promise<PipelineOptions> {
  const { domain: name, recipe, settings: given = {}, judge } = options;
  const { out, resume, threads, signal } = options;
  const resolved = resolvedActionSettings(recipe, given);
  const found = await modelOf(resolved, signal);
  const parts = await openParts(name, domain, resolved, found);
  const { prompt, train, test, conversations, learned } = parts;
  const settings = { ...resolved, sftSteps: supervisedSteps(given, resolved, train.length) };
  return {
    name,
    config: {
      command: `run ${name}`,
      ...meaningfulSettings(actionSettings(recipe), withoutQueue(settings)),
      ...recordedStore(settings),
      ...prompt,
      ...judge?.settled,
      ...options.recorded,
    },
    out,
    resume,
    prepareModel: async (folder) => {
      await spending?.open(folder);
      return found?.folder ?? smallModel(folder, conversations, settings);
    },
    training:
      found === undefined
        ? { lora: false }
        : clientOptions(found, adapterSettings(settings, found)),
    phases: [
      {
        name: settings.supervised ?? "sft",
        algorithm: await supervised(name, parts, settings),
        source: { kind: "dataset" },
      },
      {
        name: "grpo",
        algorithm: byReward(settings),
        source: { kind: "rollouts", ...runnable(parts, train, settings, { judge }) },
      },
    ],
    heldOut: runnable(parts, test, settings, { wrapRunner: await heldOutLoss(parts, settings) }),
    baselines: () => actionBaselines({ name, domain, learned, tasks: test, ...settings }),
    sampling: { maxTokens: settings.maxTokens, temperature: 1 },
    queue: queueOf(settings, {
      ...{ domain: name, form: parts.wording.form, maxActions: settings.maxActions },
      ...(parts.wording.system !== undefined && { system: parts.wording.system }),
    }),
    evaluationMode: "sampled",
    samplesPerTask: 1,
    seed: settings.seed,
    threads,
    concurrency: settings.groupSize * settings.groupsPerStep,
    checkpointEvery: settings.checkpointEvery,
    store: settings.store,
    keepRollouts: settings.keepRollouts,
    signal: eitherSignal(signal, judge?.spent.signal),
  };
}

/** Optimizer steps of supervised learning: as given, or as passes over the episodes say; of both what ends first. */
function supervisedSteps(
  { sftSteps: given = Infinity, sftEpochs }: GivenActionSettings,
  { sftSteps: byDefault, sftBatchSize }: ActionSettings,
  episodes: number,
): number {
  if (sftEpochs === undefined) return byDefault;
  return Math.min(given, sftEpochs * Math.ceil(episodes / sftBatchSize));
}

/** The pretrained model that the settings name; undefined where one is made from nothing. */
const modelOf = async (
  { model }: ActionSettings,
  signal: AbortSignal | undefined,
): Promise<FoundModel | undefined> =>
  model === undefined ? undefined : findModel(model, { ...(signal && { signal }) });

/** What a run learns from and is measured on. */
interface RunParts {
  readonly domain: Domain;
  readonly format: ChatFormat;
  readonly wording: Pick<Wording, "form" | "system">;
  /** What the run records of its wording; nothing for a model from nothing. */
  readonly prompt: Readonly<Record<string, string>>;
  readonly train: readonly Task[];
  readonly test: readonly Task[];
  /** The expert's episodes on the training tasks. */
  readonly learned: readonly Episode[];
  /** The same as conversations. */
  readonly conversations: readonly (readonly Message[])[];
}

async function openParts(
  name: string,
  domain: Domain,
  { level, trainTasks, testTasks, mistakeRate, maxActions, seed }: ActionSettings,
  found: FoundModel | undefined,
): Promise<RunParts> {
  const given = found && (await wordingOf(undefined, found.run));
  const prompt = given?.settled ?? {};
  const wording: RunParts["wording"] = given ?? { form: "compact" };
  const format = formatOf(domain.formats, { ...wording, settled: { prompt: wording.form } });
  const tasksOf = (split: "train" | "test", count: number): readonly Task[] =>
    domain.tasks({ split, count, levels: [level], seed });
  const [train, test] = [tasksOf("train", trainTasks), tasksOf("test", testTasks)];
  checkSplits(name, { train, test });
  const learned = await domain.episodes(train, { mistakeRate, seed, maxActions });
  const conversations = learned.map((episode) => conversationOf(episode, format));
  return { domain, format, wording, prompt, train, test, learned, conversations };
}

/** Tasks that the policy does in the environment. */
const runnable = (
  { domain, format }: RunParts,
  tasks: readonly Task[],
  { maxActions }: ActionSettings,
  {
    judge,
    wrapRunner,
  }: { readonly judge?: OpenedJudge | undefined; readonly wrapRunner?: WrapRunner },
): RunnableTasks => {
  const reward = judge?.reward((rollout: UnscoredRollout<Task, Episode>) => domain.reward(rollout));
  return domainRollouts(domain, tasks, { format, maxActions, wrapRunner, reward });
};

/** Measures how well the policy knows what the expert does at the held-out tasks. */
async function heldOutLoss(
  { domain, format, test }: RunParts,
  { mistakeRate, seed, maxActions }: ActionSettings,
): Promise<WrapRunner> {
  const episodes = await domain.episodes(test, { mistakeRate, seed, maxActions });
  return expertLoss(
    test,
    episodes.map((episode) => conversationOf(episode, format)),
  );
}

const smallModel = (
  runFolder: string,
  texts: readonly (readonly Message[])[],
  { vocabulary: vocabularySize, layers, width, seed }: ActionSettings,
): Promise<string> =>
  baseModelOf(runFolder, {
    texts,
    vocabularySize,
    layers,
    width,
    keyValueHeads: KEY_VALUE_HEADS,
    seed,
  });

/** An adapter of the seed's shape on a pretrained model, unless the settings say otherwise. */
const adapterSettings = (settings: ActionSettings, found: FoundModel) => ({
  model: found.name,
  weights: settings.weights,
  rank: settings.rank ?? 8,
  alpha: settings.alpha ?? 16,
  // Only supervised rows drop inputs.
  dropout: settings.dropout ?? 0.1,
  targets: settings.targets ?? ["q_proj" as const, "v_proj" as const],
  recompute: false,
  seed: settings.seed,
  tokensPerMicrobatch: undefined,
});

async function supervised(
  name: string,
  { domain, train, learned, conversations }: RunParts,
  { supervised: method, sftSteps: steps, sftBatchSize: batchSize, sftLearningRate }: ActionSettings,
): Promise<Algorithm> {
  const shared = {
    conversations,
    steps,
    batchSize,
    learningRate: sftLearningRate,
    schedule: "cosine" as const,
    warmUpSteps: Math.min(10, Math.floor(steps / 5)),
    adam,
  };
  if (method !== "weighted") return sft(shared);
  const rewards = await episodeRewards(name, domain, { tasks: train, episodes: learned });
  return rewardWeighted({
    ...shared,
    rewards: rewards.map(({ total }) => total),
    successes: rewards.map(succeeded),
    onlySuccesses: true,
  });
}

const byReward = ({
  grpoSteps: steps,
  groupSize,
  groupsPerStep,
  grpoLearningRate: learningRate,
}: ActionSettings): Algorithm =>
  grpo({
    steps,
    groupSize,
    groupsPerStep,
    learningRate,
    minibatchesPerBatch: 4,
    schedule: "linear",
    finalShare: 0.25,
    adam,
  });
