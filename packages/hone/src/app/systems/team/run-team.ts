/**
 * `hone run team`: three members on one policy answer, see each other's answers and vote; from nothing to a team that agrees on what is
 * right.
 *
 * Scripted members that make mistakes work first. Their traces are rewarded, and each member's turns are learned by what the member
 * earned (reward-weighted supervised learning). Then the members are the policy itself, which learns from its own teams by GRPO, each
 * member's turns by its own reward. Held-out tasks are measured before and after each phase: whether the right answer won, the team's
 * reward, consensus, and rounds.
 */
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { grpo } from "../../../algorithms/policy-gradient/grpo.ts";
import { rewardWeighted } from "../../../algorithms/supervised/reward-weighted.ts";
import { bootstrapMean, sum, wilson } from "../../../evaluation/intervals.ts";
import type { Algorithm } from "../../../ports/algorithm.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import { agentTasks, type RunnableTasks } from "../../../rollouts/agent-tasks.ts";
import { copyTraces } from "../../../store/operations/copy-traces.ts";
import { memoryStore } from "../../../store/memory-store.ts";
import { findModel } from "../../models/find-model.ts";
import { openStore } from "../../open-store.ts";
import { clientOptions } from "../../training/client-options.ts";
import { baseModelOf } from "../../training/model-from-nothing.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import type { Baseline, PipelineOptions } from "../../training/pipeline-options.ts";
import { runPipeline } from "../../training/pipeline.ts";
import { meaningfulSettings } from "../../training/setting-rules.ts";
import { sharedSettings } from "../../training/shared-settings.ts";
import { recordedStore } from "../../training/stored/recorded-store.ts";
import type { RunOptions } from "../systems.ts";
import { teamRunSettings, type TeamRunSettings } from "../team-settings.ts";
import { type OffersTask, offersTasks } from "./offers.ts";
import { offersAgent, offersReward, rolloutReward } from "./offers-team.ts";
import { outcomesOf, recordTeams, rowsOf, type TeamRow } from "./team-traces.ts";

const adam = { beta2: 0.95, maxGradientNorm: 1 };

/** Tokens of the vocabulary, at most: every word of the prompts has its own. */
const VOCABULARY = 360;

/** Longest reply, in tokens: "vote 3" and its end. */
const MAX_TOKENS = 6;

/** The run as a stream of events; see `runPipeline`. @throws as it and `findModel` */
export async function* runTeamSystem(
  settings: TeamRunSettings,
  options: RunOptions,
): AsyncGenerator<PipelineEvent, void> {
  const store = memoryStore();
  try {
    yield* runPipeline(await pipelineOptions(settings, store, options));
  } finally {
    await store.close();
  }
}

async function pipelineOptions(
  settings: TeamRunSettings,
  store: TraceStore,
  { resume, signal }: RunOptions,
): Promise<PipelineOptions> {
  const { seed, model, trainTasks, testTasks, mistakeRate, layers, width } = settings;
  const train = offersTasks({ split: "train", count: trainTasks, seed });
  const test = offersTasks({ split: "test", count: testTasks, seed });
  await recordTeams(store, train, { mistakeRate, seed });
  const rows = await rowsOf(store, train);
  const found =
    model === undefined ? undefined : await findModel(model, { ...(signal && { signal }) });
  const { out: _out, threads, ...decisive } = settings;
  return {
    name: "team",
    config: {
      command: "run team",
      ...meaningfulSettings(teamRunSettings, decisive),
      ...recordedStore(settings),
    },
    out: settings.out,
    resume,
    prepareModel: async (folder) => {
      await keepTraces(store, folder);
      if (found !== undefined) return found.folder;
      const texts = rows.map(({ messages }) => messages);
      return baseModelOf(folder, {
        ...{ texts, vocabularySize: VOCABULARY, layers, width, keyValueHeads: 4, seed },
      });
    },
    training: found === undefined ? { lora: false } : clientOptions(found, adapterOf(settings)),
    phases: [
      { name: "weighted", algorithm: onTraces(rows, settings), source: { kind: "dataset" } },
      {
        name: "grpo",
        algorithm: onTeams(settings),
        source: { kind: "rollouts", ...runnable(train) },
      },
    ],
    heldOut: runnable(test),
    baselines: () => scriptedTeams(test, settings),
    sampling: { maxTokens: MAX_TOKENS, temperature: 1 },
    evaluationMode: "sampled",
    samplesPerTask: 1,
    seed,
    threads,
    concurrency: settings.groupSize * settings.groupsPerStep,
    checkpointEvery: settings.checkpointEvery,
    store: settings.store,
    keepRollouts: settings.keepRollouts,
    notes: [
      `${train.length} scripted teams of three: ${rows.length} turns to learn, in traces.db of the run folder`,
    ],
    signal,
  };
}

/** The scripted teams' traces, beside what is made of them; a resumed run has them already. */
async function keepTraces(from: TraceStore, folder: string): Promise<void> {
  const path = join(folder, "traces.db");
  if (existsSync(path)) return;
  // Under its name it is whole: a run that is stopped here begins the copy again.
  const temporary = `${path}.part`;
  for (const end of ["", "-wal", "-shm"]) await rm(`${temporary}${end}`, { force: true });
  const to = await openStore(`sqlite:${temporary}`);
  try {
    for await (const _ of copyTraces(from, to));
  } finally {
    await to.close();
  }
  await rename(temporary, path);
}

/** An adapter of the usual shape on a pretrained model. */
const adapterOf = ({ model = "tiny", seed }: TeamRunSettings) => ({
  ...{ model, seed, weights: undefined, rank: 8, alpha: 16, dropout: 0, recompute: false },
  targets: sharedSettings.targets.schema.parse(undefined),
  tokensPerMicrobatch: undefined,
});

const runnable = (tasks: readonly OffersTask[]): RunnableTasks =>
  agentTasks({ tasks, agent: offersAgent, reward: rolloutReward });

const onTraces = (
  rows: readonly TeamRow[],
  { sftSteps: steps, sftBatchSize: batchSize, sftLearningRate: learningRate }: TeamRunSettings,
): Algorithm =>
  rewardWeighted({
    conversations: rows.map(({ messages }) => messages),
    rewards: rows.map(({ reward }) => reward),
    tasks: rows.map(({ task }) => task),
    episodes: rows.map(({ episode }) => episode),
    ...{ steps, batchSize, learningRate, adam },
    schedule: "cosine",
    warmUpSteps: Math.min(10, Math.floor(steps / 5)),
  });

const onTeams = ({
  grpoSteps: steps,
  groupSize,
  groupsPerStep,
  grpoLearningRate: learningRate,
}: TeamRunSettings): Algorithm =>
  grpo({
    ...{ steps, groupSize, groupsPerStep, learningRate, adam },
    credit: { rule: "agents" },
    minibatchesPerBatch: 4,
    schedule: "linear",
    finalShare: 0.25,
  });

/** What scripted teams reach at the held-out tasks. */
async function scriptedTeams(
  tasks: readonly OffersTask[],
  { mistakeRate, seed }: TeamRunSettings,
): Promise<readonly Baseline[]> {
  const store = memoryStore();
  await recordTeams(store, tasks, { mistakeRate, seed });
  const outcomes = await outcomesOf(store);
  await store.close();
  const rewards = tasks.map((task) => offersReward(outcomes.get(task.id)!, task));
  return [
    {
      name: "scripted team",
      success: wilson(sum(rewards.map(({ components }) => components["success"]!)), tasks.length),
      reward: bootstrapMean(
        rewards.map(({ total }) => total),
        { seed },
      ),
    },
  ];
}
