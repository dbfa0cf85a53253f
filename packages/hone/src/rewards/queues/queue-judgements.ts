/** What people have said about the items of a queue, read from the feedback of its traces. */
import type { Feedback } from "../../core/feedback.ts";
import type { QueueItem, QueueKind } from "../../core/feedback-queue.ts";
import { lastWords } from "../feedback-rewards.ts";
import type { Rating } from "../rater-agreement.ts";
import { queueKindRules } from "./queue-kinds.ts";

/** What one person said about an item. */
export interface ItemJudgement {
  readonly author: string;
  readonly value: Rating;
  readonly said: Feedback;
}

/** The judgements of an item: the last word of each author. */
export const judgementsOf = (
  kind: QueueKind,
  item: QueueItem,
  feedback: readonly Feedback[],
): readonly ItemJudgement[] =>
  lastWords(feedback).flatMap((said) => {
    const value = queueKindRules[kind].valueOf(said, item);
    return value === undefined ? [] : [{ author: said.author, value, said }];
  });

/** An item on which people disagree. */
export interface QueueConflict {
  /** The place of the item in its queue, from 0. */
  readonly item: number;
  readonly judgements: readonly ItemJudgement[];
  /** What they say together. Undefined while another rater has to decide. */
  readonly decision: Rating | undefined;
}

/** The items on which people disagree, in the order of the queue. */
export const conflictsOf = (
  kind: QueueKind,
  items: readonly (readonly ItemJudgement[])[],
): readonly QueueConflict[] =>
  items.flatMap((judgements, item) => {
    const values = judgements.map(({ value }) => value);
    if (values.length < 2 || !queueKindRules[kind].isConflict(values)) return [];
    return [{ item, judgements, decision: queueKindRules[kind].decision(values) }];
  });
