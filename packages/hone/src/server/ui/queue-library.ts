/** What the dashboard asks about queues of traces that people judge. */
import type { z } from "@hono/zod-openapi";
import type {
  answerRequest,
  handedOut,
  newQueue,
  nextRequest,
  queueDetails,
  queueList,
  queueSummary,
  shownItem,
  trainingRequest,
  uiTraining,
} from "./queue-schemas.ts";

/** A queue as it is listed. */
export type UiQueue = z.infer<typeof queueSummary>;
/** A queue with its agreement, conflicts, and how it is learned. */
export type UiQueueDetails = z.infer<typeof queueDetails>;
/** An item as a rater is shown it. */
export type UiQueueItem = z.infer<typeof shownItem>;
/** What a rater says about an item. */
export type UiQueueAnswer = z.infer<typeof answerRequest>;
/** Who asks for an item, and which. */
export type UiNextRequest = z.infer<typeof nextRequest>;
/** The next item, or that there is none. */
export type UiHandedOut = z.infer<typeof handedOut>;

/** The queues of a folder of runs over one store. */
export interface UiQueues {
  list(): Promise<z.infer<typeof queueList>>;
  /** @throws OPTION_INVALID, TRACE_QUERY_INVALID, QUEUE_EXISTS, QUEUE_EMPTY, UI_STORE_MISSING */
  make(wanted: z.infer<typeof newQueue>): Promise<UiQueue>;
  /** @throws QUEUE_NOT_FOUND */
  show(name: string): Promise<UiQueueDetails>;
  /** Hands out the next item of a rater, and holds it for them. @throws QUEUE_NOT_FOUND */
  next(name: string, request: UiNextRequest): Promise<UiHandedOut>;
  /** One item, with what the rater said before. @throws QUEUE_NOT_FOUND, QUEUE_ITEM_UNKNOWN */
  item(name: string, item: number, rater: string): Promise<UiQueueItem>;
  /** A sign that a rater still looks at an item. @throws QUEUE_NOT_FOUND, QUEUE_ITEM_UNKNOWN */
  hold(name: string, rater: string, item: number): Promise<void>;
  /** Keeps an answer; resolves when it is durable. @throws QUEUE_NOT_FOUND, QUEUE_ITEM_UNKNOWN, QUEUE_ANSWER_INVALID */
  keep(name: string, answer: UiQueueAnswer): Promise<{ readonly id: string }>;
}

/** A training that the page has started. */
export type UiTraining = z.infer<typeof uiTraining>;

/** Which training on a queue is to start. */
export type UiTrainingRequest = z.infer<typeof trainingRequest>;

/** Trainings on queues, where the server was started to allow them. */
export interface UiTrainings {
  /** The newest first. */
  list(): Promise<readonly UiTraining[]>;
  /** @throws QUEUE_NOT_FOUND, QUEUE_TOO_FEW, OPTION_INVALID, UI_TRAINING_BUSY, UI_STORE_MISSING */
  start(queue: string, request: UiTrainingRequest): Promise<UiTraining>;
  /** Lets it save and end. @throws RUN_NOT_FOUND for a run that was not started here */
  stop(run: string): Promise<UiTraining>;
}
