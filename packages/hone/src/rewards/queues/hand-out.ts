/**
 * Hands the items of a queue out to several raters at once.
 *
 * An item is held for the rater who looks at it, so that no more people see it than are to judge it. A hold ends with the answer, with a
 * skip, or after a time without a sign of the rater: an item that was left open comes back. Holds and skips are in memory only: what is
 * lost with them is the order, and never an answer.
 */

/** What is known of an item when the next one is chosen. */
export interface ItemState {
  /** The people who have judged it. */
  readonly judgedBy: ReadonlySet<string>;
  /** Number of people who are to judge it; 0 for one that is not asked about. */
  readonly wanted: number;
}

/** The next item of a rater. */
export type HandedOut =
  | { readonly item: number }
  /** No item is free: so many are held for others, and come back where these leave them open. */
  | { readonly held: number };

/** The holds of one queue. */
export interface HandOut {
  /** Takes the next item for a rater: the one that is held for them, else the first free one; those that they skipped come last. */
  next(rater: string, items: readonly ItemState[]): HandedOut;
  /** Goes on holding an item for a rater. */
  hold(rater: string, item: number): void;
  /** The rater has answered, or leaves. */
  release(rater: string, item: number): void;
  /** Puts the item at the end for this rater. */
  skip(rater: string, item: number): void;
}

/** @param options.holdMs  time without a sign of a rater after which an item is free again */
export function createHandOut({
  holdMs,
  now = Date.now,
}: {
  readonly holdMs: number;
  readonly now?: () => number;
}): HandOut {
  const holds = new Map<number, Map<string, number>>();
  const skipped = new Map<string, readonly number[]>();
  const isHeld = (item: number, rater: string): boolean =>
    (holds.get(item)?.get(rater) ?? 0) > now();
  const otherHolds = (item: number, rater: string): number =>
    [...(holds.get(item) ?? [])].filter(([one, until]) => one !== rater && until > now()).length;
  const release = (rater: string, item: number): void => void holds.get(item)?.delete(rater);
  const hold = (rater: string, item: number): void => {
    const held = holds.get(item) ?? new Map<string, number>();
    holds.set(item, held.set(rater, now() + holdMs));
  };
  return {
    hold,
    release,
    skip: (rater, item) => {
      release(rater, item);
      const before = (skipped.get(rater) ?? []).filter((one) => one !== item);
      skipped.set(rater, [...before, item]);
    },
    next: (rater, items) => {
      const asked = [...items.keys()].filter(
        (i) => !items[i]!.judgedBy.has(rater) && items[i]!.judgedBy.size < items[i]!.wanted,
      );
      const late = skipped.get(rater) ?? [];
      const inOrder = [
        ...asked.filter((i) => isHeld(i, rater)),
        ...asked.filter((i) => !late.includes(i)),
        ...late.filter((i) => asked.includes(i)),
      ];
      const item = inOrder.find(
        (i) => items[i]!.judgedBy.size + otherHolds(i, rater) < items[i]!.wanted,
      );
      if (item === undefined) return { held: asked.length };
      hold(rater, item);
      return { item };
    },
  };
}
