/** A domain's tasks as the source of a training: the policy does them while it learns, or its expert has done them. */
import type { Message } from "../../../core/message.ts";
import type { Task } from "../../../core/rollout.ts";
import { type ChatFormat, conversationOf } from "../../../environments/chat-format.ts";
import { distributionOf } from "../../../evaluation/distribution.ts";
import type { Episode } from "../../../ports/environment.ts";
import type { RewardFunction } from "../../../ports/reward.ts";
import type { RunnableTasks } from "../../../rollouts/agent-tasks.ts";
import { succeeded } from "../../../rollouts/checked-reward.ts";
import { checkSplits } from "../../domains/complete-domain.ts";
import { domainRollouts, expertLoss, type WrapRunner } from "../../domains/domain-rollouts.ts";
import { type DoneEpisodes, episodeRewards } from "../../domains/episode-rewards.ts";
import { type Domain, domainFile, domainTitle, holdDomain, isDomainFile } from "../../domains.ts";
import { tokenizerTextOf } from "../../../text/tiny-tokenizer.ts";
import { fileDigest } from "../../user-module.ts";
import { openJudge, type OpenedJudge } from "../judge-setting.ts";
import { type OpenedRewardModel, openRewardModel } from "../reward-model-setting.ts";
import { formatOf, wordingOf } from "../prompt-wording.ts";
import type { Scores } from "../training.ts";
import { checkRows } from "./check-rows.ts";
import { domainTexts } from "./domain-texts.ts";
import { modelOf, type OpenedSource, type SourceRequest } from "./opened-source.ts";
import { goodConversations, learnedData } from "./own-conversations.ts";

/** The policy does the training tasks in the domain's environment while it learns. */
export const openDomainRollouts = (
  request: SourceRequest<"rollouts">,
): Promise<OpenedSource<"rollouts">> =>
  holdDomain(request.settings.domain, (domain) => rolloutsOf(request, domain));

async function rolloutsOf(
  request: SourceRequest<"rollouts">,
  domain: Domain,
): Promise<OpenedSource<"rollouts">> {
  const { trainTasks, opened, runnable } = await openTasks(request, domain);
  const judge = await openJudge(request.settings);
  const rewardModel = await openRewardModel(request.settings);
  return {
    ...opened,
    data: undefined,
    judge,
    rewardModel,
    learning: { kind: "rollouts", ...runnable(trainTasks, { judge, rewardModel }) },
  };
}

/** The conversations of the domain's expert, which has done the training tasks, are a dataset. */
export const openDomainExpert = (
  request: SourceRequest<"dataset">,
): Promise<OpenedSource<"dataset">> =>
  holdDomain(request.settings.domain, (domain) => expertOf(request, domain));

async function expertOf(
  request: SourceRequest<"dataset">,
  domain: Domain,
): Promise<OpenedSource<"dataset">> {
  const parts = await openTasks(request, domain);
  const { format, trainTasks, testTasks, opened, runnable } = parts;
  const { mistakeRate, seed } = request.settings;
  const { maxActions } = opened;
  const expert = (tasks: readonly Task[]): Promise<readonly Episode[]> =>
    domain.episodes(tasks, { mistakeRate, maxActions, seed });
  const written = (episodes: readonly Episode[]): readonly (readonly Message[])[] =>
    episodes.map((episode) => conversationOf(episode, format));
  const episodes = await expert(trainTasks);
  const done = { tasks: trainTasks, episodes };
  const scores = request.needsRewards
    ? await expertScores(request.settings.domain, domain, done)
    : undefined;
  const wrapRunner = expertLoss(testTasks, written(await expert(testTasks)));
  return {
    ...opened,
    data: {
      examples: { conversations: written(episodes) },
      ...(scores && { scores }),
    },
    heldOut: runnable(testTasks, { wrapRunner }),
    learning: { kind: "dataset" },
    ...(scores && { notes: [rewardsText(scores)] }),
  };
}

/**
 * Conversations of a file, of any form that `readConversations` takes, are the dataset; the domain's held-out tasks are measured.
 * @param minReward  leaves out conversations with less. Default: all are learned.
 * @throws as `goodConversations` and `checkRows`
 */
export const openDomainConversations = (
  request: SourceRequest<"dataset">,
  file: string,
  minReward?: number,
): Promise<OpenedSource<"dataset">> =>
  holdDomain(request.settings.domain, async (domain) => {
    const { testTasks, opened, runnable } = await openTasks(request, domain);
    const { conversations, digest, left } = await goodConversations(request, file, minReward);
    const { rowsPer } = request.settings;
    const checkModel = (folder: string) => checkRows(folder, conversations, file, rowsPer);
    const warning = opened.found && (await checkModel(opened.found.folder));
    const texts = conversations.map((one) => tokenizerTextOf(one.messages, one));
    return {
      ...opened,
      warning: [opened.warning ?? [], warning ?? []].flat(),
      texts: async () => texts,
      newModel: { ...opened.newModel, holds: texts },
      checkModel: async (folder) => void (await checkModel(folder)),
      data: learnedData(request, conversations),
      heldOut: runnable(testTasks),
      learning: { kind: "dataset" },
      dataDigest: digest,
      notes: [`${conversations.length} conversations to learn`, ...left],
    };
  });

