/** The queues of a folder of runs over a store, as raters in browsers use them. */
import { relative } from "node:path";
import { HoneError, messageOf } from "../../../core/errors.ts";
import type { FeedbackQueue } from "../../../core/feedback-queue.ts";
import type { ModelPrices } from "../../../core/model-prices.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import { shownTrace } from "../../../rewards/feedback-questions.ts";
import { keepFeedback } from "../../../rewards/keep-feedback.ts";
import { createHandOut, type HandOut, type ItemState } from "../../../rewards/queues/hand-out.ts";
import type { QueueConflict } from "../../../rewards/queues/queue-judgements.ts";
import type {
  UiHandedOut,
  UiNextRequest,
  UiQueue,
  UiQueueDetails,
  UiQueues,
} from "../../../server/ui/queue-library.ts";
import { feedbackOf, itemFor } from "./queue-answer.ts";
import { queueBoard, type QueueBoard, type ReadItem } from "./queue-board.ts";
import { queueNames, readQueue } from "./queue-files.ts";
import { trainingCommands } from "./export-queue.ts";
import { filterOfTexts } from "./queue-filter.ts";
import { makeQueue } from "./make-queue.ts";
import { queueLearning } from "./queue-rows.ts";
import { queueProgress } from "./queue-progress.ts";

export type { UiQueueDetails } from "../../../server/ui/queue-library.ts";

/** Time after which an item that a rater left open is handed out again, in ms. */
const HOLD_MS = 60_000;

/** Conflicts of a queue that are shown; there are more in `openConflicts`. */
const SHOWN_CONFLICTS = 100;

/** A queue that somebody looks at. */
interface OpenQueue {
  readonly board: QueueBoard;
  readonly handOut: HandOut;
}

/**
 * @param options.prices  what models cost, for queues with conditions on costs. Default: not known
 * @param options.holdMs  default a minute; the page shows a sign of a rater more often
 */
export function queueDesk({
  store,
  runs,
  prices = () => undefined,
  holdMs = HOLD_MS,
}: {
  readonly store: TraceStore | undefined;
  readonly runs: string;
  readonly prices?: () => ModelPrices | undefined;
  readonly holdMs?: number;
}): UiQueues {
  const opened = new Map<string, OpenQueue>();
  const open = async (name: string): Promise<OpenQueue> => {
    const queue = await readQueue(runs, name);
    const known = opened.get(name);
    // A queue of this name may have been deleted, and another one made.
    if (known?.board.queue.createdAt === queue.createdAt) return known;
    const fresh = { board: queueBoard(storeOf(store), queue), handOut: createHandOut({ holdMs }) };
    opened.set(name, fresh);
    return fresh;
  };
  const itemOf = async (name: string, item: number): Promise<OpenQueue> => {
    const found = await open(name);
    if (Number.isInteger(item) && item >= 0 && item < found.board.queue.items.length) return found;
    const problem = `it has ${found.board.queue.items.length} items, counted from 0`;
    throw new HoneError("QUEUE_ITEM_UNKNOWN", { name, item, problem });
  };
  return {
    list: () => listQueues(store, runs, open),
    make: async ({ filter, ...wanted }) => {
      const given = filter === undefined ? {} : { filter: filterOfTexts(filter, prices()) };
      const settings = Object.fromEntries(
        Object.entries(wanted).filter(([, value]) => value !== undefined),
      );
      const { name, kind } = wanted;
      await makeQueue(storeOf(store), runs, { ...settings, ...given, name, kind });
      return summaryOf((await open(name)).board);
    },
    show: async (name) =>
      detailsOf((await open(name)).board, {
        runs: relative(process.cwd(), runs) || ".",
        store: storeOf(store).url,
      }),
    next: async (name, request) => nextItem(await open(name), request),
    item: async (name, index, rater) => {
      const { board } = await itemOf(name, index);
      const { item, traces } = await board.read(index);
      if (traces !== undefined)
        return itemFor(board.queue, index, rater, { traces, judgements: item.judgements });
      const problem = "its trace is not in the store any more";
      throw new HoneError("QUEUE_ITEM_UNKNOWN", { name, item: index, problem });
    },
    hold: async (name, rater, item) => (await itemOf(name, item)).handOut.hold(rater, item),
    keep: async (name, answer) => {
      const { board, handOut } = await itemOf(name, answer.item);
      const said = feedbackOf(board.queue, answer);
      await keepFeedback(storeOf(store), [said]);
      await board.read(answer.item);
      handOut.release(answer.rater, answer.item);
      return { id: said.id };
    },
  };
}

function storeOf(store: TraceStore | undefined): TraceStore {
  if (store === undefined) throw new HoneError("UI_STORE_MISSING", {});
  return store;
}

