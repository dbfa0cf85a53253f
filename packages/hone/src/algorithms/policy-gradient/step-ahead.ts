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
 * @source Noukhovitch et al. 2024, Asynchronous RLHF §3 (arXiv:2410.18252); verl's "one step off policy"
 */
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

/** Groups as a run's state keeps them. */
interface AheadState extends SampledGroups {
  /** The name that the present weights had, where the step after which the groups are kept did not change them. */
  readonly currentVersion?: string;
}

/** The name of what was sampled ahead in a run's state. */
const AHEAD = "ahead";

/** What was sampled ahead, as plain JSON. */
export function stateOfAhead(
  { kept, dropped }: SampledGroups,
  current: Pick<AheadState, "currentVersion">,
): MethodState {
  const ahead: AheadState = { kept: kept.map(plain), dropped: dropped.map(plain), ...current };
  return { [AHEAD]: ahead };
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

/** A group whose task and answers, which users make, can be written as JSON; what cannot is left out, and nothing is learned from it. */
const plain = ({ task, rollouts, ...group }: RolloutGroup): RolloutGroup => ({
  ...group,
  task: isJson(task) ? task : { id: task.id },
  rollouts: rollouts.map((rollout) => ({
    ...rollout,
    task: isJson(rollout.task) ? rollout.task : { id: rollout.task.id },
    answer: isJson(rollout.answer) ? rollout.answer : undefined,
  })),
});

function isJson(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}
