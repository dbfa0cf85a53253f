/** A source that gives stored rollouts in the first steps of an algorithm and runs new ones after them. */
import { HoneError } from "../core/errors.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { RolloutGroup, Turn } from "../core/rollout.ts";
import type { Renderer } from "../ports/renderer.ts";
import type { GroupsRequest, RolloutSource } from "../ports/rollout-source.ts";
import type { StartingModel, UnreadableCall } from "./rendered-turns.ts";
import { tasksOfStep } from "./rollout-source.ts";
import type { StoredGroup, StoredRollout } from "./stored-rollouts.ts";
import { readTurn } from "./unread-turns.ts";

/** The stored rollouts, and what comes after them. */
export interface StoredThenFreshOptions {
  /** Groups as `rolloutsOf` of hone-rl gives them. */
  readonly groups: readonly StoredGroup[];
  /** How many steps learn from them; with more than one pass they come in another order each time. */
  readonly steps: number;
  /** Runs the rollouts of later steps. */
  readonly fresh: RolloutSource;
  /** Decides the order. Default 0. */
  readonly seed?: number;
  /**
   * Tokenises rollouts that hold messages alone when a step learns from them, with the log-probs of that step's policy: what sampled them
   * is not known, so ratios are 1 where the step begins. A rollout that the model cannot read fails at the boundary "policy". Default: every
   * rollout has tokens.
   */
  readonly renderer?: Renderer;
}

/**
 * In steps 1 to `steps` the groups are stored ones, each as it was sampled: with its rewards, tokens and log-probs, however many
 * rollouts it has, so that ratios are those to the policy that sampled it. Every group is given once, in an order shuffled by the
 * seed and the pass, before any is given again. Which groups a step gets is a function of (seed, step), as in `rolloutSource`. A
 * request's `choose` is for the steps after these: a curriculum begins with what the policy itself has tried.
 *
 * @throws DATA_EMPTY without groups; OPTION_INVALID for steps below 1
 * @example
 * const { groups } = await rolloutsOf("sqlite:runs/math-7f3a/rollouts.db", { split: "train" });
 * const rollouts = storedThenFresh({ groups, steps: 10, fresh: rolloutSource({ tasks, runner }) });
 */
export function storedThenFresh(options: StoredThenFreshOptions): RolloutSource {
  const { groups, steps, fresh, seed = 0, renderer } = options;
  if (groups.length === 0)
    throw new HoneError("DATA_EMPTY", { where: "storedThenFresh: groups", item: "group" });
  optionChecks("storedThenFresh").whole("steps", steps, { min: 1 });
  return {
    groups: async (request) => {
      if (request.step > steps) return fresh.groups(request);
      const stored = tasksOfStep(groups, request, seed);
      const model = renderer && { renderer, policy: request.policy };
      const read = model ? await Promise.all(stored.map((one) => readGroup(one, model))) : stored;
      return read.map((group, i) => groupOfStep(group, i, request));
    },
  };
}

/** The group with the tokens of all of its turns. */
const readGroup = async (group: StoredGroup, model: StartingModel): Promise<StoredGroup> => ({
  ...group,
  rollouts: await Promise.all(group.rollouts.map((rollout) => readRollout(rollout, model))),
});

/** One with a turn that the model cannot read has failed, so that it is counted and nothing is learned from it. */
async function readRollout(rollout: StoredRollout, model: StartingModel): Promise<StoredRollout> {
  const turns: Turn[] = [];
  for (const read of await Promise.all(rollout.turns.map((turn) => readTurn(turn, model)))) {
    if ("refusal" in read) return unreadable(rollout, read);
    turns.push(read);
  }
  return { ...rollout, turns };
}

const unreadable = (rollout: StoredRollout, { refusal }: UnreadableCall): StoredRollout => ({
  ...{ ...rollout, turns: [], reward: undefined, isSuccess: false },
  failure: {
    boundary: "policy",
    message:
      refusal?.message ?? "the model's chat template gives a recorded reply no token of its own",
  },
});

/**
 * Ids differ within a step, also where a group comes twice, or rollouts of two runs have the same. Runs name their snapshots alike, too, so
 * the weights that sampled get a name that no snapshot of this run has.
 */
function groupOfStep(
  { task, rollouts }: StoredGroup,
  place: number,
  { step, firstGroup = 0 }: GroupsRequest,
): RolloutGroup {
  const at = `step ${step} group ${firstGroup + place}`;
  return {
    task,
    rollouts: rollouts.map(
      ({ traceId, tokens, session: _session, isWithoutReasoning: _without, ...rollout }) => ({
        ...rollout,
        id: `${at} stored ${traceId}`,
        turns: rollout.turns.map((turn) => ({
          ...turn,
          // The log-probs of messages that were read now are those of this step's policy.
          ...(tokens !== "none" && { weightsVersion: `stored ${turn.weightsVersion}` }),
        })),
      }),
    ),
    isStored: true,
  };
}
