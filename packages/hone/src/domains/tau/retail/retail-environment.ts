/** The environment of τ²-bench's shop: policy, actions and the customer's first words are read first; the reward is paid at the end. */
import { checkOptions } from "../../../core/known-options.ts";
import { afterTheEnd, episodeEnd } from "../../../environments/episode-end.ts";
import type { SynchronousEnvironment } from "../../../ports/environment.ts";
import { INVALID } from "../desk.ts";
import { INVALID_COST } from "../rewards.ts";
import { openRetailDesk, type RetailDesk, retailActionNames } from "./retail-desk.ts";
import { scoreRetail } from "./retail-rewards.ts";
import type { RetailTask } from "../../../data/tau2/retail-task.ts";

/** Actions until an episode is cut off, by default. */
export const retailMaxActions = 40;

/**
 * A new environment of τ²-bench's shop, for one episode at a time. Arguments of tools are a JSON object on one line.
 * @throws OPTION_INVALID for an unknown option or a `maxActions` that is not a whole number of at least 1; TAU2_UNREADABLE from `reset`
 * @example await runEpisode(retailEnvironment(), task, agent);
 */
export function retailEnvironment(
  options: { readonly maxActions?: number } = {},
): SynchronousEnvironment<RetailTask> {
  const where = "retailEnvironment";
  checkOptions(where, options, { maxActions: true });
  const end = episodeEnd(where, options.maxActions ?? retailMaxActions);
  let open: { readonly task: RetailTask; readonly desk: RetailDesk } | undefined;
  return {
    reset(task) {
      open = { task, desk: openRetailDesk(task) };
      end.begin();
      return open.desk.opening();
    },
    validActions: () => (end.isOver() ? [] : retailActionNames),
    step(action) {
      if (!open || end.isOver()) return afterTheEnd;
      const { task, desk } = open;
      const observation = desk.act(action);
      const isValid = !observation.startsWith(INVALID);
      const score = desk.isOver() ? scoreRetail(task, desk) : undefined;
      return end.result({
        observation,
        reward: isValid ? (score?.total ?? 0) : INVALID_COST,
        isEnd: desk.isOver(),
        isSuccess: score?.completion === 1,
        isValid,
      });
    },
  };
}
