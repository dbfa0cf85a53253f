/** On which side each answer of a pair is shown. */
import type { FeedbackQueue, QueueItem } from "../../core/feedback-queue.ts";
import { uniform } from "../../core/random.ts";

/**
 * The traces of an item in the order in which a rater is shown them: of a pair, left and right are drawn for each item and each rater,
 * so that a liking for a side favours neither answer. Feedback that names its traces in this order keeps which one stood left.
 */
export function shownOrder(
  { name, seed }: Pick<FeedbackQueue, "name" | "seed">,
  index: number,
  item: QueueItem,
  rater: string,
): QueueItem {
  const [first, second] = item;
  if (second === undefined) return item;
  const isSwapped = uniform("sides of a queue", seed, name, index, rater) < 0.5;
  return isSwapped ? [second, first] : item;
}
