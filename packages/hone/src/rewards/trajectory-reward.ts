/**
 * The reward of a trajectory in four parts, each in [0, 1]:
 *
 *     total = 0.4 · completion + 0.2 · efficiency + 0.3 · quality + 0.1 · reasoning        ∈ [0, 1]
 *
 * Quality is the domain's: a function handed in (hops and cited evidence, tests that pass, a checked number …). The other
 * three are read off the trace, and each can be replaced as well.
 */
import type { Message } from "../core/message.ts";
import { searchWords } from "../core/search-words.ts";
import type { PromptSpan, Span } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import {
  type ComponentOptions,
  rewardComponent,
  RewardComputer,
  type RewardComputerOptions,
} from "./reward-computer.ts";

export const trajectoryWeights = {
  completion: 0.4,
  efficiency: 0.2,
  quality: 0.3,
  reasoning: 0.1,
} as const;

export type TrajectoryPart = keyof typeof trajectoryWeights;

type Part<Input> = ComponentOptions<Input>["compute"];

export interface TrajectoryRewardOptions {
  /** The domain's part, in [0, 1]. */
  readonly quality: Part<Trace>;
  /** In place of `completionOf`. */
  readonly completion?: Part<Trace>;
  /** In place of `efficiencyOf` with `steps`. */
  readonly efficiency?: Part<Trace>;
  /** In place of `reasoningOf`. */
  readonly reasoning?: Part<Trace>;
  /** By part; the others keep theirs. */
  readonly weights?: Partial<Record<TrajectoryPart, number>>;
  readonly steps?: StepLimits;
  readonly timeoutMs?: number;
}

/** @example const reward = await trajectoryReward({ quality: (trace) => Number(cites(trace)) }).compute(trace); */
export function trajectoryReward(options: TrajectoryRewardOptions): RewardComputer<Trace> {
  const { quality, completion = completionOf, reasoning = reasoningOf, steps } = options;
  const efficiency = options.efficiency ?? ((trace: Trace) => efficiencyOf(trace, steps));
  const parts = { completion, efficiency, quality, reasoning };
  const computer: RewardComputerOptions<Trace> = {
    components: Object.entries(parts).map(([name, compute]) => rewardComponent({ name, compute })),
    weights: { ...trajectoryWeights, ...options.weights },
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  };
  return new RewardComputer(computer);
}

/** 1 when the trace completed, 0.5 when it did without giving anything out, else 0. */
export function completionOf(trace: Trace): number {
  if (trace.status !== "completed" || trace.error !== undefined) return 0;
  return trace.spans.some(givesOut) ? 1 : 0.5;
}

export interface StepLimits {
  /** Model calls and tool calls that cost nothing. Default 4. */
  readonly free?: number;
  /** Where nothing is left. Default 20. */
  readonly most?: number;
}

/** 1 up to the free steps, falling in a line to 0 at the most; times the share of steps that did not fail. */
export function efficiencyOf(trace: Trace, { free = 4, most = 20 }: StepLimits = {}): number {
  const steps = trace.spans.filter(({ kind }) => kind === "prompt" || kind === "tool");
  if (steps.length === 0) return 0;
  const isAtOnce = most <= free;
  const over = isAtOnce ? Number(steps.length > free) : (steps.length - free) / (most - free);
  const sound = steps.filter(({ error }) => error === undefined).length / steps.length;
  return Math.min(1, Math.max(0, 1 - over)) * sound;
}

/** Words from which a thought counts as one. */
const leastWords = 5;

/** The share of model calls that came with reasoning of at least five words. */
export function reasoningOf(trace: Trace): number {
  const calls = trace.spans.filter((span) => span.kind === "prompt");
  if (calls.length === 0) return 0;
  const thoughts = new Set(
    trace.spans
      .filter((span) => span.kind === "reasoning" && isThought(span.content))
      .map((span) => callOf(span, calls)?.id),
  );
  const withReason = calls.filter((call) => thoughts.has(call.id) || thinks(call));
  return withReason.length / calls.length;
}

/** The call a thought belongs to: the one it lies under, else the last that began before it. */
function callOf(thought: Span, calls: readonly PromptSpan[]): PromptSpan | undefined {
  return (
    calls.find(({ id }) => id === thought.parentId) ??
    calls.findLast(({ sequence }) => sequence < thought.sequence)
  );
}

/** Reasoning in the output itself, or words beside a tool call. */
function thinks({ output }: PromptSpan): boolean {
  if (output === undefined || typeof output === "string") return false;
  return output.some((message: Message) => {
    const isCalling = (message.toolCalls ?? []).length > 0;
    return isThought(message.reasoning ?? "") || (isCalling && isThought(message.content));
  });
}

const isThought = (text: string): boolean => searchWords(text).length >= leastWords;

function givesOut(span: Span): boolean {
  if (span.kind === "content") return span.content.trim() !== "";
  if (span.kind !== "prompt" || span.output === undefined) return false;
  const { output } = span;
  return typeof output === "string"
    ? output.trim() !== ""
    : output.some(({ content }) => content.trim() !== "");
}
