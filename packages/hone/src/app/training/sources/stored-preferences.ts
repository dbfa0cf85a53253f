/**
 * A store as the source of preferences: rollouts of one task whose rewards differ, and what people said (comparisons, corrections).
 *
 * Of the rollouts of a group, the best is paired with the worst, the second best with the second worst, and so on while their rewards
 * differ enough, so that every rollout is in one pair at most. Rows are exactly the tokens that were sampled.
 */
import { createHash } from "node:crypto";
import type { PairRows, RatedRow } from "../../../algorithms/preferences/preference-rows.ts";
import { renderPair } from "../../../algorithms/preferences/preference-rows.ts";
import {
  pairsOfRollouts,
  rowOfRollout,
  type Unpaired,
} from "../../../algorithms/preferences/rollout-pairs.ts";
import { HoneError } from "../../../core/errors.ts";
import type { Trajectory } from "../../../core/rollout.ts";
import { shownAddress } from "../../../core/shown-address.ts";
import { holdOutKeys } from "../../../data/held-out-keys.ts";
import type { TraceStore } from "../../../ports/trace-store.ts";
import { collectFeedback } from "../../../rewards/keep-feedback.ts";
import { preferencePairs } from "../../../rewards/preference-pairs.ts";
import type { StoredGroup } from "../../../rollouts/stored-rollouts.ts";
import { isOfEvaluation } from "../../../rollouts/trace-rollout.ts";
import { openRenderer } from "../../../text/renderer.ts";
import { lastingAddress, openStore } from "../../open-store.ts";
import { rolloutsOf } from "../stored/rollouts-of.ts";
import { traceFilterOf } from "../trace-conditions.ts";
import type { TrainingSettings } from "../training.ts";
import { type ContextLimit, contextLimit, tooLongText } from "./context-limit.ts";
import { modelOf, type OpenedSource, type SourceRequest } from "./opened-source.ts";
import { pairTasks, ratedTasks, rewardPairTasks } from "./pair-tasks.ts";
import { trainable } from "./trainable-rollouts.ts";

/**
 * Reads the store and holds out a share of its tasks. Rollouts of evaluations, which did held-out tasks, are not learned from.
 * @throws CONFIG_INVALID for a model from nothing, and for a margin where answers are rated; DATA_EMPTY without a pair; as `openStore` and `rolloutsOf`
 */
export async function openStoredPreferences(
  request: SourceRequest<"preferences">,
  address: string,
): Promise<OpenedSource<"preferences">> {
  const { settings } = request;
  if (settings.model === "tiny") {
    const problem =
      "a model made from nothing cannot read a store's tokens, as its tokenizer would be a new one; name the model that the rollouts were sampled from, or another.";
    throw new HoneError("CONFIG_INVALID", { where: "--model", problem });
  }
  if (request.takesRatedAnswers === true && settings.minMargin !== undefined) {
    const problem =
      "it is the difference of two rewards, and this training learns rollouts one by one; leave it out.";
    throw new HoneError("CONFIG_INVALID", { where: "--min-margin", problem });
  }
  const found = (await modelOf(request))!;
  const store = await openStore(address, { mustExist: true });
  try {
    const { trainsValues } = request;
    const limit = await contextLimit(found.folder, { trainsValues });
    const { groups, text } = await rolloutsOf(store, traceFilterOf(settings.where), {
      model: settings.model,
    });
    const { read: tried, notes } = trainable(groups, limit);
    const read = {
      shown: shownAddress(lastingAddress(address)),
      text: [text, ...notes].join("; "),
    };
    const common = { runName: request.training, found, texts: async () => [] };
    const learning = { kind: "dataset" as const };
    if (request.takesRatedAnswers === true)
      return { ...common, learning, ...ratedSource(tried, read, settings) };
    const said = await feedbackPairs(
      store.traces(traceFilterOf(settings.where)),
      found.folder,
      limit,
    );
    const tasks = trainsValues === true ? rewardPairTasks : pairTasks;
    return { ...common, learning, ...pairSource(tried, said, { ...read, settings, tasks }) };
  } finally {
    await store.close();
  }
}

/** A pair of rows, and the task that it is of. */
interface KeyedPair extends PairRows {
  readonly key: string;
}

/** What was read, for people. */
interface ReadStore {
  /** The address without a password. */
  readonly shown: string;
  readonly text: string;
}

type SourceParts = Pick<
  OpenedSource<"preferences">,
  "data" | "heldOut" | "settled" | "dataDigest" | "notes"
>;

