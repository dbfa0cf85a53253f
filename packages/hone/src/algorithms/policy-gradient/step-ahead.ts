/**
 * One step off-policy: while a step learns, the rollouts of the next one are sampled from the weights as they were before the step's updates.
 * The time in which agents wait for tools, or in which another machine samples, is then not added to that of learning.
 *
 *     step k learns rollouts of π_{k−2} with the weights π_{k−1}, and meanwhile π_{k−1} samples the rollouts of step k + 1
 *
 * Ratios are to the policy that sampled, by the log-probs of its time, as in any other step, so the loss corrects for the lag.
 *
 * What was sampled ahead is a part of the run's state, since the weights that sampled it are gone by the time of a resume. For the same
 * reason a run that is stopped ends after the rollouts under way, and does not abort them: a resume could only sample them from other
 * weights, and would not equal a run that was not stopped.
 *
 * The state holds the groups as they are; what of them is plain JSON is looked for when a checkpoint is written (`toJSON`), so that steps
 * without a checkpoint pay nothing. A task or an answer that JSON would not give back as it was is left out there: of a task only its id
 * is kept, of an answer nothing. Nothing is learned from either, but the samples of the first step after a resume lack them.
 *
 * @source Noukhovitch et al. 2024, Asynchronous RLHF §3 (arXiv:2410.18252); verl's "one step off policy"
 */
import { isDeepStrictEqual } from "node:util";
import { isObject } from "../../core/json.ts";
import type { RolloutGroup } from "../../core/rollout.ts";
import type { SampledGroups } from "./dynamic-sampling.ts";
import type { MethodState } from "./policy-method.ts";

/** What a step came to, and the groups of the next one. */
export interface SampledMeanwhile<Result> {
  readonly result: Result;
  readonly ahead: SampledGroups;
}

/**
 * Learns, and samples at the same time; resolves when both are done.
 * @throws the error of either. Where learning fails, the rollouts are aborted, and nothing is left running
 */
export async function sampleMeanwhile<Result>(
  learn: () => Promise<Result>,
  sample: (signal: AbortSignal) => Promise<SampledGroups>,
): Promise<SampledMeanwhile<Result>> {
  const stop = new AbortController();
  const sampling = sample(stop.signal);
  const ended = sampling.then(
    () => undefined,
    () => undefined,
  );
  try {
    const result = await learn();
    return { result, ahead: await sampling };
  } catch (error) {
    stop.abort();
    await ended;
    throw error;
  }
}

/** Groups as a checkpoint holds them. */
interface AheadState extends SampledGroups {
  /** The name that the present weights had, where the step after which the groups are kept did not change them. */
  readonly currentVersion?: string;
}

/** The name of what was sampled ahead in a run's state. */
const AHEAD = "ahead";

/** What was sampled ahead, which becomes plain JSON when it is written. */
export function stateOfAhead(
  { kept, dropped }: SampledGroups,
  current: Pick<AheadState, "currentVersion">,
): MethodState {
  const toJSON = (): AheadState => ({
    ...{ kept: kept.map(plain), dropped: dropped.map(plain) },
    ...current,
  });
  return { [AHEAD]: { kept, dropped, ...current, toJSON } };
}

/**
 * What a checkpoint holds of groups that were sampled ahead; undefined where it holds none. Sessions of a run may name their weights
 * alike, so weights that are not the present ones get a name that no snapshot of this session has.
 */
export function aheadOf(
  state: MethodState | undefined,
  weightsVersion: string,
): SampledGroups | undefined {
  const ahead = state?.[AHEAD] as AheadState | undefined;
  if (ahead === undefined) return undefined;
  const named = (version: string): string =>
    version === ahead.currentVersion ? weightsVersion : `before the resume: ${version}`;
  const restored = (group: RolloutGroup): RolloutGroup => ({
    ...group,
    rollouts: group.rollouts.map((rollout) => ({
      ...rollout,
      turns: rollout.turns.map((turn) => ({
        ...turn,
        weightsVersion: named(turn.weightsVersion),
      })),
    })),
  });
  return { kept: ahead.kept.map(restored), dropped: ahead.dropped.map(restored) };
}

/** A group whose task and answers, which users make, are as JSON gives them back; what is not is left out. */
const plain = ({ task, rollouts, ...group }: RolloutGroup): RolloutGroup => ({
  ...group,
  task: comesBack(task) ? task : { id: task.id },
  rollouts: rollouts.map((rollout) => ({
    ...rollout,
    task: comesBack(rollout.task) ? rollout.task : { id: rollout.task.id },
    answer: comesBack(rollout.answer) ? rollout.answer : undefined,
  })),
});

/**
 * Whether a value that is written as JSON and read again is what it was. A Map, a Date, NaN or an object of a class is not, nor is what
 * JSON cannot write: a circle, a bigint. A field that is undefined is as good as one that is not there.
 */
function comesBack(value: unknown): boolean {
  try {
    const text = JSON.stringify(value);
    return text !== undefined && isDeepStrictEqual(JSON.parse(text), withoutUndefined(value));
  } catch {
    return false;
  }
}

/** A value whose plain objects have no field that is undefined. The value must hold no circle. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (!isObject(value) || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutUndefined(field)]));
}