async function listQueues(
  store: TraceStore | undefined,
  runs: string,
  open: (name: string) => Promise<OpenQueue>,
): ReturnType<UiQueues["list"]> {
  if (store === undefined) return { queues: [], problems: [] };
  const queues: UiQueue[] = [];
  const problems: string[] = [];
  for (const name of await queueNames(runs)) {
    try {
      queues.push(await summaryOf((await open(name)).board));
    } catch (error) {
      problems.push(messageOf(error));
    }
  }
  queues.sort((a, b) => b.createdAt - a.createdAt);
  return { store: store.url, queues, problems };
}

async function summaryOf(board: QueueBoard): Promise<UiQueue> {
  return summary(board.queue, await board.items());
}

function summary(queue: FeedbackQueue, read: readonly ReadItem[]): UiQueue {
  const { name, kind, filter, createdAt, ratersPerItem } = queue;
  const { conflicts, agreement: _, sides: __, raters, ...counts } = queueProgress(queue, read);
  const { prices: ___, ...conditions } = filter;
  return {
    ...{ name, kind, createdAt, ratersPerItem, filter: conditions },
    ...counts,
    raters: [...raters],
    openConflicts: conflicts.filter(isOpen).length,
  };
}

const isOpen = ({ decision }: QueueConflict): boolean => decision === undefined;

async function detailsOf(
  board: QueueBoard,
  where: { readonly runs: string; readonly store: string },
): Promise<UiQueueDetails> {
  const read = await board.items();
  const { agreement, conflicts, sides } = queueProgress(board.queue, read);
  return {
    ...summary(board.queue, read),
    ...(agreement !== undefined && {
      agreement: {
        ...agreement,
        alpha: agreement.alpha,
        pairs: agreement.pairs.map((pair) => ({ ...pair, raters: [...pair.raters] })),
      },
    }),
    conflicts: await Promise.all(
      conflicts.slice(0, SHOWN_CONFLICTS).map((one) => conflictOf(board, one)),
    ),
    sides,
    trainings: queueLearning[board.queue.kind].trainings.map((training) => ({
      training,
      commands: [...trainingCommands(board.queue, training, where)],
    })),
  };
}

async function conflictOf(
  board: QueueBoard,
  { item, judgements, decision }: QueueConflict,
): Promise<UiQueueDetails["conflicts"][number]> {
  const { traces } = await board.read(item);
  return {
    item,
    task: traces === undefined ? "" : shownTrace(traces[0]!).task,
    ...(decision !== undefined && { decision }),
    judgements: judgements.map(({ author, value, said: { reason } }) => ({
      ...{ author, value },
      ...(reason !== undefined && { reason }),
    })),
  };
}

/** The next item of a rater, as it is at this moment: what others have said meanwhile by other ways is seen before it is shown. */
async function nextItem(
  { board, handOut }: OpenQueue,
  { rater, skipped, secondLook = false }: UiNextRequest,
): Promise<UiHandedOut> {
  const { queue } = board;
  if (skipped !== undefined) handOut.skip(rater, skipped);
  for (;;) {
    const read = await board.items();
    const states = secondLook ? conflictStates(queue, read) : openStates(queue, read);
    const next = handOut.next(rater, states);
    const counts = {
      judged: read.filter(({ judgements }) => judgements.some(({ author }) => author === rater))
        .length,
      items: read.length,
      done: read.filter(({ judgements }) => judgements.length >= queue.ratersPerItem).length,
    };
    if ("held" in next) return { held: next.held, ...counts };
    const { item, traces } = await board.read(next.item);
    const isAsFound = item.judgements.length === states[next.item]!.judgedBy.size;
    if (traces !== undefined && isAsFound) {
      const shown = itemFor(queue, next.item, rater, { traces, judgements: item.judgements });
      return { item: shown, held: 0, ...counts };
    }
    handOut.release(rater, next.item);
  }
}

const judgedBy = ({ judgements }: ReadItem): ReadonlySet<string> =>
  new Set(judgements.map(({ author }) => author));

const openStates = (
  { ratersPerItem }: FeedbackQueue,
  read: readonly ReadItem[],
): readonly ItemState[] =>
  read.map((one) => ({ judgedBy: judgedBy(one), wanted: one.isThere ? ratersPerItem : 0 }));

/** Items on which people disagree are asked about once more. */
function conflictStates(queue: FeedbackQueue, read: readonly ReadItem[]): readonly ItemState[] {
  const open = new Set(
    queueProgress(queue, read)
      .conflicts.filter(isOpen)
      .map(({ item }) => item),
  );
  return read.map((one, i) => {
    const judges = judgedBy(one);
    return { judgedBy: judges, wanted: open.has(i) ? judges.size + 1 : 0 };
  });
}