/** How the rewards of the expert's episodes are spread. */
function rewardsText({ rewards, successes = [] }: Scores): string {
  const { count, mean, min, quartiles, max } = distributionOf(rewards)!;
  const done = successes.filter(Boolean).length;
  const shown = [min, ...quartiles, max].map((value) => value.toFixed(2)).join(", ");
  return `rewards of ${count} episodes of the expert: mean ${mean.toFixed(2)}; least, quartiles and most ${shown}; ${done} did their task`;
}

/** The rewards of the expert's episodes, as trainings that weigh them take them. */
async function expertScores(name: string, domain: Domain, done: DoneEpisodes): Promise<Scores> {
  const rewards = await episodeRewards(name, domain, done);
  return {
    rewards: rewards.map(({ total }) => total),
    successes: rewards.map(succeeded),
    tasks: done.tasks.map(({ id }) => id),
    isExpert: true,
  };
}

interface DomainParts {
  readonly format: ChatFormat;
  readonly trainTasks: readonly Task[];
  readonly testTasks: readonly Task[];
  /** Tasks that are done and judged in the domain's environment. */
  readonly runnable: (tasks: readonly Task[], more?: RunnableParts) => RunnableTasks;
  /** What both sources have in common. */
  readonly opened: Omit<OpenedSource, "data" | "learning">;
}

/** What may stand around the environment's own reward: a judge or a reward model in its place, and further numbers. */
interface RunnableParts {
  readonly judge?: OpenedJudge | undefined;
  readonly rewardModel?: OpenedRewardModel | undefined;
  readonly wrapRunner?: WrapRunner;
}

async function openTasks(request: SourceRequest, domain: Domain): Promise<DomainParts> {
  const { training, settings } = request;
  const { levels, seed, maxActions = domain.maxActions } = settings;
  const found = await modelOf(request);
  const byDefault = found === undefined ? "compact" : undefined;
  const wording = await wordingOf(settings.prompt ?? byDefault, found?.run);
  const format = formatOf(domain.formats, wording);
  const reward: RewardFunction<Task, Episode> = (rollout) => domain.reward(rollout);
  const runnable: DomainParts["runnable"] = (tasks, { judge, rewardModel, wrapRunner } = {}) =>
    domainRollouts(domain, tasks, {
      ...{ format, maxActions, wrapRunner },
      reward: judge?.reward(reward) ?? rewardModel?.reward(reward),
    });
  const tasksOf = (split: "train" | "test", count: number): readonly Task[] =>
    domain.tasks({ split, count, levels, seed });
  const trainTasks = tasksOf("train", settings.trainTasks);
  const heldOut = tasksOf("test", settings.testTasks);
  checkSplits(settings.domain, { train: trainTasks, test: heldOut });
  const facts = await fileFacts(settings.domain);
  return {
    format,
    trainTasks,
    testTasks: heldOut,
    runnable,
    opened: {
      runName: `${domainTitle(settings.domain)}-${training}`,
      found,
      texts: () => domainTexts(settings.domain, seed),
      heldOut: runnable(heldOut),
      maxActions,
      settled: { ...wording.settled, domain: domainFile(settings.domain), maxActions },
      ...facts,
      play: {
        domain: domainFile(settings.domain),
        ...(facts.dataDigest !== undefined && { digest: facts.dataDigest }),
        form: wording.form,
        ...(wording.system !== undefined && { system: wording.system }),
        maxActions,
      },
      ...fewerTasks(settings, { train: trainTasks.length, test: heldOut.length }),
    },
  };
}

/** The digest of a user's file. */
async function fileFacts(domain: string): Promise<Pick<OpenedSource, "dataDigest">> {
  return isDomainFile(domain) ? { dataDigest: await fileDigest(domain) } : {};
}

/** A warning where the domain has fewer tasks than the settings ask for. */
function fewerTasks(
  { domain, trainTasks, testTasks }: SourceRequest["settings"],
  got: { readonly train: number; readonly test: number },
): Pick<OpenedSource, "warning"> {
  const parts = [
    ...(got.train < trainTasks ? [`${got.train} of ${trainTasks} training tasks`] : []),
    ...(got.test < testTasks ? [`${got.test} of ${testTasks} held-out tasks`] : []),
  ];
  if (parts.length === 0) return {};
  const text = `the domain ${domain} gives ${parts.join(" and ")} that were asked for (--train-tasks, --test-tasks)`;
  return { warning: { code: "DOMAIN_TASKS_FEWER", text } };
}
