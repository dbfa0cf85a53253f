/**
 * What prompt methods share: the split of the tasks, trials on a budget, questions to the critic with the check of what it
 * writes, and the list of candidates. A method is this and a loop.
 */
import { HoneError } from "../../core/errors.ts";
import { failureText } from "../../core/failure-text.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { type Prompts, promptsKey } from "../../core/prompts.ts";
import { Random } from "../../core/random.ts";
import { mostCommonFailure } from "../../core/rollout-failures.ts";
import type { Task } from "../../core/rollout.ts";
import type {
  PromptCandidate,
  PromptEnd,
  PromptMethodParts,
  PromptStep,
  TrialResult,
} from "../../ports/prompt-method.ts";
import { CriticDesk } from "./critic-desk.ts";
import { type TriedExample, examplesText } from "./example-text.ts";
import { SearchBudget, SearchEnd } from "./search-end.ts";
import type { SearchSettings } from "./search-options.ts";

/** Prompts and the tasks to try them on. */
export interface TriedOn {
  readonly prompts: Prompts;
  readonly tasks: readonly Task[];
}

/** Prompts that may become a candidate. */
export interface NewPrompts {
  readonly prompts: Prompts;
  /** The ids of the candidates that they were made from. */
  readonly parents: readonly number[];
}

/** The state of a search. All randomness is a function of (method, seed, step), so that the same answers give the same search. */
export class PromptSearch {
  readonly critic: CriticDesk;
  readonly budget: SearchBudget;
  /** Tasks whose rollouts the critic is shown. */
  readonly learning: readonly Task[];
  /** Tasks that candidates are compared on. */
  readonly validation: readonly Task[];
  readonly #method: string;
  readonly #settings: SearchSettings;
  readonly #parts: PromptMethodParts;
  readonly #candidates: PromptCandidate[] = [];
  /** What was tried, by prompts, task and sample. */
  readonly #results = new Map<string, TrialResult>();
  #warnings: Record<string, number> = {};
  /** Rewards of this step's minibatches. */
  #rewards: number[] = [];

  constructor(method: string, settings: SearchSettings, parts: PromptMethodParts) {
    this.#method = method;
    this.#settings = settings;
    this.#parts = parts;
    const { validation, learning } = splitTasks(method, settings, parts);
    this.validation = validation;
    this.learning = learning;
    this.budget = new SearchBudget(settings.budget);
    this.critic = new CriticDesk({
      method,
      settings,
      parts,
      budget: this.budget,
      warn: (code) => this.warn(code),
    });
  }

  get candidates(): readonly PromptCandidate[] {
    return this.#candidates;
  }

  /** The candidate with the highest score; of equal ones the earliest. */
  get best(): PromptCandidate {
    return this.#candidates.reduce((best, one) => (one.score > best.score ? one : best));
  }

  /** Rollouts that one candidate costs on the validation tasks. */
  get validationCost(): number {
    return this.validation.length * this.#settings.samplesPerTask;
  }