function pairSource(
  groups: readonly StoredGroup[],
  said: { readonly pairs: readonly KeyedPair[]; readonly notes: readonly string[] },
  {
    shown,
    text,
    settings,
    tasks,
  }: ReadStore & {
    readonly settings: TrainingSettings<"preferences">;
    readonly tasks: typeof pairTasks;
  },
): SourceParts {
  const { minMargin = 0 } = settings;
  const read = groups.map(({ task, rollouts }) => ({
    key: task.id,
    ...pairsOfRollouts(rollouts, { minMargin }),
  }));
  const tried = read.flatMap(({ key, pairs: some }) => some.map((pair) => ({ key, ...pair })));
  const left = leftOutTexts(read.flatMap(({ unpaired }) => unpaired));
  const pairs: readonly KeyedPair[] = [...tried, ...said.pairs];
  if (pairs.length === 0)
    throw new HoneError("DATA_EMPTY", {
      where: `${shown} (${[text, ...left, ...said.notes].join("; ")})`,
      item: "pair of rollouts of one task with different rewards, comparison or correction",
    });
  const { train, test } = holdOutKeys(pairs, ({ key }) => key, splitOf(settings));
  const rowsOf = ({ chosen, rejected, weight = 1 }: KeyedPair): PairRows => ({
    chosen,
    rejected,
    weight,
  });
  return {
    data: { pairs: { rows: train.map(rowsOf) }, answers: {} },
    heldOut: tasks(
      test.map(({ chosen, rejected }, i) => ({
        id: `pair ${i + 1}: ${chosen.id} over ${rejected.id}`,
        chosen,
        rejected,
        compares: "sums" as const,
      })),
    ),
    settled: { data: shown },
    dataDigest: digestOf(pairs.flatMap(({ chosen, rejected }) => [chosen, rejected])),
    notes: [
      `${shown}: ${text}`,
      ...left,
      ...said.notes,
      `${train.length} pairs to learn (${tried.length} of rollouts and ${said.pairs.length} of people in all), ${test.length} held out to measure`,
    ],
  };
}

function ratedSource(
  groups: readonly StoredGroup[],
  { shown, text }: ReadStore,
  settings: TrainingSettings<"preferences">,
): SourceParts {
  const unpaired: Unpaired[] = [];
  const rated = groups.flatMap(({ task, rollouts }) =>
    rollouts.flatMap((rollout) => {
      const row = rowOfRollout(rollout);
      if (typeof row === "string") unpaired.push(row);
      return row === undefined || typeof row === "string"
        ? []
        : [{ id: rollout.id, key: task.id, ...row, isDesirable: rollout.isSuccess }];
    }),
  );
  const left = leftOutTexts(unpaired);
  if (rated.length < 2)
    throw new HoneError("DATA_EMPTY", {
      where: `${shown} (${[text, ...left].join("; ")})`,
      item: "rollout with a reward",
    });
  const { train, test } = holdOutKeys(rated, ({ key }) => key, splitOf(settings));
  const rowOf = ({ id, tokens, mask, isDesirable }: (typeof rated)[number]): RatedRow => ({
    ...{ id, tokens, mask, isDesirable },
  });
  const good = train.filter(({ isDesirable }) => isDesirable).length;
  return {
    data: { pairs: {}, answers: { rows: train.map(rowOf) } },
    heldOut: ratedTasks(
      test.map((one) => ({ name: one.id, isDesirable: one.isDesirable, answer: one })),
    ),
    settled: { data: shown },
    dataDigest: digestOf(rated),
    notes: [
      `${shown}: ${text}`,
      ...left,
      `${good} rollouts that did their task are desirable, ${train.length - good} are not; ${test.length} held out to measure`,
    ],
  };
}

const splitOf = ({ heldOut: share, testTasks: max, seed }: TrainingSettings<"preferences">) => ({
  share,
  max,
  seed,
});

/** "3 left out: without a call of the model" for each reason. */
function leftOutTexts(reasons: readonly Unpaired[]): readonly string[] {
  const counts = Map.groupBy(reasons, (reason) => reason);
  return [...counts].map(([reason, { length }]) => `${length} left out: ${reason}`);
}

/** Comparisons and corrections of people, as rows; what they said of rollouts of evaluations is not learned. */
async function feedbackPairs(
  stored: ReturnType<TraceStore["traces"]>,
  model: string,
  limit: ContextLimit,
) {
  const { feedback, traces } = await collectFeedback(stored);
  const { pairs: all, leftOut } = preferencePairs(feedback, traces);
  const measured = new Set(traces.filter(isOfEvaluation).map(({ id }) => id));
  const pairs = all.filter(
    ({ chosenTrace = "", rejectedTrace }) =>
      !measured.has(chosenTrace) && !measured.has(rejectedTrace),
  );
  const renderer = pairs.length === 0 ? undefined : await openRenderer(model);
  const rows = await Promise.all(
    pairs.map(async (pair, i) => {
      const name = { where: "feedback", item: `feedback ${i + 1} on ${pair.rejectedTrace}` };
      return { key: pair.task, ...(await renderPair(pair, renderer!, name)) };
    }),
  );
  const short = rows.filter(({ chosen, rejected }) => [chosen, rejected].every(limit.fits));
  const [left, long] = [all.length - pairs.length, rows.length - short.length];
  return {
    pairs: short,
    notes: [
      ...Object.entries(leftOut).map(
        ([reason, count]) => `${count} of people's feedback left out: ${reason}`,
      ),
      ...(left === 0 ? [] : [`${left} of people's feedback left out: on rollouts of evaluations`]),
      ...(long === 0 ? [] : [tooLongText(long, "of people's feedback", limit)]),
    ],
  };
}

/** A resumed run learns from the same rows, or is refused. */
function digestOf(rows: readonly Pick<Trajectory, "tokens" | "mask">[]): string {
  const hash = createHash("sha256");
  for (const { tokens, mask } of rows) hash.update(JSON.stringify([tokens, mask]));
  return hash.digest("hex");
}
