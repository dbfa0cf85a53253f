/** Pairs of a better and a worse try at one meeting, for DPO. */
import type { MeetingTrace } from "./meeting-traces.ts";

type Messages = MeetingTrace["messages"];

/** A pair in the form that `hone train dpo --data` and TRL read. */
export interface MeetingPair {
  /** What both tries began with: the instructions, if there are any, and the meeting's text. */
  readonly prompt: Messages;
  /** The better try: calls of tools, what they answered, and the prediction. */
  readonly chosen: Messages;
  readonly rejected: Messages;
  /** The difference of their rewards. */
  readonly margin: number;
}

/**
 * Of the tries at each meeting the best with the worst, the second best with the second worst, and so on, while their rewards differ by
 * at least `minMargin`.
 */
export const meetingPairs = (
  traces: readonly MeetingTrace[],
  minMargin: number,
): readonly MeetingPair[] =>
  [...Map.groupBy(traces, ({ task }) => task).values()].flatMap((tries) =>
    pairsOf(tries, minMargin),
  );

function pairsOf(tries: readonly MeetingTrace[], minMargin: number): readonly MeetingPair[] {
  const ranked = tries
    .flatMap(({ messages, trajectory: { reward } }) =>
      reward === undefined ? [] : [{ messages, reward }],
    )
    .toSorted((a, b) => b.reward - a.reward);
  return ranked.slice(0, Math.floor(ranked.length / 2)).flatMap((better, i) => {
    const worse = ranked[ranked.length - 1 - i]!;
    const margin = better.reward - worse.reward;
    if (margin < minMargin) return [];
    const length = promptLength(better.messages);
    return [
      {
        prompt: better.messages.slice(0, length),
        chosen: better.messages.slice(length),
        rejected: worse.messages.slice(length),
        margin: Math.round(margin * 1e6) / 1e6,
      },
    ];
  });
}

/** How many messages stand before the first reply. */
const promptLength = (messages: Messages): number =>
  messages.findIndex(({ role }) => role === "assistant");
