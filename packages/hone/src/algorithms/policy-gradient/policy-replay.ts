/**
 * Replay: groups that earlier steps of a run sampled are learned from once more beside a step's new ones, while they are not too old.
 *
 * Their ratios are those to the policy that sampled them, by the log-probs of that time, so the clip bounds what they can do. With a `correction`
 * their ratios are to the trainer before the step's first update, as those of new groups are, and what they can do is bounded by the
 * correction: its weight, of the trainer to the policy that sampled them, multiplies their advantage, and beyond `max` it is cut or 0.
 * The groups are a part of the run's state, so that a resumed run replays what it would have.
 */
import { optionChecks } from "../../core/option-checks.ts";
import { Random } from "../../core/random.ts";
import type { Rollout, RolloutGroup } from "../../core/rollout.ts";
import { freshGroups } from "../blocks/replay.ts";
import { replyOfChoice } from "./hierarchical-credit.ts";
import { isScored } from "./scored-answers.ts";

/** How much of earlier steps is learned from again. */
export interface ReplayOptions {
  /** Groups of earlier steps beside the new ones of each step, at least 1. */
  readonly groupsPerStep: number;
  /** How many steps ago a group may have been sampled, at least 1. Default 4. */
  readonly maxStaleness?: number;
}

/** The options with their defaults. @throws OPTION_INVALID naming the option and its range */
export function replaySettings(where: string, options: ReplayOptions): Required<ReplayOptions> {
  const { groupsPerStep, maxStaleness = 4 } = options;
  const check = optionChecks(where);
  check.whole("replay.groupsPerStep", groupsPerStep, { min: 1 });
  check.whole("replay.maxStaleness", maxStaleness, { min: 1 });
  return { groupsPerStep, maxStaleness };
}

/** A group as it is kept: what learning reads of it, as plain JSON. */
export interface ReplayGroup extends RolloutGroup {
  /** When it was sampled. */
  readonly origin: { readonly step: number };
}

/** What a step replays, and what later ones may. */
export interface Replayed {
  readonly groups: readonly ReplayGroup[];
  /** How many were too old and are dropped. */
  readonly staleCount: number;
  /** For the next step: those that are not too old for this one, and this step's new ones. */
  readonly kept: readonly ReplayGroup[];
}

/** Where in a run groups are replayed, and whose words are read again. */
interface ReplayKeys {
  readonly step: number;
  readonly seed: number;
  /** The agent whose choices credit compares (`CreditOptions.coordinator`). Default: no words are kept. */
  readonly coordinator?: string | undefined;
}

/**
 * Draws from the groups that are kept, each at most once in a step, by the seed and the step whatever their order.
 * @param kept    what the step before returned
 * @param sampled the new groups of this step, in which rollouts that failed are not kept
 */
export function replay(
  kept: readonly ReplayGroup[],
  sampled: readonly RolloutGroup[],
  { groupsPerStep, maxStaleness }: Required<ReplayOptions>,
  { step, seed, coordinator }: ReplayKeys,
): Replayed {
  const { fresh, staleCount } = freshGroups(kept, { step, maxStaleness });
  const inOrder = fresh
    .map((group) => ({ group, name: nameOf(group) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const drawn = new Random("replay", seed, step).shuffle(inOrder);
  const added = sampled.flatMap(({ task, rollouts }) => {
    const learned = rollouts.filter((one) => isScored(one) && one.turns.length > 0);
    if (learned.length === 0) return [];
    const kept = learned.map((rollout) => lean(rollout, coordinator));
    return [{ task: { id: task.id }, rollouts: kept, origin: { step } }];
  });
  return {
    groups: drawn.slice(0, groupsPerStep).map(({ group }) => group),
    staleCount,
    kept: [...fresh, ...added],
  };
}

/** Ids of rollouts differ within a run, so the first of them names a group. */
const nameOf = ({ rollouts }: RolloutGroup): string => rollouts.map(({ id }) => id).toSorted()[0]!;

/** A rollout without its words, of which only a coordinator's choices are read again: its workers are compared under them. */
const lean = (
  { id, task, turns, reward, isSuccess, attempts, seconds }: Rollout,
  coordinator: string | undefined,
): Rollout => ({
  ...{ id, isSuccess, attempts, seconds, reward, answer: undefined, failure: undefined },
  task: { id: task.id },
  turns: turns.map(({ tools: _tools, ...turn }) => ({
    ...turn,
    messages: [],
    reply:
      coordinator !== undefined && turn.agent === coordinator
        ? replyOfChoice(turn.reply)
        : { role: "assistant", content: "" },
  })),
});
