/**
 * Runs rollouts side by side. A rollout that fails is returned with the boundary at which it failed, and is not thrown. Errors
 * of configuration, of the engine or of a store stop the run, and so does its abort signal.
 */
import { HoneError } from "../core/errors.ts";
import { checkOptions } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import { randomBits } from "../core/random.ts";
import type { Rollout, Task } from "../core/rollout.ts";
import type { Agent } from "../ports/agent.ts";
import type { ChatModelFactory } from "../ports/chat-model.ts";
import type { RewardFunction } from "../ports/reward.ts";
import type { RolloutJob, RolloutRunner, RunRolloutsRequest } from "../ports/rollout-runner.ts";
import { type AttemptRequest, runAttempt } from "./attempt.ts";
import { succeeded } from "./checked-reward.ts";
import { RolloutProgress } from "./rollout-progress.ts";
import { TurnGate } from "./turn-gate.ts";

/** Time limit of one attempt with its reward, in ms, unless the caller gives another. */
export const DEFAULT_DEADLINE_MS = 60_000;

/** What does a rollout, and its limits. */
export interface RolloutRunnerOptions<T extends Task, Answer> {
  readonly agent: Agent<T, Answer>;
  readonly reward: RewardFunction<T, Answer>;
  /** Makes the recording chat model of each attempt. */
  readonly chatModel: ChatModelFactory;
  /** Rollouts at a time. Default 64. */
  readonly concurrency?: number;
  /**
   * Time limit of one attempt with its reward, in ms. Of the time in which the policy answers several rollouts side by side, each
   * is charged its share; waits for other rollouts do not count. Default 60,000 (one minute).
   */
  readonly deadlineMs?: number;
  /** Further attempts after a failure; a missed deadline is not tried again. Default 1. */
  readonly retries?: number;
  /** Counts the rollouts while they run. Default: nothing counts. */
  readonly progress?: RolloutProgress;
  /** Milliseconds of a steady clock; for tests. */
  readonly now?: () => number;
}

/**
 * A runner of rollouts of one agent.
 * @throws OPTION_INVALID for an option that is not a whole number or too small
 * @example
 * const runner = rolloutRunner({ agent, reward, chatModel: policyChatModels({ renderer, sampling }) });
 * const [rollout] = await runner.run({ policy, jobs: [{ id: "r0", task, seed: 1 }] });
 */
export function rolloutRunner<T extends Task, Answer>(
  options: RolloutRunnerOptions<T, Answer>,
): RolloutRunner<T, Answer> {
  checkOptions("rolloutRunner", options, {
    agent: true,
    reward: true,
    chatModel: true,
    concurrency: true,
    deadlineMs: true,
    retries: true,
    progress: true,
    now: true,
  });
  const { concurrency = 64, deadlineMs = DEFAULT_DEADLINE_MS, retries = 1 } = options;
  const check = optionChecks("rolloutRunner");
  check.whole("concurrency", concurrency, { min: 1 });
  check.milliseconds("deadlineMs", deadlineMs);
  check.whole("retries", retries, { min: 0 });
  const progress = options.progress ?? new RolloutProgress();
  const settings = {
    now: () => performance.now(),
    ...options,
    concurrency,
    deadlineMs,
    retries,
    progress,
  };
  return { run: (request) => runAll(settings, request) };
}

type Settings<T extends Task, Answer> = Required<RolloutRunnerOptions<T, Answer>>;

async function runAll<T extends Task, Answer>(
  settings: Settings<T, Answer>,
  request: RunRolloutsRequest<T>,
): Promise<readonly Rollout<T, Answer>[]> {
  const { jobs, policy, temperature } = request;
  const sampling = temperature === undefined ? {} : { temperature };
  const stop = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, stop.signal]) : stop.signal;
  const gate = new TurnGate();
  const rollouts: Rollout<T, Answer>[] = [];
  let next = 0;
  settings.progress.begin(jobs.length);
  const work = async (): Promise<void> => {
    while (next < jobs.length && !signal.aborted) {
      const order = next++;
      const entered = gate.enter(policy, order);
      const attemptRequest = { policy: entered.policy, watch: entered.watch, signal, ...sampling };
      try {
        settings.progress.start(jobs[order]!.id);
        rollouts[order] = await runRollout(settings, attemptRequest, jobs[order]!);
        settings.progress.end(rollouts[order]);
        request.onEnd?.(rollouts[order]);
      } catch (error) {
        stop.abort(error);
        throw error;
      } finally {
        entered.leave();
      }
    }
  };
  const workers = Array.from({ length: Math.min(settings.concurrency, jobs.length) }, work);
  const ends = await Promise.allSettled(workers);
  if (request.signal?.aborted) throw new HoneError("CANCELLED", { what: "Running rollouts" });
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw stop.signal.reason;
  return rollouts;
}

async function runRollout<T extends Task, Answer>(
  settings: Settings<T, Answer>,
  request: AttemptRequest,
  job: RolloutJob<T>,
): Promise<Rollout<T, Answer>> {
  const start = settings.now();
  const elapsed = (): number => (settings.now() - start) / 1000;
  for (let attempts = 1; ; attempts++) {
    const seed = attempts === 1 ? job.seed : randomBits(job.seed, "attempt", attempts);
    const base = { id: job.id, task: job.task, attempts };
    const { prompts } = job;
    const attempt = await runAttempt(settings, request, { ...base, seed, prompts, elapsed });
    const { failure, reward } = attempt;
    if (failure && failure.boundary !== "deadline" && attempts <= settings.retries) continue;
    const isSuccess = reward !== undefined && succeeded(reward);
    return { ...base, ...attempt, isSuccess, seconds: elapsed() };
  }
}
