/** The source of rollouts in a run that has none. */
import { HoneError } from "../core/errors.ts";
import type { Algorithm } from "../ports/algorithm.ts";
import type { RolloutSource } from "../ports/rollout-source.ts";

/**
 * A source that refuses every request, for algorithms that learn from given data.
 * @param algorithm its name and source, for the error
 */
export const noRollouts = ({ name, source = "rollouts" }: NamedAlgorithm): RolloutSource => ({
  groups: () => Promise.reject(new HoneError("ROLLOUTS_ABSENT", { algorithm: name, source })),
});

type NamedAlgorithm = Pick<Algorithm, "name" | "source">;
