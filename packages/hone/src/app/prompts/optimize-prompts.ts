/** `optimizePrompts`: the programming interface of a search for prompts. */
import { defaultSampling, policySamplingNames } from "../../agents/policy-chat-model.ts";
import { assert, HoneError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Prompts } from "../../core/prompts.ts";
import type { Task } from "../../core/rollout.ts";
import type { Agent } from "../../ports/agent.ts";
import type { ChatModel } from "../../ports/chat-model.ts";
import type { PromptMethod } from "../../ports/prompt-method.ts";
import type { RewardFunction } from "../../ports/reward.ts";
import type { SamplingParams } from "../../ports/sampling-client.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { findModel } from "../models/find-model.ts";
import { DEFAULT_DEADLINE, MAX_DEADLINE, MIN_DEADLINE } from "../training/deadline.ts";
import { checkRolloutStore } from "../training/stored/check-rollout-store.ts";
import { recordedStore } from "../training/stored/recorded-store.ts";
import { openLocalModel, openNamedModel } from "./open-prompt-model.ts";
import type { PromptEvent, PromptResult } from "./prompt-events.ts";
import { promptTasks } from "./prompt-tasks.ts";
import { type OpenedPromptModel, runPrompts } from "./run-prompts.ts";

/** A search for prompts: a model, an agent that uses prompts, its tasks and their reward, a critic, and a method. */
export interface OptimizePromptsOptions<T extends Task, Answer> {
  /** What does the tasks: a model on this machine by its folder, run or hub id, or a chat model, such as one of a provider. */
  readonly model: string | ChatModel;
  /** Ordinary code that does a task with the model and `prompts`; what it returns is the answer. */
  readonly agent: Agent<T, Answer>;
  /** `train` are learned from and chosen by. `test` are only measured, with the first prompts and the best; they may be empty. */
  readonly tasks: { readonly train: readonly T[]; readonly test: readonly T[] };
  /** The reward of a rollout: higher is better. */
  readonly reward: RewardFunction<T, Answer>;
  /** The prompts to start from, by the names that the agent reads them by. */
  readonly prompts: Prompts;
  /** How they are searched for: `apo` or `gepa`. */
  readonly method: PromptMethod;
  /** Criticises and writes prompts: a model by its name ("openai/gpt-4o-mini") or a chat model. Default: what does the tasks. */
  readonly critic?: string | ChatModel;
  /** How the critic answers. Default: at most 1,024 tokens at temperature 1. */
  readonly criticSampling?: { readonly maxTokens?: number; readonly temperature?: number };
  /** How the model is sampled. Default: at most 256 tokens at temperature 1. */
  readonly sampling?: Partial<Omit<SamplingParams, "seed" | "stopTokens" | "format" | "tellsKept">>;
  /** "greedy" takes the most likely tokens in all rollouts, "sampled" samples. Default "greedy". */
  readonly mode?: "greedy" | "sampled";
  /** Tries of each held-out task. Default 1. */
  readonly samplesPerTask?: number;
  /** Decides every draw. Default 0. */
  readonly seed?: number;
  /** Threads of matrix products. Default: all cores, at most 8. */
  readonly threads?: number;
  /** Rollouts at a time. Default 64. */
  readonly concurrency?: number;
  /** Time limit of one rollout, in seconds. Default 60. */
  readonly deadline?: number;
  /** The start of the run folder's name. Default "prompts". */
  readonly name?: string;
  /** The run folder, new or empty. Default: a new one in runs/. */
  readonly out?: string;
  /** Where every rollout is kept, with its tokens: the address of a store, or an open one, which stays open. Default: rollouts.db in the run folder. */
  readonly store?: string | TraceStore;
  /** Which rollouts are kept: all, none, or a share of the groups from 0 to 1. Default "all". */
  readonly keepRollouts?: "all" | "none" | number;
  /** The run to resume, by its folder or name; what was paid for in it is not paid for again. Default: a new run. */
  readonly resume?: string;
  /** Stops the search; it can be resumed. */
  readonly signal?: AbortSignal;
  /** Is told what happens: notes, warnings, steps, measurements. */
  readonly onEvent?: (event: PromptEvent) => void;
}

const optionNames: OptionNames<OptimizePromptsOptions<Task, unknown>> = {
  model: true,
  agent: true,
  tasks: { train: true, test: true },
  reward: true,
  prompts: true,
  method: true,
  critic: true,
  criticSampling: { maxTokens: true, temperature: true },
  sampling: policySamplingNames,
  mode: true,
  samplesPerTask: true,
  seed: true,
  threads: true,
  concurrency: true,
  deadline: true,
  name: true,
  out: true,
  store: true,
  keepRollouts: true,
  resume: true,
  signal: true,
  onEvent: true,
};

/**
 * Searches for better prompts of an agent, and measures held-out tasks with the first prompts and the best. No weights are
 * trained. The agent reads `prompts` of its context; placeholders such as {question} stay, and `fillPrompt` fills them in.
 * Everything that was paid for is kept in the run folder.
 *
 * @returns the best prompts, all candidates with their scores, and success and reward before and after with 95 % intervals
 * @throws OPTION_INVALID; PROMPT_UNREAD where the agent uses no prompt; ALL_ROLLOUTS_FAILED; MODEL_NOT_FOUND; RUN_CONFIG_CHANGED;
 *         CANCELLED after the signal, with the run kept so that it can be resumed; what the critic throws
 * @example
 * const { prompts, difference } = await optimizePrompts({
 *   model: "Qwen/Qwen2.5-0.5B-Instruct",
 *   critic: "openai/gpt-4o-mini",
 *   agent: async (task, { model, prompts }) =>
 *     (await model.chat([{ role: "user", content: fillPrompt(prompts.ask!, { question: task.question }) }])).content,
 *   prompts: { ask: "{question}" },
 *   tasks: { train, test },
 *   reward: ({ answer, task }) => (answer === task.answer ? 1 : 0),
 *   method: gepa({ budget: { rollouts: 500 } }),
 * });
 */
