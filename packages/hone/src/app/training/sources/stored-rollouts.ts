/** The rollouts of a store as the source of a training: rows of exactly the tokens that were sampled, with their rewards. */
import { createHash } from "node:crypto";
import { sumOf } from "../../../algorithms/blocks/sums.ts";
import { trajectoriesOf } from "../../../algorithms/blocks/trajectories.ts";
import { HoneError } from "../../../core/errors.ts";
import { shownAddress } from "../../../core/shown-address.ts";
import { likelihoodRunner, replyAgent, replyReward } from "../../../evaluation/reply-task.ts";
import { agentTasks } from "../../../rollouts/agent-tasks.ts";
import { lastingAddress } from "../../open-store.ts";
import { rolloutsOf } from "../stored/rollouts-of.ts";
import { traceFilterOf } from "../trace-conditions.ts";
import type { Dataset, TrainingSettings } from "../training.ts";
import { contextLimit } from "./context-limit.ts";
import { withoutMeasured } from "./measured-questions.ts";
import { modelOf, type OpenedSource, type SourceRequest } from "./opened-source.ts";
import { leftText } from "./own-conversations.ts";
import { byTask, isUsable, replyTask, splitSessions, type UsableGroup } from "./held-out-traces.ts";
import { countOf, trainable } from "./trainable-rollouts.ts";

/**
 * Reads the store and holds out a share of its tasks, of each of which the best rollout's last reply is measured. Rollouts of
 * evaluations, which did held-out tasks, are not learned from.
 * @throws CONFIG_INVALID for a model from nothing and for rows of turns; DATA_EMPTY; as `rolloutsOf`
 */
export async function openStoredRollouts(
  request: SourceRequest<"dataset">,
  store: string,
): Promise<OpenedSource<"dataset">> {
  const { settings } = request;
  const address = shownAddress(lastingAddress(store));
  checkSettings(settings);
  const found = (await modelOf(request))!;
  const limit = await contextLimit(found.folder);
  const { groups, text } = await rolloutsOf(store, traceFilterOf(settings.where), {
    model: settings.model,
  });
  const learned = await withoutMeasured(groups, settings);
  const { read, notes } = trainable(learned.groups, limit);
  const usable = read.map(({ task, rollouts }) => ({ task, rollouts: rollouts.filter(isUsable) }));
  const { minReward = -Infinity } = settings;
  const good = usable.flatMap(({ task, rollouts }) => {
    const kept = rollouts.filter(({ reward }) => reward.total >= minReward);
    return kept.length === 0 ? [] : [{ task, rollouts: kept }];
  });
  if (good.length === 0)
    throw new HoneError("DATA_EMPTY", {
      where: address,
      item: "rollout with a reward to learn from",
    });
  const { train, test } = splitSessions(good, settings);
  const below = countOf(usable) - countOf(good);
  return {
    runName: request.training,
    found,
    texts: async () => [],
    data: dataOf(train, request),
    learning: { kind: "dataset" },
    heldOut: agentTasks({
      tasks: byTask(test).map(replyTask),
      agent: replyAgent,
      reward: replyReward,
      wrapRunner: likelihoodRunner,
    }),
    settled: { data: address },
    dataDigest: digestOf(good),
    notes: [
      `${address}: ${text}`,
      ...learned.notes,
      ...notes,
      ...leftText(below, settings.minReward),
      splitText(train, test),
    ],
  };
}

function checkSettings({ model, rowsPer }: TrainingSettings<"dataset">): void {
  if (rowsPer !== undefined) {
    const problem =
      "rows of a store hold the tokens as they were sampled, so nothing is divided into turns; leave it out.";
    throw new HoneError("CONFIG_INVALID", { where: "--rows-per", problem });
  }
  if (model !== "tiny") return;
  const problem =
    "a model made from nothing cannot read a store's tokens, as its tokenizer would be a new one; name the model that the rollouts were sampled from, or another.";
  throw new HoneError("CONFIG_INVALID", { where: "--model", problem });
}

/** A rollout that became several rows is one episode: each of its rows counts by its share of the rollout's tokens. */
function dataOf(groups: readonly UsableGroup[], request: SourceRequest<"dataset">): Dataset {
  const rows = groups.flatMap(({ task, rollouts }) =>
    rollouts.flatMap((rollout) => {
      const merged = trajectoriesOf(rollout).rows;
      const counts = merged.map(({ mask }) => Math.max(1, sumOf(mask)));
      return merged.map(({ tokens, mask }, i) => ({
        row: { id: merged.length === 1 ? rollout.id : `${rollout.id}#${i}`, tokens, mask },
        share: counts[i]! / sumOf(counts),
        rollout,
        task: task.id,
      }));
    }),
  );
  // A mean over tokens counts each token once already.
  const isPerRow = "normalize" in request.settings && request.settings.normalize === "row";
  const isSplit = rows.some(({ share }) => share !== 1);
  return {
    examples: {
      rows: rows.map(({ row }) => row),
      ...(isPerRow && isSplit && { weights: rows.map(({ share }) => share) }),
    },
    ...(request.needsRewards && {
      scores: {
        rewards: rows.map(({ rollout }) => rollout.reward.total),
        tasks: rows.map(({ task }) => task),
        successes: rows.map(({ rollout }) => rollout.isSuccess),
        ...(isSplit && { episodes: rows.map(({ rollout }) => rollout.traceId) }),
      },
    }),
  };
}

/** A resumed run learns from the same rollouts, or is refused. */
function digestOf(groups: readonly UsableGroup[]): string {
  const hash = createHash("sha256");
  for (const { task, rollouts } of groups)
    for (const { traceId, reward, turns } of rollouts)
      hash.update(
        JSON.stringify([task.id, traceId, reward.total, turns.map((turn) => turn.tokens)]),
      );
  return hash.digest("hex");
}

function splitText(train: readonly UsableGroup[], test: readonly UsableGroup[]): string {
  const held =
    test.length === 0
      ? "no task held out, so nothing is measured"
      : `${byTask(test).length} tasks held out, whose best reply is measured`;
  return `${countOf(train)} rollouts to learn, ${held}`;
}
