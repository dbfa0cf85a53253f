/** One episode: reset, then act until the environment ends it. Every step is kept as it happened. */
import { HoneError, isHoneError, messageOf } from "../core/errors.ts";
import type { Task } from "../core/rollout.ts";
import type { Action, ActionEnvironment, Episode, EpisodeStep } from "../ports/environment.ts";

/** Chooses actions: a scripted expert, a model in a chat, a person. */
export interface ActionAgent {
  /** `steps` is what happened before, oldest first; `state` is the latest observation. */
  selectAction(
    state: string,
    validActions: readonly string[],
    steps: readonly EpisodeStep[],
  ): Action | Promise<Action>;
}

export interface RunEpisodeOptions {
  /** Passed to `reset`. Default 0. */
  readonly seed?: number;
  /** Cuts the episode off after this many steps, if the environment has not. Default 100. */
  readonly maxSteps?: number;
  readonly signal?: AbortSignal;
}

/**
 * Plays one episode. It succeeds when the environment says so in its last answer: `info.isSuccess === true`.
 *
 * @throws ENVIRONMENT_FAILED when the environment throws; what the agent throws passes through
 * @throws CANCELLED when the signal aborts between two steps
 * @example await runEpisode(mathEnvironment(), equationTask("3x + 7 = 16"), mathExpert()); // totalReward 8.5
 */
export async function runEpisode<T extends Task>(
  environment: ActionEnvironment<T>,
  task: T,
  agent: ActionAgent,
  options: RunEpisodeOptions = {},
): Promise<Episode> {
  const { seed = 0, maxSteps = 100, signal } = options;
  const steps: EpisodeStep[] = [];
  let state = guarded("reset", () => environment.reset(task, seed));
  for (;;) {
    if (signal?.aborted) throw new HoneError("CANCELLED", { what: `The episode of ${task.id}` });
    const valid = guarded("validActions", () => environment.validActions());
    const action = await agent.selectAction(state, valid, steps);
    const result = guarded(`step "${action.name}"`, () => environment.step(action));
    steps.push({ state, action, reward: result.reward, nextState: result.observation });
    state = result.observation;
    const truncated = result.truncated || (!result.terminated && steps.length >= maxSteps);
    if (result.terminated || truncated) {
      const totalReward = steps.reduce((sum, step) => sum + step.reward, 0);
      const isSuccess = result.info["isSuccess"] === true;
      return { steps, totalReward, isSuccess, terminated: result.terminated, truncated };
    }
  }
}

function guarded<Value>(doing: string, call: () => Value): Value {
  try {
    return call();
  } catch (error) {
    if (isHoneError(error)) throw error;
    throw new HoneError(
      "ENVIRONMENT_FAILED",
      { doing, problem: messageOf(error) },
      { cause: error },
    );
  }
}
