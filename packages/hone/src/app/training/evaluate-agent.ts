/** `evaluate`: a model measured on tasks that an agent does with it, or on conversations. */
import {
  defaultSampling,
  policyChatModels,
  policySamplingNames,
} from "../../agents/policy-chat-model.ts";
import { failureText } from "../../core/failure-text.ts";
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import type { Message } from "../../core/message.ts";
import { type OptionChecks, optionChecks } from "../../core/option-checks.ts";
import { mostCommonFailure } from "../../core/rollout-failures.ts";
import type { Rollout, Task } from "../../core/rollout.ts";
import { type Evaluation, evaluate as evaluatePolicy } from "../../evaluation/evaluate.ts";
import type { Interval } from "../../evaluation/intervals.ts";
import {
  likelihoodRunner,
  replyAgent,
  replyReward,
  replyTasks,
} from "../../evaluation/reply-task.ts";
import type { Agent } from "../../ports/agent.ts";
import type { GroupReward, RewardFunction } from "../../ports/reward.ts";
import { agentTasks, type RunnableTasks } from "../../rollouts/agent-tasks.ts";
import { countParameters, type ParameterCounts } from "../models/count-parameters.ts";
import { findModel, type FoundModel } from "../models/find-model.ts";
import { openFound, openOptions } from "../models/open-found.ts";
import { modelName, type ModelName, type PolicyOptions } from "../models/policy.ts";
import { DEFAULT_DEADLINE, MAX_DEADLINE, MIN_DEADLINE } from "./deadline.ts";

/** What is measured, and how, whatever it is measured on. */
export interface MeasureOptions extends PolicyOptions {
  /** What is measured: a folder, a run or its name, an adapter, a .gguf file, a hub id, or the result of `train`. */
  readonly model: ModelName;
  /** "greedy" takes the most likely token, "sampled" samples by `sampling`. Default "greedy". */
  readonly mode?: "greedy" | "sampled";
  /** Tries at each task. From 2 on there are pass@k and best-of-n, which need the mode "sampled" to say something. Default 1. */
  readonly samplesPerTask?: number;
  /** Tries at the same time. Default 64. */
  readonly concurrency?: number;
  /** Time limit of one try, in seconds, without its waits for other tries. One that takes longer has failed. Default 60. */
  readonly deadline?: number;
}

/** A model, measured on tasks. */
export interface EvaluateOptions<T extends Task, Answer> extends MeasureOptions {
  /** Ordinary code that does a task with the model; what it returns is the answer. */
  readonly agent: Agent<T, Answer>;
  /** Tasks that the model did not learn. */
  readonly tasks: readonly T[];
  /** The reward of a try, or of all tries of a task together. Without a component "success" a total above 0 is a success. */
  readonly reward: RewardFunction<T, Answer> | GroupReward<T, Answer>;
}

/** A model, measured on conversations: how well it knows what the assistant says in them. */
export interface EvaluateConversationsOptions extends MeasureOptions {
  /** Conversations that the model did not learn, each with a message of the assistant at least. */
  readonly conversations: readonly (readonly Message[])[];
}

/** What was measured. */
export interface EvaluateResult<T extends Task = Task, Answer = unknown> extends Evaluation {
  /**
   * The held-out loss of conversations, with a 95 % interval: the mean over conversations of the mean of −log p over the tokens
   * of the assistant, in nats per token. Undefined for tasks.
   */
  readonly loss: Interval | undefined;
  /** Parameters of the model, and how many of them were trained. */
  readonly parameters: ParameterCounts;
  /** Every try with its turns, answer and reward: those of a task behind each other, in the order of the tasks. */
  readonly rollouts: readonly Rollout<T, Answer>[];
  /** Wall time without opening the model, in seconds. */
  readonly seconds: number;
}

/**
 * Measures a model, or what a run trained, on held-out tasks: success and reward with 95 % intervals, the components of the
 * reward, pass@k and best-of-n, for each level of the tasks. On `conversations` instead of tasks the reward is the mean
 * log-prob of what the assistant says, `loss` is minus that, and success is the last reply, word for word.
 *
 *     success   mean over tasks of the share of tries that succeed; Wilson's interval
 *     reward    mean over tasks of the mean over tries; bootstrap over tasks
 *     pass@k    mean over tasks of 1 − C(n−c, k) / C(n, k), of n tries with c successes (Chen et al. 2021)
 *     best-of-k mean over tasks of the expected largest reward of k of the n tries
 *
 * The same seed gives the same draws, so that two models can be compared by `compare` of hone-rl/evaluation.
 *
 * @throws OPTION_INVALID, DATA_EMPTY; as `openPolicy` for the model; ALL_ROLLOUTS_FAILED where every try failed; CANCELLED
 * @example
 * const { success, passAtK } = await evaluate({
 *   model: result, // of train(), or "runs/7f3a", "Qwen/Qwen3-0.6B" …
 *   agent, tasks: heldOut, reward, mode: "sampled", samplesPerTask: 8,
 * });
 */
