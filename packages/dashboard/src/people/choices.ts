/** What can be chosen in each kind of queue, by which key, and what that says. */
import type { QueueItem, QueueKind, Said } from "./people-api.ts";

export interface Choice {
  readonly value: string;
  readonly key: string;
  readonly label: string;
}

/** Between the reasons of a judgement, which are kept as one text. */
const SEPARATOR = ", ";

/** The digit of the first reason; those below it choose good or bad. */
export const firstReasonKey = 3;

const choices: Readonly<Record<QueueKind, readonly Choice[]>> = {
  rate: [
    { value: "1", key: "1", label: "very bad" },
    { value: "2", key: "2", label: "bad" },
    { value: "3", key: "3", label: "fair" },
    { value: "4", key: "4", label: "good" },
    { value: "5", key: "5", label: "very good" },
  ],
  thumbs: [
    { value: "1", key: "1", label: "good" },
    { value: "0", key: "2", label: "bad" },
  ],
  compare: [
    { value: "left", key: "1", label: "left is better" },
    { value: "right", key: "2", label: "right is better" },
    { value: "tie", key: "3", label: "neither" },
  ],
  correct: [],
};

export const choicesOf = (kind: QueueKind): readonly Choice[] => choices[kind];

/** What is chosen when an item is shown: what the rater said before; of a correction else the answer as it was given. */
export function valueOf({ kind, mine, answers }: QueueItem): string | undefined {
  if (kind === "correct") return mine?.answer ?? answers[0]?.text;
  if (kind === "compare") return mine?.preferred;
  return mine?.rating === undefined ? undefined : String(mine.rating);
}

/** What was given as a reason before, as the offered reasons in it and the rater's own words. */
export function reasonsOf(
  reason: string,
  offered: readonly string[],
): { readonly chosen: readonly string[]; readonly own: string } {
  const parts = reason.split(SEPARATOR);
  const chosen = offered.filter((one) => parts.includes(one));
  return { chosen, own: parts.filter((one) => !chosen.includes(one)).join(SEPARATOR) };
}

/** What a rater says by choosing a value, with their reasons. */
export function saidOf(kind: QueueKind, value: string, reasons: readonly string[]): Said {
  const reason = reasons.filter((one) => one.trim() !== "").join(SEPARATOR);
  const because = reason === "" ? {} : { reason };
  if (kind === "correct") return { answer: value, ...because };
  if (kind === "compare") return { preferred: value as "left" | "right" | "tie", ...because };
  return { rating: Number(value), ...because };
}
