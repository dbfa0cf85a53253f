/** An item as a rater is shown it, and their answer as feedback. */
import { HoneError } from "../../../core/errors.ts";
import { type Feedback, withId } from "../../../core/feedback.ts";
import type { FeedbackQueue } from "../../../core/feedback-queue.ts";
import type { Trace } from "../../../core/trace.ts";
import { shownTrace } from "../../../rewards/feedback-questions.ts";
import type { ItemJudgement } from "../../../rewards/queues/queue-judgements.ts";
import { queueKindRules } from "../../../rewards/queues/queue-kinds.ts";
import { shownOrder } from "../../../rewards/queues/queue-sides.ts";
import { promptOf } from "../../../rewards/trace-answer.ts";
import type { UiQueueAnswer, UiQueueItem } from "../../../server/ui/queue-library.ts";

/** What a rater sees of an item: of a pair nothing that tells which agent gave an answer. */
export function itemFor(
  queue: FeedbackQueue,
  index: number,
  rater: string,
  {
    traces,
    judgements,
  }: { readonly traces: readonly Trace[]; readonly judgements: readonly ItemJudgement[] },
): UiQueueItem {
  const { kind, reasons } = queue;
  const order = shownOrder(queue, index, queue.items[index]!, rater);
  const shown = order.map((id) => traces.find((trace) => trace.id === id)!);
  const [first] = shown;
  const own = judgements.find(({ author }) => author === rater)?.said;
  return {
    ...{ item: index, kind, reasons: [...reasons], task: shownTrace(first!).task },
    context: promptOf(first!).map((one) => ({ ...one })) as UiQueueItem["context"],
    answers: shown.map((trace) => {
      const { answer, tools } = shownTrace(trace);
      return { ...(answer !== undefined && { text: answer }), tools: [...tools] };
    }),
    ...(order.length === 1 && { trace: order[0] }),
    ...(own !== undefined && { mine: ownAnswer(own, order[0]) }),
  };
}

/** What a rater said before, in the words of an answer. */
function ownAnswer(said: Feedback, left: string): NonNullable<UiQueueItem["mine"]> {
  const reason = said.reason === undefined ? {} : { reason: said.reason };
  if (said.kind === "rating") return { rating: said.rating, ...reason };
  if (said.kind === "correction") return { answer: said.answer, ...reason };
  const better = said.preferred === "tie" ? undefined : said[said.preferred];
  const preferred = better === undefined ? "tie" : better === left ? "left" : "right";
  return { preferred, ...reason };
}

/** The feedback that an answer is. Of a comparison it names first what was shown on the left. @throws QUEUE_ANSWER_INVALID */
export function feedbackOf(queue: FeedbackQueue, answer: UiQueueAnswer): Feedback {
  const { kind } = queue;
  const { rater: author, item: index, rating, preferred, answer: text } = answer;
  const reason = answer.reason?.trim() ?? "";
  const base = { author, at: Date.now(), ...(reason !== "" && { reason }) };
  const [first, second] = shownOrder(queue, index, queue.items[index]!, author);
  refuseOthers(kind, answer);
  const { scale } = queueKindRules[kind];
  if (scale !== undefined) {
    const isOfScale = Number.isInteger(rating) && rating! >= scale.low && rating! <= scale.high;
    if (!isOfScale) throw invalid(kind, `the rating is ${rating}`);
    return withId({ kind: "rating", ...base, traceId: first, rating: rating!, ...scale });
  }
  if (second !== undefined) {
    if (preferred === undefined) throw invalid(kind, "it does not say which answer is better");
    const side = ({ left: "first", right: "second", tie: "tie" } as const)[preferred];
    return withId({ kind: "comparison", ...base, first, second, preferred: side });
  }
  if (text === undefined || text.trim() === "") throw invalid(kind, "it holds no text");
  return withId({ kind: "correction", ...base, traceId: first, answer: text });
}

/** An answer that says more than its queue asks is a mistake of the sender. */
function refuseOthers(kind: FeedbackQueue["kind"], answer: UiQueueAnswer): void {
  const own = { rate: "rating", thumbs: "rating", compare: "preferred", correct: "answer" }[kind];
  for (const name of ["rating", "preferred", "answer"] as const)
    if (name !== own && answer[name] !== undefined) throw invalid(kind, `it has a ${name}`);
}

const invalid = (kind: string, problem: string): HoneError =>
  new HoneError("QUEUE_ANSWER_INVALID", { kind, problem });
