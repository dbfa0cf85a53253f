/** One rater's way through a queue: the item that is shown, what was answered before it, and the next one. */
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type Schemas, ServerAway } from "../api/client.ts";
import { queuesApi, type QueueItem, type Said } from "./people-api.ts";

/** Less than the time after which the server hands an item to somebody else. */
const SIGN_MS = 20_000;

/** Time between questions whether an item has become free. */
const WAIT_MS = 3000;

/** Time between tries while the server does not answer. */
const AGAIN_MS = 1000;

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
  /** Whether the server does not answer; what was to be sent is sent again until it does. */
  readonly isLost: boolean;
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
  const kept = useRef(new WeakSet<Move>());
  const { mutate, error, isPending, failureReason } = useMutation({
    retry: (_, reason) => reason instanceof ServerAway,
    retryDelay: AGAIN_MS,
    mutationFn: async (move: Move) => {
      if (move.kind === "back") {
        setItem(await queuesApi.item(name, move.item, rater));
        return setAnswered((before) => before.filter((one) => one !== move.item));
      }
      if (move.kind === "next") return next(move.skipped);
      // Where the server went away between the two requests, only the second one is sent again.
      if (!kept.current.has(move)) await queuesApi.answer(name, rater, move.item, move.said);
      kept.current.add(move);
      setAnswered((before) => [...before.filter((one) => one !== move.item), move.item]);
      return next();
    },
  });
  useEffect(() => mutate({ kind: "next" }), [mutate, name, rater, secondLook]);
  useEffect(() => {
    if (item === undefined) return undefined;
    const sign = (): void => {
      // A hidden tab does not renew its hold, so that the item goes to another rater. A sign that is lost is followed by others.
      if (document.visibilityState === "visible")
        queuesApi.hold(name, rater, item.item).catch(() => undefined);
    };
    const timer = setInterval(sign, SIGN_MS);
    return () => clearInterval(timer);
  }, [name, rater, item]);
  const isWaiting = item === undefined && counts !== undefined && counts.held > 0;
  useEffect(() => {
    if (!isWaiting || isPending) return undefined;
    const timer = setInterval(() => mutate({ kind: "next" }), WAIT_MS);
    return () => clearInterval(timer);
  }, [isWaiting, isPending, mutate]);
  const last = answered.at(-1);
  return {
    ...{ item, counts, error, isBusy: isPending, canGoBack: last !== undefined },
    isLost: isPending && failureReason instanceof ServerAway,
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
