/**
 * Alarms: what in the numbers of a phase so far says that its training goes wrong. Each is a function of these numbers and a limit,
 * and tells what was seen and what to do, or undefined.
 *
 * Compared are the means of the first and of the last steps that have a number (`WINDOW` each), so an alarm needs as many steps
 * twice. A number rises surely where the difference is above so many standard errors:
 *
 *     z = (mean of the last − mean of the first) / √(s²_first/n + s²_last/n)        s² the variance of steps in a window
 */
import type { Comparison } from "../../../evaluation/compare.ts";

/** The numbers of a step by name, as docs/metrics.md has them. */
export type StepNumbers = Readonly<Record<string, number>>;

/** What an alarm says. */
export interface Alarm {
  /** Names it for programs, as in docs/warnings.md. */
  readonly code: string;
  /** What was seen, and what to do. */
  readonly text: string;
}

/** Steps at the beginning and at the end that are compared. */
const WINDOW = 5;

/** A phase that ended with fewer steps than two windows is judged by shorter ones, of so many steps at least. */
const SHORTEST_WINDOW = 2;

/** A policy that does its tasks is sure of what to say, so its entropy is low for a good reason. */
const DONE = 0.9;

/** A part of the reward that rose by less than so many standard errors is not shown to have risen at all. */
const FLAT = 1;

/** A measure of training rises surely by so many standard errors. */
const SURE = 2;

interface Change {
  readonly first: number;
  readonly last: number;
  /** Standard errors between them; infinite where neither window varies and the means differ, 0 where they are equal. */
  readonly z: number;
  /** Whether the number has more than one value. */
  readonly varies: boolean;
}

/** How a number changed from the first to the last steps that have it; undefined where there are fewer than two windows of them. */
export function changeOf(
  steps: readonly StepNumbers[],
  name: string,
  window: number = WINDOW,
): Change | undefined {
  const values = steps.flatMap((step) => {
    const value = step[name];
    return value === undefined || !Number.isFinite(value) ? [] : [value];
  });
  if (window < 1 || values.length < 2 * window) return undefined;
  const [first, last] = [spreadOf(values.slice(0, window)), spreadOf(values.slice(-window))];
  const gain = last.mean - first.mean;
  const error = Math.sqrt((first.variance + last.variance) / window);
  return {
    first: first.mean,
    last: last.mean,
    z: gain === 0 ? 0 : gain / error,
    varies: values.some((value) => value !== values[0]),
  };
}

function spreadOf(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((a, b) => a + (b - mean) ** 2, 0);
  return { mean, variance: squares / Math.max(1, values.length - 1) };
}

/** The policy hardly varies its answers any more, and does not do its tasks. @param limit  share of the first entropy */
export function entropyCollapsed(steps: readonly StepNumbers[], limit: number): Alarm | undefined {
  const entropy = changeOf(steps, "entropy");
  const success = changeOf(steps, "success");
  if (entropy === undefined || entropy.last >= limit * entropy.first) return undefined;
  if (success !== undefined && success.last >= DONE) return undefined;
  const { first, last } = entropy;
  const text = `the entropy of the policy fell from ${shown(first)} to ${shown(last)} nats per token: answers to a task hardly differ any more, so groups soon teach nothing. Try a smaller learning rate, a KL term, or a higher temperature.`;
  return { code: "ENTROPY_COLLAPSED", text };
}

/** Answers became much longer. @param limit  times their first length */
export function lengthExploded(steps: readonly StepNumbers[], limit: number): Alarm | undefined {
  const length = changeOf(steps, "response_length");
  if (length === undefined || length.last <= limit * length.first) return undefined;
  const cut = changeOf(steps, "truncated_share")?.last ?? 0;
  const text = `answers grew from ${shown(length.first)} to ${shown(length.last)} tokens, ${Math.round(100 * cut)} % of them cut off at the token limit: length itself may pay. Look at samples; let the reward cost tokens, or try a normalization without a bias towards length (dr_grpo, dapo).`;
  return { code: "LENGTH_EXPLODED", text };
}

/** Sampler and trainer disagree in the last step. @param limit  nats per token */
export function mismatchHigh(steps: readonly StepNumbers[], limit: number): Alarm | undefined {
  const mean = steps.at(-1)?.["mismatch_mean"];
  if (mean === undefined || !(mean > limit)) return undefined;
  const text = `before the first update sampler and trainer disagree by ${shown(mean)} nats about a token: they compute another policy, by another precision, other weights, a cut distribution or another template. Ratios start away from 1, so updates are biased; find out why, or correct for it (option correction).`;
  return { code: "MISMATCH_HIGH", text };
}

/** The reward rose by one of its parts only, and success did not. @param limit  standard errors by which reward and part rose */
export function rewardOneSided(steps: readonly StepNumbers[], limit: number): Alarm | undefined {
  const reward = changeOf(steps, "reward");
  if (reward === undefined || reward.z < limit) return undefined;
  if ((changeOf(steps, "success")?.z ?? 0) >= SURE) return undefined;
  const names = new Set(steps.flatMap((step) => Object.keys(step)));
  const parts = [...names]
    .filter((name) => name.startsWith("reward/"))
    .map((name) => ({ name: name.slice("reward/".length), change: changeOf(steps, name) }))
    // A part that never changes may be as good as it can be.
    .filter(({ change }) => change?.varies === true);
  const risen = parts.filter(({ change }) => change!.z >= limit);
  const others = parts.filter((part) => !risen.includes(part));
  if (risen.length !== 1 || others.length === 0) return undefined;
  if (others.some(({ change }) => change!.z >= FLAT)) return undefined;
  const [{ name, change }] = risen as [(typeof parts)[number]];
  const flat = others.map((part) => part.name).join(", ");
  const text = `the reward rose by its part "${name}" alone (${shown(change!.first)} to ${shown(change!.last)}), and not by ${flat}: the policy may have found how to get that part without the task. Look at samples; weigh the parts otherwise, or normalise each (option objectives).`;
  return { code: "REWARD_ONE_SIDED", text };
}

/**
 * What is trained on got better while held-out tasks got worse: the reward rose, or, without rewards, the loss fell.
 * @param difference  of held-out tasks, after the phase − before it
 * @param limit       by how much success or reward fell at least, by the upper end of its interval
 */
export function heldOutWorse(
  steps: readonly StepNumbers[],
  difference: Pick<Comparison, "success" | "reward">,
  limit: number,
): Alarm | undefined {
  const window = Math.min(WINDOW, Math.floor(steps.length / 2));
  if (window < SHORTEST_WINDOW) return undefined;
  const reward = changeOf(steps, "reward", window);
  const loss = reward === undefined ? changeOf(steps, "loss", window) : undefined;
  const isBetter = reward === undefined ? (loss?.z ?? 0) <= -SURE : reward.z >= SURE;
  const fallen = (["success", "reward"] as const).find((name) => {
    const high = difference[name]?.high;
    return high !== undefined && high < -limit;
  });
  if (!isBetter || fallen === undefined) return undefined;
  const { value, low, high } = difference[fallen]!;
  const [name, { first, last }] =
    reward === undefined ? (["loss", loss!] as const) : (["reward", reward] as const);
  const text = `in training the ${name} went from ${shown(first)} to ${shown(last)}, but held-out ${fallen} fell by ${shown(-value)} (95 % interval ${shown(low)} to ${shown(high)}): it learned what holds of its training tasks only. Fewer steps, more tasks, a smaller learning rate, or a KL term.`;
  return { code: "HELD_OUT_WORSE", text };
}

/** A number with three digits that count. */
const shown = (value: number): string => String(Number(value.toPrecision(3)));
