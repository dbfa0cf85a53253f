/** One attempt at a rollout: the agent, then its reward, under one deadline. A failure is returned as data, not thrown. */
import { HoneError } from "../core/errors.ts";
import { isTrainingMetric } from "../core/metric-names.ts";
import { type OptionChecks, optionChecks } from "../core/option-checks.ts";
import type { Prompts } from "../core/prompts.ts";
import type { ProgramOutput, Reward, RolloutFailure, Task, Turn } from "../core/rollout.ts";
import type { Agent, AgentContext } from "../ports/agent.ts";
import type { ChatModelFactory } from "../ports/chat-model.ts";
import type { RewardFunction } from "../ports/reward.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import { type Deadline, withDeadline } from "./deadline.ts";
import { failureOf, fatalError } from "./failures.ts";
import { scored } from "./checked-reward.ts";
import type { RolloutClock } from "./turn-gate.ts";
import { functionPlace } from "./user-place.ts";

/** What all attempts of a runner have in common. */
export interface AttemptSettings<T extends Task, Answer> {
  readonly agent: Agent<T, Answer>;
  readonly reward: RewardFunction<T, Answer>;
  readonly chatModel: ChatModelFactory;
  /** Time limit of an attempt, in ms: of the policy's time its share, and no waits for other rollouts. */
  readonly deadlineMs: number;
}

/** What all attempts of a request have in common. */
export interface AttemptRequest {
  readonly policy: SamplingClient;
  /** Takes the attempt's deadline, which pauses while it waits for other rollouts and is charged its share of the policy's time. */
  readonly watch: (clock: RolloutClock) => void;
  /** Instead of the temperature that the chat model is configured with; 0 is greedy. */
  readonly temperature?: number;
  /** Aborts when the run stops. */
  readonly signal: AbortSignal;
}

/** Which attempt at which rollout. */
export interface AttemptBase<T extends Task> {
  readonly id: string;
  readonly task: T;
  /** The number of this attempt, from 1. */
  readonly attempts: number;
  readonly seed: number;
  /** What the agent is given as `prompts`. Default: none. */
  readonly prompts?: Prompts | undefined;
  /** Seconds since the rollout began. */
  readonly elapsed: () => number;
}

/** What came of an attempt: an answer with its reward, or a failure. */
export interface Attempt<Answer> {
  readonly turns: readonly Turn[];
  readonly answer: Answer | undefined;
  readonly reward: Reward | undefined;
  readonly failure: RolloutFailure | undefined;
  readonly output?: ProgramOutput;
  readonly metrics?: Readonly<Record<string, number>>;
}

/** @throws CANCELLED when the run stops, and every error that must stop the run */
export async function runAttempt<T extends Task, Answer>(
  settings: AttemptSettings<T, Answer>,
  request: AttemptRequest,
  base: AttemptBase<T>,
): Promise<Attempt<Answer>> {
  using deadline = withDeadline(settings.deadlineMs, request.signal);
  const { signal } = deadline;
  const { watch, ...sampling } = request;
  watch(deadline);
  const model = settings.chatModel({ ...sampling, seed: base.seed, signal });
  let answer: Answer | undefined;
  const kept: { output?: ProgramOutput; metrics?: Readonly<Record<string, number>> } = {};
  const keepOutput = (output: ProgramOutput): void => void (kept.output = output);
  const addMetrics = (metrics: Readonly<Record<string, number>>): void => {
    kept.metrics = addedMetrics(kept.metrics, metrics);
  };
  let boundary: "agent" | "reward" = "agent";
  try {
    const { task, seed, prompts = {} } = base;
    const context: AgentContext = {
      model,
      // Made when it is asked for: most agents do without.
      get languageModel() {
        return model.languageModel();
      },
      prompts,
      signal,
      seed,
      keepOutput,
      addMetrics,
    };
    answer = await deadline.race(async () => settings.agent(task, context));
    boundary = "reward";
    const done = { turns: model.turns, answer, ...kept };
    const reward = await rewardOf(settings, base, { ...done, deadline });
    return { ...done, reward, failure: undefined };
  } catch (error) {
    if (request.signal.aborted) throw new HoneError("CANCELLED", { what: `Rollout ${base.id}` });
    const fatal = fatalError(error, model);
    if (fatal !== undefined) throw fatal;
    const failure = deadline.isMissed
      ? missed(settings, boundary)
      : failureOf(error, model, { ...settings, boundary });
    return { turns: model.turns, answer, reward: undefined, failure, ...kept };
  }
}

/** The sums of the numbers by name. @throws OPTION_INVALID for one that is not finite, or has a name of training's, which stops the run */
function addedMetrics(
  before: Readonly<Record<string, number>> = {},
  added: Readonly<Record<string, number>>,
): Record<string, number> {
  const sums: Record<string, number> = { ...before };
  for (const [name, value] of Object.entries(added)) {
    if (isTrainingMetric(name)) {
      const expected = "under a name of its own: training keeps its own number by this name";
      throw metricCheck.invalid(name, value, expected);
    }
    sums[name] = (sums[name] ?? 0) + metricCheck.number(name, value);
  }
  return sums;
}

const metricCheck: OptionChecks = optionChecks("addMetrics");

async function rewardOf<T extends Task, Answer>(
  settings: AttemptSettings<T, Answer>,
  { id, task, attempts, elapsed }: AttemptBase<T>,
  {
    deadline,
    ...done
  }: {
    turns: readonly Turn[];
    answer: Answer;
    output?: ProgramOutput;
    metrics?: Readonly<Record<string, number>>;
    deadline: Deadline;
  },
): Promise<Reward> {
  const rollout = { id, task, ...done, failure: undefined, attempts, seconds: elapsed() };
  return scored(await deadline.race(async () => settings.reward(rollout)));
}

function missed<T extends Task, Answer>(
  settings: AttemptSettings<T, Answer>,
  running: "agent" | "reward",
): RolloutFailure {
  const place = functionPlace(settings[running]);
  return {
    boundary: "deadline",
    message: `the ${running} was still running after ${settings.deadlineMs / 1000} s`,
    ...(place === undefined ? {} : { place }),
  };
}