export async function optimizePrompts<T extends Task, Answer>(
  options: OptimizePromptsOptions<T, Answer>,
): Promise<PromptResult> {
  checkOptimizeOptions(options);
  const { agent, reward, tasks, prompts, method, signal, seed = 0, mode = "greedy" } = options;
  const { samplesPerTask = 1, concurrency = 64, deadline = DEFAULT_DEADLINE } = options;
  const runnable = (some: readonly T[]) => promptTasks({ tasks: some, agent, reward });
  const events = runPrompts({
    name: options.name ?? "prompts",
    config: configOf(options),
    ...{ out: options.out, store: options.store, keepRollouts: options.keepRollouts },
    resume: options.resume,
    ...{ method, prompts, mode, samplesPerTask, seed, concurrency, deadline, signal },
    openModel: await modelOpener(options),
    learning: runnable(tasks.train),
    heldOut: runnable(tasks.test),
  });
  for await (const event of events) {
    options.onEvent?.(event);
    if (event.kind === "done") return event.result;
    if (event.kind === "stopped") {
      throw new HoneError("CANCELLED", {
        what: `The search in ${event.folder} (kept; pass it as resume)`,
      });
    }
  }
  assert(false, "a search ended without a result");
}

const nameOf = (model: string | ChatModel): string =>
  typeof model === "string" ? model : "a chat model";

const samplingOf = ({ sampling }: Pick<OptimizePromptsOptions<Task, unknown>, "sampling">) => ({
  ...defaultSampling,
  ...sampling,
});

const criticSamplingOf = ({
  criticSampling: { maxTokens = 1024, temperature = 1 } = {},
}: Pick<OptimizePromptsOptions<Task, unknown>, "criticSampling">) => ({ maxTokens, temperature });

/** What decides the result. Code and tasks are not compared: a resume is to be given the same. */
function configOf<T extends Task, Answer>(
  options: OptimizePromptsOptions<T, Answer>,
): Record<string, unknown> {
  const { model, critic, tasks, prompts, method, seed = 0, mode = "greedy" } = options;
  const { name, steps, settings } = method;
  const { budget, ...decisive } = settings;
  return {
    command: "optimizePrompts",
    model: nameOf(model),
    critic: critic === undefined ? nameOf(model) : nameOf(critic),
    method: { name, steps, ...decisive },
    budget: budget ?? {},
    prompts,
    ...recordedStore(options),
    tasks: { train: tasks.train.map(({ id }) => id), test: tasks.test.map(({ id }) => id) },
    sampling: samplingOf(options),
    criticSampling: criticSamplingOf(options),
    samplesPerTask: options.samplesPerTask ?? 1,
    mode,
    seed,
  };
}

async function modelOpener<T extends Task, Answer>(
  options: OptimizePromptsOptions<T, Answer>,
): Promise<() => Promise<OpenedPromptModel>> {
  const { model, critic, threads, signal } = options;
  const opening = {
    sampling: samplingOf(options),
    criticSampling: criticSamplingOf(options),
    critic,
    threads,
    signal,
  };
  if (typeof model !== "string") return () => openNamedModel(model, opening);
  const found = await findModel(model, signal === undefined ? {} : { signal });
  return () => openLocalModel(found, opening);
}

/** @throws OPTION_INVALID for an option that is missing, unknown or impossible */
function checkOptimizeOptions<T extends Task, Answer>(
  options: OptimizePromptsOptions<T, Answer>,
): void {
  // The names are those of any task and answer.
  checkOptions<object>("optimizePrompts", options, optionNames);
  const check = optionChecks("optimizePrompts");
  const isChat = (one: unknown): boolean => isObject(one) && typeof one["chat"] === "function";
  if (!isChat(options.model)) check.text("model", options.model);
  if (options.critic !== undefined && !isChat(options.critic)) check.text("critic", options.critic);
  check.callable("agent", options.agent);
  check.callable("reward", options.reward);
  check.list("tasks.train", options.tasks.train);
  checkIds(options.tasks.train, "tasks.train");
  checkIds(options.tasks.test, "tasks.test");
  checkRolloutStore("optimizePrompts", options);
  const { prompts, method, mode, seed, deadline, samplesPerTask, threads, concurrency } = options;
  const texts = isObject(prompts) ? Object.entries(prompts) : [];
  if (texts.length === 0) throw check.invalid("prompts", prompts, "at least one text by its name");
  for (const [name, text] of texts) check.text(`prompts.${name}`, text);
  if (!isObject(method) || typeof method.run !== "function")
    throw check.invalid("method", method, "what apo() or gepa() gives");
  if (mode !== undefined) check.oneOf("mode", mode, ["greedy", "sampled"]);
  if (seed !== undefined) check.whole("seed", seed, { min: 0 });
  if (deadline !== undefined)
    check.number("deadline", deadline, { min: MIN_DEADLINE, max: MAX_DEADLINE });
  for (const [name, value] of Object.entries({ samplesPerTask, threads, concurrency }))
    if (value !== undefined) check.whole(name, value, { min: 1 });

  function checkIds(tasks: readonly Task[], option: string): void {
    const ids = new Set<string>();
    for (const { id } of tasks) {
      check.text(`${option}[].id`, id);
      if (ids.has(id)) throw check.invalid(option, [id, id], "tasks with different ids");
      ids.add(id);
    }
  }
}
