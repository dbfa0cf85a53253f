/** The options of `train` for a queue, checked. */
import { HoneError } from "../../core/errors.ts";
import { isObject } from "../../core/json.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Task } from "../../core/rollout.ts";
import { listenAddress, listenAddressForm } from "../workers/listen-address.ts";
import type { TrainOptions } from "./train-options.ts";

/** @throws OPTION_INVALID; QUEUE_NOT_POSSIBLE beside what workers cannot do */
export function checkQueue(
  options: Pick<
    TrainOptions<Task, never>,
    "queue" | "queueStaleness" | "queueServer" | "adapters" | "name"
  > & { readonly reward: unknown },
): void {
  const { queue, queueStaleness, queueServer, reward, adapters, name } = options;
  const check = optionChecks("train");
  if (queueStaleness !== undefined) check.whole("queueStaleness", queueStaleness, { min: 0 });
  if (queueServer !== undefined) {
    if (listenAddress(check.text("queueServer", queueServer)) === undefined)
      throw check.invalid("queueServer", queueServer, listenAddressForm);
  }
  if (queue === undefined) {
    if (queueStaleness === undefined && queueServer === undefined) return;
    throw check.invalid("queue", queue, "an address beside `queueStaleness` and `queueServer`");
  }
  check.text("queue", queue);
  // Runs of two programs under one default name would play each other's rollouts.
  if (name === undefined)
    throw check.invalid("name", name, "given beside `queue`: workers find the run's agent by it");
  const reason =
    adapters === undefined
      ? "a worker plays one rollout at a time, and its reward is of a group"
      : "it trains several adapters";
  if (adapters !== undefined || isObject(reward))
    throw new HoneError("QUEUE_NOT_POSSIBLE", { reason });
}
