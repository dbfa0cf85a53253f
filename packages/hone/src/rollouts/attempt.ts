/** One attempt at a rollout: the agent, then its reward, both under one deadline. What goes wrong comes back as data. */
import { HoneError } from "../core/errors.ts";
import type { Reward, RolloutFailure, Task, Turn } from "../core/rollout.ts";
import type { Agent } from "../ports/agent.ts";
import type { ChatModelFactory, RecordingChatModel } from "../ports/chat-model.ts";
import type { RewardFunction } from "../ports/reward.ts";
import type { SamplingClient } from "../ports/sampling-client.ts";
import { type Deadline, withDeadline } from "./deadline.ts";
import { failureOf, fatalError } from "./failures.ts";
import { scored } from "./checked-reward.ts";

export interface AttemptSettings<T extends Task, Answer> {
  readonly agent: Agent<T, Answer>;
  readonly reward: RewardFunction<T, Answer>;
  readonly chatModel: ChatModelFactory;
  readonly deadlineMs: number;
}

export interface AttemptRequest {
  readonly policy: SamplingClient;
  /** Tells when the attempt waits for other rollouts; its deadline then stands still. */
  readonly watch: (onWaiting: (isWaiting: boolean) => void) => void;
  readonly temperature?: number;
  /** Aborts when the run stops. */
  readonly signal: AbortSignal;
}

export interface AttemptBase<T extends Task> {
  readonly id: string;
  readonly task: T;
  readonly attempts: number;
  readonly seed: number;
  /** Seconds since the rollout began. */
  readonly elapsed: () => number;
}

export interface Attempt<Answer> {
  readonly turns: readonly Turn[];
  readonly answer: Answer | undefined;
  readonly reward: Reward | undefined;
  readonly failure: RolloutFailure | undefined;
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
  watch((isWaiting) => deadline.setPaused(isWaiting));
  const model = settings.chatModel({ ...sampling, seed: base.seed, signal });
  let answer: Answer | undefined;
  let boundary: "reward" | undefined;
  try {
    const { task, seed } = base;
    answer = await deadline.race(async () => settings.agent(task, { model, signal, seed }));
    boundary = "reward";
    const reward = await rewardOf(settings, base, { turns: model.turns, answer, deadline });
    return { turns: model.turns, answer, reward, failure: undefined };
  } catch (error) {
    if (request.signal.aborted) throw new HoneError("CANCELLED", { what: `Rollout ${base.id}` });
    const fatal = fatalError(error);
    if (fatal !== undefined) throw fatal;
    const failure = deadline.isMissed
      ? missed(settings.deadlineMs, boundary ?? "agent")
      : attributed(error, model, boundary);
    return { turns: model.turns, answer, reward: undefined, failure };
  }
}

async function rewardOf<T extends Task, Answer>(
  settings: AttemptSettings<T, Answer>,
  { id, task, attempts, elapsed }: AttemptBase<T>,
  done: { turns: readonly Turn[]; answer: Answer | undefined; deadline: Deadline },
): Promise<Reward> {
  const { turns, answer } = done;
  const rollout = { id, task, turns, answer, failure: undefined, attempts, seconds: elapsed() };
  return scored(await done.deadline.race(async () => settings.reward(rollout)));
}

const missed = (deadlineMs: number, running: string): RolloutFailure => ({
  boundary: "deadline",
  message: `The ${running} was still running after ${deadlineMs} ms.`,
});

function attributed(
  error: unknown,
  model: RecordingChatModel,
  boundary: "reward" | undefined,
): RolloutFailure {
  const failure = failureOf(error, model);
  return boundary === undefined ? failure : { ...failure, boundary };
}
