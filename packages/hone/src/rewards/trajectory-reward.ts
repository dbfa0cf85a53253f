/** The reward of an agent's trajectory in four parts: completion, efficiency, quality and reasoning. */
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { Span } from "../core/span.ts";
import {
  type ComponentOptions,
  rewardComponent,
  RewardComputer,
  type RewardComputerOptions,
} from "./reward-computer.ts";
import { type RewardedTrajectory, rewardedTrace } from "./rewarded-trace.ts";
import { reasoningOf } from "./trajectory-reasoning.ts";
import { type TrajectoryPart, trajectoryWeights } from "./trajectory-weights.ts";

export type { RewardedTrajectory } from "./rewarded-trace.ts";
export { reasoningOf } from "./trajectory-reasoning.ts";
export { type TrajectoryPart, trajectoryWeights } from "./trajectory-weights.ts";

/** The sum of four parts, each from 0 to 1, with `trajectoryWeights`. @example weighedParts({ completion: 1, efficiency: 1, quality: 0.5, reasoning: 0 }); // 0.75 */
export const weighedParts = (parts: Readonly<Record<TrajectoryPart, number>>): number =>
  trajectoryWeights.completion * parts.completion +
  trajectoryWeights.efficiency * parts.efficiency +
  trajectoryWeights.quality * parts.quality +
  trajectoryWeights.reasoning * parts.reasoning;

type Part<Input> = ComponentOptions<Input>["compute"];

/** How the four parts are computed; each function returns a value from 0 to 1, or undefined when it does not apply. */
export interface TrajectoryRewardOptions<Input extends RewardedTrajectory = RewardedTrajectory> {
  /** How good the result is: cited evidence, tests that pass, a number that is right … */
  readonly quality: Part<Input>;
  /** Whether the agent finished. Default: `completionOf`. */
  readonly completion?: Part<Input>;
  /** How few steps the agent took. Default: `efficiencyOf` with `steps`. */
  readonly efficiency?: Part<Input>;
  /** How often the agent gave reasons. Default: `reasoningOf`. */
  readonly reasoning?: Part<Input>;
  /** Weight of each part. Default: `trajectoryWeights`. */
  readonly weights?: Partial<Record<TrajectoryPart, number>>;
  /** The steps that efficiency allows. Default: 4 free, 20 at most. */
  readonly steps?: StepLimits;
  /** Time limit of each part for one trace, in ms. Default 60,000. */
  readonly timeoutMs?: number;
}

const optionNames: OptionNames<TrajectoryRewardOptions<never>> = {
  quality: true,
  completion: true,
  efficiency: true,
  reasoning: true,
  weights: { completion: true, efficiency: true, quality: true, reasoning: true },
  steps: { free: true, most: true },
  timeoutMs: true,
};

/**
 * Makes a computer of rewards of traces and unified trajectories in four parts, each from 0 to 1.
 *
 *     total = 0.4 · completion + 0.2 · efficiency + 0.3 · quality + 0.1 · reasoning        ∈ [0, 1]
 *
 * Only `quality` has no default, because what is good depends on the task. Each function gets what `compute` was given.
 *
 * @throws OPTION_INVALID; `compute` throws it for what is neither a trace nor a unified trajectory
 * @example
 * const { trajectories } = await readTrajectories(["data/raw/mhqa/demo.traj.json"]);
 * const quality = ({ answer }: UnifiedTrajectory) => Number(answer === "Tolkien");
 * const { total } = await trajectoryReward({ quality }).compute(trajectories[0]!);
 */
export function trajectoryReward<Input extends RewardedTrajectory = RewardedTrajectory>(
  options: TrajectoryRewardOptions<Input>,
): RewardComputer<Input> {
  checkOptions("trajectoryReward", options, optionNames);
  const { quality, completion = completionOf, reasoning = reasoningOf, steps } = options;
  const efficiency = options.efficiency ?? ((given: Input) => efficiencyOf(given, steps));
  const parts = { completion, efficiency, quality, reasoning };
  const computer: RewardComputerOptions<Input> = {
    components: Object.entries(parts).map(([name, compute]) => rewardComponent({ name, compute })),
    weights: { ...trajectoryWeights, ...options.weights },
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  };
  return new RewardComputer(computer);
}

/**
 * The completion of a trace or a unified trajectory: 1 when it completed with an answer, 0.5 when it completed without one, else 0.
 *
 * @throws OPTION_INVALID for what is neither
 */
export function completionOf(given: RewardedTrajectory): number {
  const trace = rewardedTrace("completionOf", given);
  if (trace.status !== "completed" || trace.error !== undefined) return 0;
  return trace.spans.some(givesOut) ? 1 : 0.5;
}

/** How many steps, which are model calls and tool calls, an efficient agent takes. */
export interface StepLimits {
  /** Number of steps that cost nothing. Default 4. */
  readonly free?: number;
  /** Number of steps from which on the efficiency is 0. Default 20. */
  readonly most?: number;
}

/**
 * The efficiency of a trace or a unified trajectory: 1 up to `free` steps, then falling in a straight line to 0 at `most` steps, multiplied by the
 * share of steps that did not fail. 0 without steps.
 *
 * @throws OPTION_INVALID
 */
export function efficiencyOf(given: RewardedTrajectory, limits: StepLimits = {}): number {
  checkOptions("efficiencyOf", limits, { free: true, most: true });
  const { free = 4, most = 20 } = limits;
  const check = optionChecks("efficiencyOf");
  check.number("free", free, { min: 0 });
  check.number("most", most, { min: 0 });
  const { spans } = rewardedTrace("efficiencyOf", given);
  const steps = spans.filter(({ kind }) => kind === "prompt" || kind === "tool");
  if (steps.length === 0) return 0;
  const isAtOnce = most <= free;
  const over = isAtOnce ? Number(steps.length > free) : (steps.length - free) / (most - free);
  const sound = steps.filter(({ error }) => error === undefined).length / steps.length;
  return Math.min(1, Math.max(0, 1 - over)) * sound;
}

function givesOut(span: Span): boolean {
  if (span.kind === "content") return span.content.trim() !== "";
  if (span.kind !== "prompt" || span.output === undefined) return false;
  const { output } = span;
  return typeof output === "string"
    ? output.trim() !== ""
    : output.some(({ content }) => content.trim() !== "");
}
