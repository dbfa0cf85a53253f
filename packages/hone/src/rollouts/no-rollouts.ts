/** The source of rollouts in a run that has none. */
import { HoneError } from "../core/errors.ts";
import type { RolloutSource } from "../ports/rollout-source.ts";

/**
 * A source that refuses every request, for algorithms that learn from a dataset.
 * @param algorithm its name, for the error
 */
export const noRollouts = (algorithm: string): RolloutSource => ({
  groups: () => Promise.reject(new HoneError("ROLLOUTS_ABSENT", { algorithm })),
});
