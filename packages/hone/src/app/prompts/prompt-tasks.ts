/** The tasks of `hone train apo`, `hone train gepa`: a domain's, or those of a file, done by a program. */
import { resolve } from "node:path";
import { HoneError } from "../../core/errors.ts";
import type { Prompts } from "../../core/prompts.ts";
import type { Task } from "../../core/rollout.ts";
import { readTasks } from "../../data/task-file.ts";
import { environmentAgent } from "../../environments/environment-agent.ts";
import type { Agent } from "../../ports/agent.ts";
import type { Episode } from "../../ports/environment.ts";
import type { RewardFunction } from "../../ports/reward.ts";
import { rolloutRunner } from "../../rollouts/rollout-runner.ts";
import { checkSplits } from "../domains/complete-domain.ts";
import { type Domain, domainFile, domainTitle, holdDomain, isDomainFile } from "../domains.ts";
import { commandProgram, type OutsideProgram } from "../serving/outside-program.ts";
import { openReward } from "../training/reward-setting.ts";
import { fileDigest } from "../user-module.ts";
import { onlyPrompt, readPrompts } from "./prompt-files.ts";
import type { SharedPromptSettings } from "./prompt-settings.ts";
import type { PromptTasks } from "./run-prompts.ts";

/** What the settings name. */
export interface OpenedPromptTasks {
  /** The start of the run folder's name, without the method. */
  readonly title: string;
  readonly prompts: Prompts;
  readonly learning: PromptTasks;
  readonly heldOut: PromptTasks;
  /** Settings written out in full, as the run records them. */
  readonly settled: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
  /** Releases what the tasks' domain holds, when the run has ended, however it ended. Default: nothing to release. */
  readonly close?: () => Promise<void>;
}

/**
 * Opens the tasks, the agent, the reward and the prompt to start from.
 * @throws as `openDomain`, `readTasks`, `openReward`, `readPrompts`; CONFIG_INVALID without a prompt or without tasks
 */
export const openPromptTasks = (
  settings: SharedPromptSettings,
  given: GivenProgram = {},
): Promise<OpenedPromptTasks> =>
  settings.agent === undefined
    ? holdDomain(settings.domain, (domain) => openOfDomain(settings, domain))
    : openOfProgram(settings, settings.agent, given);

/** What is not made from the settings. */
interface GivenProgram {
  /** Default: the settings' command line. */
  readonly program?: OutsideProgram;
  /** The prompts to start from where the settings name no file. Default: a file is needed. */
  readonly prompts?: Prompts | undefined;
}

async function openOfDomain(
  settings: SharedPromptSettings,
  domain: Domain,
): Promise<OpenedPromptTasks> {
  const { levels, seed, trainTasks, testTasks, maxActions = domain.maxActions } = settings;
  const format = domain.formats.instructed;
  const prompts = await startPrompts(
    settings,
    format.system === undefined ? undefined : { [onlyPrompt]: format.system },
  );
  const train = domain.tasks({ split: "train", count: trainTasks, levels, seed });
  const test = domain.tasks({ split: "test", count: testTasks, levels, seed });
  checkSplits(settings.domain, { train, test });
  const agent = environmentAgent(() => domain.environment({ maxActions }), { format, maxActions });
  const runnable = (tasks: readonly Task[]): PromptTasks =>
    promptTasks<Task, Episode>({ tasks, agent, reward: (rollout) => domain.reward(rollout) });
  const digest = isDomainFile(settings.domain)
    ? { dataDigest: await fileDigest(settings.domain) }
    : {};
  return {
    title: domainTitle(settings.domain),
    prompts,
    learning: runnable(train),
    heldOut: runnable(test),
    settled: { domain: domainFile(settings.domain), maxActions, ...digest },
    notes: [`${train.length} tasks to learn from, ${test.length} held out to measure`],
  };
}

async function openOfProgram(
  settings: SharedPromptSettings,
  line: string,
  { program = commandProgram(line), prompts: own }: GivenProgram,
): Promise<OpenedPromptTasks> {
  const { tasks: file, heldOut: share, testTasks: max, seed } = settings;
  if (file === undefined) {
    const problem = "--agent needs a file of tasks, one JSON object a line.";
    throw new HoneError("CONFIG_INVALID", { where: "--tasks", problem });
  }
  const prompts = await startPrompts(settings, own);
  const read = await readTasks(file, { share, max, seed });
  const opened = await openReward(settings.reward ?? "exact", [...read.train, ...read.test]);
  const { reward } = opened;
  if (typeof reward !== "function") {
    const problem = `${settings.reward} scores the rollouts of a group against each other, so its numbers say nothing of two prompts; give a reward of one rollout.`;
    throw new HoneError("CONFIG_INVALID", { where: "--reward", problem });
  }
  const { agent, how } = program;
  const runnable = (some: typeof read.train): PromptTasks =>
    promptTasks<Task, string>({ tasks: some.map(({ task }) => task), agent, reward });
  return {
    title: "program",
    prompts,
    learning: runnable(read.train),
    heldOut: runnable(read.test),
    settled: { tasks: resolve(file), ...opened.settled, dataDigest: read.digest },
    notes: [
      `${file}: ${read.train.length} tasks to learn from, ${read.test.length} held out to measure`,
      `agent: ${line}, ${how} with the prompt ${own === undefined ? "in HONE_PROMPT" : "in the place of its system message"}`,
    ],
  };
}

async function startPrompts(
  { prompt }: SharedPromptSettings,
  own: Prompts | undefined,
): Promise<Prompts> {
  if (prompt !== undefined) return readPrompts(prompt);
  if (own !== undefined) return own;
  const problem =
    "give a file with the prompt to start from; a program has it in HONE_PROMPT, a domain has its own.";
  throw new HoneError("CONFIG_INVALID", { where: "--prompt", problem });
}

/** Tasks with their agent and their reward. */
export const promptTasks = <T extends Task, Answer>({
  tasks,
  agent,
  reward,
}: {
  readonly tasks: readonly T[];
  readonly agent: Agent<T, Answer>;
  readonly reward: RewardFunction<T, Answer>;
}): PromptTasks => ({
  tasks,
  openRunner: (parts) => rolloutRunner({ agent, reward, ...parts }),
});
