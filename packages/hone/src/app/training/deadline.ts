/** The time limit of one rollout in a run. */
import { DEFAULT_DEADLINE_MS } from "../../rollouts/rollout-runner.ts";

/** In seconds. */
export const DEFAULT_DEADLINE = DEFAULT_DEADLINE_MS / 1000;

/** The longest time that a timer of Node can wait, in seconds: 24.8 days. */
export const MAX_DEADLINE = 2_147_483;

/** The shortest one, in seconds. */
export const MIN_DEADLINE = 0.001;

/**
 * Settings that a resumed run may have otherwise than before: a run whose agent hung is resumed with more time, its
 * rollouts may be kept elsewhere, an alarm may have another limit, and a budget that is spent is raised.
 */
export const mayChange = [
  "deadline",
  "store",
  "keepRollouts",
  "alarms",
  "judgeBudget",
  "judgePrices",
] as const;
