/**
 * The groups of a step: those that the policy samples, also in the place of groups without signal, and those of earlier steps that are
 * replayed. What later steps need of them (the groups to replay, the measured success of tasks) is a part of the run's state.
 */
import type { RolloutGroup } from "../../core/rollout.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { type SampledGroups, sampleWithSignal } from "./dynamic-sampling.ts";
import { chooseTasks, type TaskRecords, withTries } from "./policy-curriculum.ts";
import type { MethodState, StepContext } from "./policy-method.ts";
import type { FamilySettings } from "./family-settings.ts";
import { replay, type ReplayGroup } from "./policy-replay.ts";

/** The groups of a step, and what is kept of them. */
export interface StepGroups extends SampledGroups {
  /** Groups of earlier steps that are learned from again. */
  readonly replayed: readonly RolloutGroup[];
  /** Of the options that are given: groups_missing, groups_replayed, groups_stale, tasks_seen. */
  readonly metrics: Readonly<Record<string, number>>;
  /** For the next step: groups to replay and what was measured of tasks, of the options that are given. */
  readonly state: MethodState;
}

/** Samples the groups of a step, of tasks that a curriculum chooses by what the state says of them. */
export async function sampleGroups(
  settings: FamilySettings,
  { step, parts: { rollouts, seed, signal }, state }: StepContext,
  policy: SamplingClient,
): Promise<SampledGroups> {
  const { maxDraws, curriculum, groupsPerStep: groupCount, groupSize } = settings;
  const request = {
    ...{ policy, step, groupCount, groupSize, ...(signal && { signal }) },
    ...(curriculum && { choose: chooseTasks(taskRecords(state), curriculum, { seed, step }) }),
  };
  if (maxDraws !== undefined) return sampleWithSignal(rollouts, request, maxDraws);
  return { kept: await rollouts.groups(request), dropped: [] };
}

/** The groups that were sampled, with those that are replayed beside them and the state after them. */
export function stepGroups(
  { kept, dropped }: SampledGroups,
  settings: FamilySettings,
  { step, parts: { seed }, state }: StepContext,
): StepGroups {
  const { maxDraws, groupsPerStep } = settings;
  const replayed =
    settings.replay &&
    replay(keptGroups(state), kept, settings.replay, {
      ...{ step, seed, coordinator: settings.credit?.coordinator },
    });
  const records = settings.curriculum && withTries(taskRecords(state), [...kept, ...dropped]);
  return {
    kept,
    dropped,
    replayed: replayed?.groups ?? [],
    metrics: {
      ...(records && { tasks_seen: Object.keys(records).length }),
      ...(replayed && {
        groups_replayed: replayed.groups.length,
        groups_stale: replayed.staleCount,
      }),
      ...(maxDraws !== undefined && { groups_missing: groupsPerStep - kept.length }),
    },
    state: {
      ...(replayed && { [REPLAY]: replayed.kept }),
      ...(records && { [CURRICULUM]: records }),
    },
  };
}

/** The names of the groups to replay, and of what was measured of tasks, in a run's state. */
const [REPLAY, CURRICULUM] = ["replay", "curriculum"] as const;

const taskRecords = (state: MethodState | undefined): TaskRecords =>
  (state?.[CURRICULUM] ?? {}) as TaskRecords;

/** What the step before kept, as it returned it or as a checkpoint held it. */
const keptGroups = (state: MethodState | undefined): readonly ReplayGroup[] =>
  (state?.[REPLAY] ?? []) as readonly ReplayGroup[];
