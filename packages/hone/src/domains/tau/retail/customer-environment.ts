/** The environment of τ²-bench's shop with the customer that a task names: one played by rules, or by a model. */
import type { ActionEnvironment } from "../../../ports/environment.ts";
import { openingWords } from "./retail-customer.ts";
import { retailEnvironment } from "./retail-environment.ts";
import { type ModelCustomer, modelCustomer } from "./retail-model-customer.ts";
import type { RetailTask } from "../../../data/tau2/retail-task.ts";

/**
 * A new environment, for one episode at a time. A model that plays the customer can end the conversation, too.
 * @throws as `retailEnvironment`; as `modelCustomer` from `reset` and `step`
 * @example await runEpisode(customerEnvironment(), { ...task, customer: { ...task.customer, model: "openai/gpt-4o-mini" } }, agent);
 */
export function customerEnvironment(
  options: { readonly maxActions?: number } = {},
): ActionEnvironment<RetailTask> {
  const shop = retailEnvironment(options);
  let customer: ModelCustomer | undefined;
  return {
    async reset(task, seed, signal) {
      const opening = shop.reset(task, seed);
      const { model } = task.customer;
      customer = model === undefined ? undefined : await modelCustomer(task, model, seed);
      if (customer === undefined) return opening;
      const { words } = await customer.answer({ signal });
      return opening.slice(0, opening.length - openingWords(task).length) + words;
    },
    validActions: () => shop.validActions(),
    async step(action, signal) {
      const result = shop.step(action);
      const isHeard = action.name === "say" && result.info["isValid"] === true;
      if (customer === undefined || !isHeard || result.terminated || result.truncated)
        return result;
      const { words, isEnd } = await customer.answer({ said: action.argument, signal });
      const after = isEnd ? shop.step({ name: "close" }) : result;
      return { ...after, observation: words };
    },
  };
}
