/** What the parts of a trajectory's reward read: a trace, or a unified trajectory as one. */
import { optionChecks } from "../core/option-checks.ts";
import { isObject } from "../core/json.ts";
import { spanKinds } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import { traceOfTrajectory } from "../core/trace-of-trajectory.ts";
import type { UnifiedTrajectory } from "../core/unified-trajectory.ts";

/** What `trajectoryReward` rewards: a trace, as stores hold it, or a unified trajectory. */
export type RewardedTrajectory = Trace | UnifiedTrajectory;

export const isUnified = (given: RewardedTrajectory): given is UnifiedTrajectory =>
  isObject(given) && Array.isArray(given["steps"]) && isObject(given["outcome"]);

/**
 * The trace that is rewarded.
 * @throws OPTION_INVALID for what is neither, such as a file's row in a form of its own
 */
export const rewardedTrace = (where: string, given: RewardedTrajectory): Trace =>
  isUnified(given) ? traceOfTrajectory(given) : checkedTrace(where, given);

function checkedTrace(where: string, given: Trace): Trace {
  // Programs in JavaScript give whatever they read from files.
  const { spans, status }: Partial<Trace> = isObject(given) ? given : {};
  const isTrace =
    typeof status === "string" &&
    Array.isArray(spans) &&
    spans.every((span) => isObject(span) && spanKinds.some((kind) => kind === span["kind"]));
  if (isTrace) return given;
  throw optionChecks(where).invalid(
    "trajectory",
    given,
    "a trace of a store or a unified trajectory; readTrajectories of hone-rl reads files of any form",
  );
}
