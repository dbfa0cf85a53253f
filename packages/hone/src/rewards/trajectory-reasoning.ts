/** The reasoning of a trajectory: how many of its model calls came with reasons. */
import type { Message } from "../core/message.ts";
import { searchWords } from "../core/search-words.ts";
import type { PromptSpan } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import { type TrajectoryStep, toolOfKind } from "../core/unified-trajectory.ts";
import type { UnifiedTrajectory } from "../core/unified-trajectory.ts";
import { isUnified, type RewardedTrajectory, rewardedTrace } from "./rewarded-trace.ts";

/** What a model call said of its reasons. */
interface ReasonedCall {
  /** Texts that it thought, and words beside its calls of tools. */
  readonly thoughts: readonly string[];
  /** Whether its whole reply is a reason: a step of the tool "reason". */
  readonly isReason: boolean;
}

/**
 * The reasoning of a trace or a unified trajectory, from 0 to 1: the share of its model calls that came with reasoning of at least five
 * words. A step of the tool "reason" is a call that does nothing else: it counts, however short, and so does the call behind it.
 *
 * @throws OPTION_INVALID for what is neither a trace nor a unified trajectory
 */
export function reasoningOf(given: RewardedTrajectory): number {
  const calls = isUnified(given)
    ? callsOfSteps(given)
    : callsOfSpans(rewardedTrace("reasoningOf", given));
  if (calls.length === 0) return 0;
  const reasoned = calls.filter(
    (call, i) => call.isReason || calls[i - 1]?.isReason === true || call.thoughts.some(isThought),
  );
  return reasoned.length / calls.length;
}

function callsOfSteps({ steps }: UnifiedTrajectory): readonly ReasonedCall[] {
  const turns = [...Map.groupBy(steps, ({ turn }) => turn).values()];
  return turns.map((own) => ({
    thoughts: own.flatMap(({ kind, thought = "", text = "" }) =>
      kind === "call" ? [thought, text] : [thought],
    ),
    isReason: own.some(isReason),
  }));
}

const isReason = ({ tool, text = "" }: TrajectoryStep): boolean =>
  tool === toolOfKind.reason && text.trim() !== "";

function callsOfSpans({ spans }: Trace): readonly ReasonedCall[] {
  const calls = spans.filter((span) => span.kind === "prompt");
  const reasoning = spans.filter((span) => span.kind === "reasoning");
  const byCall = Map.groupBy(reasoning, (span) => callOf(span, calls)?.id);
  return calls.map((call) => ({
    thoughts: [...(byCall.get(call.id) ?? []).map(({ content }) => content), ...thoughtsIn(call)],
    isReason: false,
  }));
}

/** The model call that a reasoning span belongs to: its parent, or else the last call that began before it. */
const callOf = (
  { parentId, sequence }: Trace["spans"][number],
  calls: readonly PromptSpan[],
): PromptSpan | undefined =>
  calls.find(({ id }) => id === parentId) ?? calls.findLast((call) => call.sequence < sequence);

/** The reasoning in a call's output, and its words beside calls of tools. */
const thoughtsIn = ({ output = [] }: PromptSpan): readonly string[] =>
  typeof output === "string"
    ? []
    : output.flatMap(({ reasoning = "", toolCalls = [], content }: Message) =>
        toolCalls.length > 0 ? [reasoning, content] : [reasoning],
      );

/** Reasoning counts when it has at least this many words. */
const minWords = 5;

const isThought = (text: string): boolean => searchWords(text).length >= minWords;