  /** Measures the prompts that the search starts from. @throws ALL_ROLLOUTS_FAILED */
  async start(): Promise<PromptStep> {
    await this.add([{ prompts: this.#parts.prompts, parents: [] }], 0);
    return this.report(0);
  }

  /** Runs a part of a step; why the search ends, where it ends in it. */
  async during(work: () => Promise<void>): Promise<PromptEnd | undefined> {
    try {
      await work();
      return undefined;
    } catch (error) {
      if (error instanceof SearchEnd) return error.end;
      throw error;
    }
  }

  /** Counts a warning of this step. */
  warn(code: string, count = 1): void {
    if (count > 0) this.#warnings[code] = (this.#warnings[code] ?? 0) + count;
  }

  /** A stream of random numbers for a use in a step. */
  random(step: number, use: string): Random {
    return new Random(this.#method, this.#parts.seed, step, use);
  }

  /** The minibatch of a number, from 0: the tasks in an endless order that is shuffled anew once all were used. */
  minibatch(number: number): readonly Task[] {
    const { learning } = this;
    const size = Math.min(this.#settings.minibatchSize, learning.length);
    return Array.from({ length: size }, (_, i) => {
      const place = number * size + i;
      const epoch = Math.floor(place / learning.length);
      const order = new Random(this.#method, this.#parts.seed, "order", epoch).shuffle(learning);
      return order[place % learning.length]!;
    });
  }

  /**
   * Tries prompts on tasks, all side by side, and nothing twice.
   * @returns for each request the results of its tasks, all samples of a task behind each other
   * @throws  SearchEnd where the budget does not suffice; nothing is run then
   */
  async tried(requests: readonly TriedOn[]): Promise<readonly (readonly TrialResult[])[]> {
    const { samplesPerTask } = this.#settings;
    const samples = Array.from({ length: samplesPerTask }, (_, i) => i);
    const wanted = requests.map(({ prompts, tasks }) => {
      const text = promptsKey(prompts);
      return tasks.flatMap((task) =>
        samples.map((sample) => ({
          key: JSON.stringify([text, task.id, sample]),
          trial: { prompts, task, sample },
        })),
      );
    });
    const fresh = new Map(
      wanted.flat().flatMap(({ key, trial }) => (this.#results.has(key) ? [] : [[key, trial]])),
    );
    this.budget.takeRollouts(fresh.size);
    const results = await this.#parts.trials.run([...fresh.values()], this.#parts.signal);
    [...fresh.keys()].forEach((key, i) => this.#results.set(key, results[i]!));
    this.warn("ROLLOUTS_FAILED", results.filter(({ failure }) => failure !== undefined).length);
    return wanted.map((some) => some.map(({ key }) => this.#results.get(key)!));
  }

  /** As `tried`, for minibatches: their rewards are those of the step. */
  async triedMinibatches(
    requests: readonly TriedOn[],
  ): Promise<readonly (readonly TrialResult[])[]> {
    const all = await this.tried(requests);
    this.#rewards.push(...all.flat().map((result) => this.rewardOf(result)));
    return all;
  }

  /** Rollouts as the critic is shown them. */
  examples(tasks: readonly Task[], results: readonly TrialResult[]): string {
    const { samplesPerTask, maxExampleLength } = this.#settings;
    const examples = results.map((result, i): TriedExample => ({
      task: tasks[Math.floor(i / samplesPerTask)]!,
      result,
    }));
    return examplesText(examples, maxExampleLength);
  }

  /** The number that a result counts as. */
  rewardOf({ reward }: TrialResult): number {
    return reward?.total ?? this.#settings.failedReward;
  }

  /** Mean of `rewardOf`. */
  meanReward(results: readonly TrialResult[]): number {
    return results.reduce((sum, result) => sum + this.rewardOf(result), 0) / results.length;
  }

  /** Whether there is nothing to learn from: every rollout got the most that there is. */
  isPerfect(results: readonly TrialResult[]): boolean {
    const { perfectReward } = this.#settings;
    return (
      perfectReward !== undefined &&
      results.every((result) => this.rewardOf(result) >= perfectReward)
    );
  }

  /** Prompts that are neither a candidate nor among those before them in the list; the others are counted. */
  unknown(prompts: readonly NewPrompts[]): readonly NewPrompts[] {
    const known = new Set(this.#candidates.map((one) => promptsKey(one.prompts)));
    return prompts.filter((one) => {
      const key = promptsKey(one.prompts);
      if (known.has(key)) this.warn("PROMPT_EDITS_REPEATED");
      return known.size !== known.add(key).size;
    });
  }

  /**
   * Measures prompts on the validation tasks, and adds them as candidates. Where the budget does not suffice for all, the first
   * of them are measured, the others counted.
   */
  async add(found: readonly NewPrompts[], step: number): Promise<readonly PromptCandidate[]> {
    const affordable = Math.floor(this.budget.rolloutsLeft / this.validationCost);
    const some = found.slice(0, Math.max(0, affordable));
    this.warn("PROMPT_CANDIDATES_UNMEASURED", found.length - some.length);
    const tasks = this.validation;
    const all = await this.tried(some.map(({ prompts }) => ({ prompts, tasks })));
    this.#checkSome(all.flat());
    const added = some.map(({ prompts, parents }, i): PromptCandidate => {
      const id = this.#candidates.length + i;
      return { id, prompts, parents, step, ...this.#scoresOf(all[i]!) };
    });
    this.#candidates.push(...added);
    return added;
  }

  #scoresOf(results: readonly TrialResult[]): Pick<PromptCandidate, "score" | "scores"> {
    const { samplesPerTask } = this.#settings;
    const scores = this.validation.map(({ id }, i) => {
      const some = results.slice(i * samplesPerTask, (i + 1) * samplesPerTask);
      return [id, this.meanReward(some)] as const;
    });
    return { score: this.meanReward(results), scores: Object.fromEntries(scores) };
  }

  /** @throws ALL_ROLLOUTS_FAILED where the start cannot be measured at all, since nothing could be said of what comes after */
  #checkSome(results: readonly TrialResult[]): void {
    if (this.#candidates.length > 0 || results.some(({ failure }) => failure === undefined)) return;
    const failure = mostCommonFailure(results);
    if (failure === undefined) return;
    const where = `with the prompt that ${this.#method} starts from`;
    const { boundary } = failure;
    const facts = { where, count: results.length, boundary, problem: failureText(failure) };
    throw new HoneError("ALL_ROLLOUTS_FAILED", facts);
  }

  /** The report of a step; what was counted for it begins anew. */
  report(step: number): PromptStep {
    const { best } = this;
    const { spent } = this.budget;
    const rewards = this.#rewards;
    const metrics = {
      best: best.score,
      candidates: this.#candidates.length,
      candidates_new: this.#candidates.filter((one) => one.step === step).length,
      edits_refused: this.#warnings["PROMPT_EDITS_REFUSED"] ?? 0,
      rollouts: spent.rollouts,
      critic_calls: spent.criticCalls,
      ...(spent.criticTokens !== undefined && { critic_tokens: spent.criticTokens }),
      ...(rewards.length > 0 && { reward: rewards.reduce((a, b) => a + b, 0) / rewards.length }),
    };
    const warnings = this.#warnings;
    this.#warnings = {};
    this.#rewards = [];
    return { step, metrics, warnings, candidates: [...this.#candidates], best: best.id, spent };
  }
}

/**
 * How many of the tasks prompts are chosen by.
 * @throws OPTION_INVALID where none would be left to learn from, or the budget does not suffice for the first prompt
 */
export function validationCount(
  method: string,
  settings: SearchSettings,
  tasks: readonly Task[],
): number {
  const check = optionChecks(method);
  if (tasks.length < 2)
    throw check.invalid("tasks", tasks.length, "at least 2 tasks, to learn from and to choose by");
  const half = Math.min(16, Math.floor(tasks.length / 2));
  const { validationSize = half, samplesPerTask, budget } = settings;
  if (validationSize >= tasks.length) {
    const expected = `at most ${tasks.length - 1} of ${tasks.length} tasks, since some must be left to learn from`;
    throw check.invalid("validationSize", validationSize, expected);
  }
  const least = validationSize * samplesPerTask;
  if (budget.rollouts !== undefined && budget.rollouts < least) {
    const expected = `at least ${least}, what the first prompt costs on the validation tasks`;
    throw check.invalid("budget.rollouts", budget.rollouts, expected);
  }
  return validationSize;
}

/** The validation tasks and those to learn from, drawn by the seed. @throws as `validationCount` */
function splitTasks(
  method: string,
  settings: SearchSettings,
  { tasks, seed }: PromptMethodParts,
): { readonly validation: readonly Task[]; readonly learning: readonly Task[] } {
  const validationSize = validationCount(method, settings, tasks);
  const shuffled = new Random(method, seed, "validation").shuffle(tasks);
  return {
    validation: shuffled.slice(0, validationSize),
    learning: shuffled.slice(validationSize),
  };
}
