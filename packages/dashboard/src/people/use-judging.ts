/** One rater's way through a queue: the item that is shown, what was answered before it, and the next one. */
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Schemas } from "../api/client.ts";
import { queuesApi, type QueueItem, type Said } from "./people-api.ts";

/** Less than the time after which the server hands an item to somebody else. */
const SIGN_MS = 20_000;

/** Time between questions whether an item has become free. */
const WAIT_MS = 3000;

type Move =
  | { readonly kind: "next"; readonly skipped?: number }
  | { readonly kind: "answer"; readonly item: number; readonly said: Said }
  | { readonly kind: "back"; readonly item: number };

export interface Judging {
  /** Undefined until the first item has come, and while there is none. */
  readonly item: QueueItem | undefined;
  /** Of the queue and the rater. Undefined until the first answer of the server. */
  readonly counts: Omit<Schemas["HandedOut"], "item"> | undefined;
  /** Whether an answer of this visit can be gone back to. */
  readonly canGoBack: boolean;
  readonly isBusy: boolean;
  readonly error: Error | null;
  readonly answer: (said: Said) => void;
  readonly skip: () => void;
  readonly back: () => void;
}

/** Judges as this rater; with `secondLook` only what others disagree on. */
export function useJudging(name: string, rater: string, secondLook: boolean): Judging {
  const [item, setItem] = useState<QueueItem>();
  const [counts, setCounts] = useState<Judging["counts"]>();
  const [answered, setAnswered] = useState<readonly number[]>([]);
  const next = async (skipped?: number): Promise<void> => {
    const { item: found, ...rest } = await queuesApi.next(name, {
      ...{ rater, secondLook },
      ...(skipped !== undefined && { skipped }),
    });
    setItem(found);
    setCounts(rest);
  };
  const { mutate, error, isPending } = useMutation({
    mutationFn: async (move: Move) => {
      if (move.kind === "back") {
        setItem(await queuesApi.item(name, move.item, rater));
        return setAnswered((before) => before.filter((one) => one !== move.item));
      }
      if (move.kind === "next") return next(move.skipped);
      await queuesApi.answer(name, rater, move.item, move.said);
      setAnswered((before) => [...before.filter((one) => one !== move.item), move.item]);
      return next();
    },
  });
  useEffect(() => mutate({ kind: "next" }), [mutate, name, rater, secondLook]);
  useEffect(() => {
    if (item === undefined) return undefined;
    const sign = (): void => {
      // A hidden tab does not renew its hold, so that the item goes to another rater.
      if (document.visibilityState === "visible")
        queuesApi.hold(name, rater, item.item).catch(() => undefined);
    };
    const timer = setInterval(sign, SIGN_MS);
    return () => clearInterval(timer);
  }, [name, rater, item]);
  const isWaiting = item === undefined && counts !== undefined && counts.held > 0;
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setInterval(() => mutate({ kind: "next" }), WAIT_MS);
    return () => clearInterval(timer);
  }, [isWaiting, mutate]);
  const last = answered.at(-1);
  return {
    ...{ item, counts, error, isBusy: isPending, canGoBack: last !== undefined },
    answer: (said) => {
      if (item !== undefined && !isPending) mutate({ kind: "answer", item: item.item, said });
    },
    skip: () => {
      if (item !== undefined && !isPending) mutate({ kind: "next", skipped: item.item });
    },
    back: () => {
      if (last !== undefined && !isPending) mutate({ kind: "back", item: last });
    },
  };
}
