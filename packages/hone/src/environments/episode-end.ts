/** When an episode ends: by the rules of its domain, or cut off after so many actions. The environments of all domains count alike. */
import { optionChecks } from "../core/option-checks.ts";
import type { StepResult } from "../ports/environment.ts";

/** What comes of one action by the rules of a domain. */
export interface ActionOutcome {
  /** What the agent sees next. */
  readonly observation: string;
  /** The reward of the action. */
  readonly reward: number;
  /** Whether the episode ends by its own rules. Default false. */
  readonly isEnd?: boolean;
  /** Whether the task is done. Default false. */
  readonly isSuccess?: boolean;
  /** Whether the action could be taken. Default true. */
  readonly isValid?: boolean;
}

/** Counts the actions of one episode after the other. No episode runs before the first `begin`. */
export interface EpisodeEnd {
  /** Begins an episode. */
  begin(): void;
  /** Whether the episode has ended. */
  isOver(): boolean;
  /** The result of the next action, which ends the episode where the outcome says so or no action is left. */
  result(outcome: ActionOutcome): StepResult;
}

/** What an environment answers to an action after the end. */
export const afterTheEnd: StepResult = {
  observation: "over",
  reward: 0,
  terminated: true,
  truncated: false,
  info: { isSuccess: false, isValid: false },
};

/**
 * @param where       the function whose option the limit is, for errors
 * @param maxActions  actions until an episode is cut off
 * @throws OPTION_INVALID for a limit that is not a whole number of at least 1
 * @example const end = episodeEnd("mathEnvironment", 12);
 */
export function episodeEnd(where: string, maxActions: number): EpisodeEnd {
  optionChecks(where).whole("maxActions", maxActions, { min: 1 });
  let taken = 0;
  let isOver = true;
  return {
    begin() {
      taken = 0;
      isOver = false;
    },
    isOver: () => isOver,
    result({ observation, reward, isEnd = false, isSuccess = false, isValid = true }) {
      taken += 1;
      const truncated = !isEnd && taken >= maxActions;
      isOver = isEnd || truncated;
      return { observation, reward, terminated: isEnd, truncated, info: { isSuccess, isValid } };
    },
  };
}