export function evaluate<T extends Task, Answer>(
  options: EvaluateOptions<T, Answer>,
): Promise<EvaluateResult<T, Answer>>;
export function evaluate(
  options: EvaluateConversationsOptions,
): Promise<EvaluateResult<Task, Message>>;
export async function evaluate<T extends Task, Answer>(
  options: EvaluateOptions<T, Answer> | EvaluateConversationsOptions,
): Promise<EvaluateResult> {
  const check = optionChecks("evaluate");
  checkMeasured(options, check);
  const name = modelName(options.model, check);
  const team = "agent" in options ? "allowed" : "refused";
  const found = await findModel(name, { ...options, team });
  return evaluateFound(found, { ...options, tasks: runnableOf(options) });
}

/** How `evaluateFound` measures. */
export interface EvaluateFoundOptions extends Omit<MeasureOptions, "model"> {
  readonly tasks: RunnableTasks;
}

/** Measures a model that was found on tasks that can be run. */
export async function evaluateFound(
  found: FoundModel,
  options: EvaluateFoundOptions,
): Promise<EvaluateResult> {
  const { tasks, sampling, mode, samplesPerTask, seed, signal } = options;
  const { concurrency = 64, deadline = DEFAULT_DEADLINE } = options;
  const { engine, policy } = await openFound(found, openOptions(options));
  try {
    const start = performance.now();
    const { renderer } = engine;
    const chatModel = policyChatModels({
      renderer,
      sampling: { ...defaultSampling, ...sampling },
      contextLength: engine.architecture.contextLength,
      ...(found.team && { adapters: found.team.agents }),
    });
    const deadlineMs = deadline * 1000;
    const evaluation = await evaluatePolicy({
      policy,
      tasks: tasks.tasks,
      runner: tasks.openRunner({ chatModel, renderer, concurrency, deadlineMs }),
      ...(mode === undefined ? {} : { mode }),
      ...(samplesPerTask === undefined ? {} : { samplesPerTask }),
      ...(seed === undefined ? {} : { seed }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (signal?.aborted === true) throw new HoneError("CANCELLED", { what: "the evaluation" });
    checkSome(found.name, evaluation.rollouts);
    const parameters = await countParameters(found, engine);
    const seconds = (performance.now() - start) / 1000;
    return { ...evaluation, loss: evaluation.components["loss"], parameters, seconds };
  } finally {
    await engine.close();
  }
}

function runnableOf<T extends Task, Answer>(
  options: EvaluateOptions<T, Answer> | EvaluateConversationsOptions,
): RunnableTasks {
  if (!("conversations" in options)) return agentTasks(options);
  const numbered = options.conversations.map((messages, i) => ({ line: i + 1, messages }));
  return agentTasks({
    tasks: numbered.flatMap((one) => replyTasks(one)),
    agent: replyAgent,
    reward: replyReward,
    wrapRunner: likelihoodRunner,
  });
}

/** Refuses a result in which every rollout failed: its success of 0 would look like a bad model. @throws ALL_ROLLOUTS_FAILED */
function checkSome(model: string, rollouts: readonly Rollout[]): void {
  const failure = mostCommonFailure(rollouts);
  if (failure === undefined || rollouts.some((rollout) => rollout.failure === undefined)) return;
  const { boundary } = failure;
  const facts = { where: `of ${model}`, count: rollouts.length, problem: failureText(failure) };
  throw new HoneError("ALL_ROLLOUTS_FAILED", { ...facts, boundary });
}

const measureNames: OptionNames<MeasureOptions> = {
  model: true,
  adapter: true,
  checkpoint: true,
  runs: true,
  sampling: policySamplingNames,
  mode: true,
  samplesPerTask: true,
  seed: true,
  threads: true,
  concurrency: true,
  deadline: true,
  signal: true,
  onProgress: true,
};

/** @throws OPTION_INVALID for an option that is missing, unknown or impossible; DATA_EMPTY */
function checkMeasured<T extends Task, Answer>(
  options: EvaluateOptions<T, Answer> | EvaluateConversationsOptions,
  check: OptionChecks,
): void {
  const isTalk = "conversations" in options;
  const subject = isTalk ? { conversations: true } : { agent: true, tasks: true, reward: true };
  checkOptions<object>("evaluate", options, { ...measureNames, ...subject });
  if (isTalk) check.list("conversations", options.conversations).forEach(checkConversation(check));
  else {
    check.callable("agent", options.agent);
    check.list("tasks", options.tasks);
    if (typeof options.reward !== "object") check.callable("reward", options.reward);
    else check.callable("reward.rewards", options.reward.rewards);
  }
  const { mode, samplesPerTask, seed, threads, concurrency, deadline } = options;
  if (mode !== undefined) check.oneOf("mode", mode, ["greedy", "sampled"]);
  const whole = { samplesPerTask, threads, concurrency };
  for (const [option, value] of Object.entries(whole))
    if (value !== undefined) check.whole(option, value, { min: 1 });
  if (seed !== undefined) check.whole("seed", seed, { min: 0 });
  if (deadline !== undefined)
    check.number("deadline", deadline, { min: MIN_DEADLINE, max: MAX_DEADLINE });
}

const checkConversation =
  (check: OptionChecks) =>
  (messages: readonly Message[], i: number): void => {
    const isTaught =
      Array.isArray(messages) &&
      messages.some(({ role, weight }) => role === "assistant" && weight !== 0);
    if (isTaught) return;
    const expected = "a list of messages, one of the assistant's among them";
    throw check.invalid(`conversations[${i}]`, messages, expected);
  };
