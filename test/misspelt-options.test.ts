/**
 * A misspelt option of a JavaScript user is an error in every public function that takes an object of options, and so is
 * something else in place of that object. Without a check the option would change nothing, and the user would not know.
 */
import { runTeam, teamEvents, chatModelMember } from "hone-rl/agents";
import { groupAdvantages, learningRateShare, tokenWeights } from "hone-rl/algorithms";
import { businessEnvironment, businessExpert, businessTasks } from "hone-rl/domains/business";
import { equationTasks, expertEpisodes, mathEnvironment, mathExpert } from "hone-rl/domains/math";
import {
  explorerEpisodes,
  meetingEnvironment,
  meetingExpert,
  meetingExplorer,
  meetingTasks,
} from "hone-rl/domains/meetings";
import { questionEnvironment, questionExpert, questionTasks } from "hone-rl/domains/mhqa";
import { serviceEnvironment, serviceExpert, serviceTasks } from "hone-rl/domains/tau";
import { sweEnvironment, sweExpert, sweTasks, testRunner } from "hone-rl/domains/swe";
import { videoEnvironment, videoExpert, videoTasks } from "hone-rl/domains/video";
import { writingEnvironment, writingExpert, writingTasks } from "hone-rl/domains/writing";
import { openEngine, resolveModel } from "hone-rl/engine";
import { createRlDataset, environmentAgent, grpo, HoneError, openStore, sft, train } from "hone-rl";
import { collect, exportToCollector, openOtlpTracing } from "hone-rl/otel";
import {
  absoluteJudge,
  combineObjectives,
  coordinationReward,
  efficiencyOf,
  judgeComponent,
  pairJudge,
  preferencePairs,
  relativeJudge,
  rewardComponent,
  RewardComputer,
  teamRewards,
  toolRewardOf,
  traceRewards,
  trajectoryReward,
} from "hone-rl/rewards";
import {
  sampleTrace,
  sampleTraces,
  tabularTrainingClient,
  TabularPolicy,
  tokenRollouts,
} from "hone-rl/testing";
import { openTracing, TracedAgent, TracedOrchestrator, withTraces } from "hone-rl/tracing";
import { expect, it } from "vitest";

const trace = sampleTrace(0);
const agent = { chat: async () => "7" };
class Agent {
  async *chat(): AsyncGenerator<string> {
    yield "7";
  }
}

/** Each public function that takes options, called with something in place of them. */
const calls: Readonly<Record<string, (options: never) => unknown>> = {
  train,
  grpo,
  sft,
  environmentAgent: (options) => environmentAgent(() => mathEnvironment(), options),
  openStore: (options) => openStore("memory:", options),
  openEngine: (options) => openEngine("nowhere", options),
  resolveModel: (options) => resolveModel("tiny", options),
  groupAdvantages: (options) => groupAdvantages([1], ["a"], options),
  tokenWeights: (options) => tokenWeights([1], options),
  learningRateShare: (options) => learningRateShare(1, 1, options),
  runTeam,
  teamEvents: (options) => teamEvents(options).next(),
  chatModelMember: (options) => chatModelMember({ chat: async () => ({}) as never }, options),
  relativeJudge,
  absoluteJudge,
  pairJudge,
  judgeComponent,
  rewardComponent,
  RewardComputer: (options) => new RewardComputer(options),
  combineObjectives: (options) => combineObjectives([], options),
  coordinationReward,
  teamRewards: (options) => teamRewards({} as never, options),
  preferencePairs: (options) => preferencePairs([], [], options),
  toolRewardOf: (options) => toolRewardOf(trace, options),
  traceRewards,
  trajectoryReward,
  efficiencyOf: (options) => efficiencyOf(trace, options),
  openTracing,
  withTraces: (options) => withTraces(agent, options),
  TracedAgent: (options) => TracedAgent(Agent, options),
  TracedOrchestrator: (options) => TracedOrchestrator(Agent, options),
  openOtlpTracing,
  exportToCollector: (options) => exportToCollector({} as never, options),
  collect,
  questionTasks,
  serviceTasks,
  createRlDataset: (options) => createRlDataset([], options),
  sweTasks,
  sweEnvironment,
  sweExpert,
  testRunner,
  videoTasks,
  videoEnvironment,
  videoExpert,
  writingTasks,
  meetingTasks,
  meetingEnvironment,
  meetingExpert,
  meetingExplorer,
  explorerEpisodes: (options) => explorerEpisodes([], options),
  questionEnvironment,
  serviceEnvironment,
  writingEnvironment,
  questionExpert,
  serviceExpert,
  writingExpert,
  businessTasks,
  businessEnvironment,
  businessExpert,
  equationTasks,
  mathEnvironment,
  mathExpert,
  expertEpisodes: (options) => expertEpisodes([], options),
  sampleTraces: (options) => sampleTraces(1, options),
  tabularTrainingClient,
  TabularPolicy: (options) => new TabularPolicy(options),
  tokenRollouts,
};

const refusal = async (call: () => unknown): Promise<unknown> => {
  try {
    return await call();
  } catch (error) {
    return error instanceof HoneError ? error.facts : error;
  }
};

it.each(Object.entries(calls))("%s refuses an option that it does not have", async (name, call) => {
  const facts = await refusal(() => call({ notAnOption: 1 } as never));
  expect(facts).toMatchObject({ where: name, got: "{ notAnOption: … }" });
});

it.each(Object.entries(calls))("%s refuses what is no object of options", async (name, call) => {
  const facts = await refusal(() => call("fast" as never));
  expect(facts).toMatchObject({ where: name, got: '"fast"' });
});
