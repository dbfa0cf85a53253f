/** How far a queue is: by item and by rater, with the agreement and the conflicts. */
import { addToList } from "../../../core/lists-by-key.ts";
import type { FeedbackQueue } from "../../../core/feedback-queue.ts";
import { compareText } from "../../../core/text-order.ts";
import { type QueueAgreement, queueAgreement } from "../../../rewards/queues/queue-agreement.ts";
import { conflictsOf, type QueueConflict } from "../../../rewards/queues/queue-judgements.ts";
import type { ReadItem } from "./queue-board.ts";

/** How far a queue is. */
export interface QueueProgress {
  /** Number of items. */
  readonly items: number;
  /** Number of items that as many people have judged as are to. */
  readonly done: number;
  /** Number of judgements. */
  readonly judgements: number;
  /** Number of items that cannot be judged, since a trace of theirs is not in the store any more. */
  readonly missing: number;
  /** Each rater with the number of items that they judged, in the order of names. */
  readonly raters: readonly { readonly name: string; readonly judged: number }[];
  readonly conflicts: readonly QueueConflict[];
  /** Undefined for corrections. */
  readonly agreement: QueueAgreement | undefined;
  /** Of comparisons that are no ties: on which side the better answer stood. */
  readonly sides: { readonly left: number; readonly right: number };
}

/** Sums up what was read of a queue. */
export function queueProgress(
  { kind, ratersPerItem }: FeedbackQueue,
  read: readonly ReadItem[],
): QueueProgress {
  const items = read.map(({ judgements }) => judgements);
  const all = items.flat();
  const byRater = new Map<string, string[]>();
  for (const { author, said } of all) addToList(byRater, author, said.id);
  const preferred = all.flatMap(({ said }) => (said.kind === "comparison" ? [said.preferred] : []));
  return {
    items: items.length,
    done: items.filter(({ length }) => length >= ratersPerItem).length,
    judgements: all.length,
    missing: read.filter(({ isThere }) => !isThere).length,
    raters: [...byRater]
      .map(([name, { length }]) => ({ name, judged: length }))
      .toSorted((a, b) => compareText(a.name, b.name)),
    conflicts: conflictsOf(kind, items),
    agreement: queueAgreement(kind, items),
    // Feedback names first what was shown on the left.
    sides: {
      left: preferred.filter((side) => side === "first").length,
      right: preferred.filter((side) => side === "second").length,
    },
  };
}
