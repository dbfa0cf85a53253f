/** Runs one episode: resets the environment, then acts until it ends. Keeps every step. */
import { HoneError, isHoneError } from "../core/errors.ts";
import type { Task } from "../core/rollout.ts";
import type {
  Action,
  ActionEnvironment,
  Episode,
  EpisodeStep,
  StepResult,
} from "../ports/environment.ts";
import { checkedAction, checkedEnvironment } from "./checked-environment.ts";

/** Chooses the actions of an episode: a scripted expert, or a model in a chat. */
export interface ActionAgent {
  /** The next action. `state` is the latest observation; `steps` are all steps before it, the first one first. */
  selectAction(
    state: string,
    validActions: readonly string[],
    steps: readonly EpisodeStep[],
  ): Action | Promise<Action>;
}

/** How an episode is run. */
export interface RunEpisodeOptions {
  /** The seed for the environment's `reset`. Default 0. */
  readonly seed?: number;
  /** Steps until the episode is cut off; the environment may end it sooner. Default 100. */
  readonly maxActions?: number;
  /** Aborts the episode between two steps; the environment is given it, too. */
  readonly signal?: AbortSignal;
}

/**
 * Runs one episode. It is a success when the result of its last step has `info.isSuccess === true`. A model that has no room
 * left in its context for another action (PROMPT_TOO_LONG) cuts the episode off, as too many steps do.
 *
 * @throws ENVIRONMENT_FAILED when the environment throws or gives what is no observation or result; ACTION_INVALID when the
 *         agent gives what is no action; errors of the agent are thrown unchanged, also PROMPT_TOO_LONG before any step
 * @throws CANCELLED when the signal aborts between two steps
 * @example await runEpisode(mathEnvironment(), equationTask("3x + 7 = 16"), mathExpert()); // totalReward 8.5
 */
export async function runEpisode<T extends Task>(
  given: ActionEnvironment<T>,
  task: T,
  agent: ActionAgent,
  options: RunEpisodeOptions = {},
): Promise<Episode> {
  const { seed = 0, maxActions = 100, signal } = options;
  const steps: EpisodeStep[] = [];
  const environment = checkedEnvironment(given);
  let state = await environment.reset(task, seed, signal);
  for (;;) {
    if (signal?.aborted) throw new HoneError("CANCELLED", { what: `The episode of ${task.id}` });
    const action = await nextAction(agent, state, environment.validActions(), steps);
    if (action === undefined) return episodeOf(steps, { truncated: true });
    const result = await environment.step(action, signal);
    steps.push({ state, action, reward: result.reward, nextState: result.observation });
    state = result.observation;
    const truncated = result.truncated || (!result.terminated && steps.length >= maxActions);
    if (result.terminated || truncated) return episodeOf(steps, { ...result, truncated });
  }
}

/** What the agent chooses; undefined where its model's context is full of the steps before. */
async function nextAction(
  agent: ActionAgent,
  state: string,
  valid: readonly string[],
  steps: readonly EpisodeStep[],
): Promise<Action | undefined> {
  try {
    return checkedAction("The agent", await agent.selectAction(state, valid, steps));
  } catch (error) {
    if (steps.length > 0 && isHoneError(error) && error.code === "PROMPT_TOO_LONG")
      return undefined;
    throw error;
  }
}

function episodeOf(
  steps: readonly EpisodeStep[],
  { terminated = false, truncated, info = {} }: Partial<StepResult>,
): Episode {
  return {
    steps,
    totalReward: steps.reduce((sum, step) => sum + step.reward, 0),
    isSuccess: info["isSuccess"] === true,
    terminated,
    truncated: truncated === true,
  };
}
