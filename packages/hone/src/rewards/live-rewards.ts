/** Rewards by rules, written into a trace as reward spans while it is recorded. */
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { Span } from "../core/span.ts";
import { orderSpans, type TraceStatus } from "../core/trace.ts";
import type { OpenTrace, TraceWatcher } from "../ports/tracer.ts";
import { answerQuality } from "./answer-quality.ts";
import { outcomeOf } from "./team-outcome.ts";
import { coordinationReward, restartRewards, votingReward } from "./team-rewards.ts";
import { toolReward } from "./tool-reward.ts";
import { traceAnswer } from "./trace-answer.ts";

/** Which rewards are written while an agent is recorded. */
export interface LiveRewards {
  /** `toolReward` of each tool call, as it ends. Default false. */
  readonly tool?: boolean;
  /** `answerQuality` of the agent's answer, as it is given. Default false. */
  readonly answerQuality?: boolean;
  /** `coordinationReward` of a team, and `votingReward` and `restartReward` of its members, at its end. Default false. */
  readonly coordination?: boolean;
}

const liveRewardNames: OptionNames<LiveRewards> = {
  tool: true,
  answerQuality: true,
  coordination: true,
};

/** The rewards by their names on a command line and in HONE_REWARDS, which are those of reward spans. */
const namedRewards = {
  tool: "tool",
  answer_quality: "answerQuality",
  coordination: "coordination",
} as const satisfies Readonly<Record<string, keyof LiveRewards>>;

/**
 * The rewards that a text names, with commas between.
 * @throws OPTION_INVALID for a name that there is not
 * @example liveRewardsOf("hone record", "tool,answer_quality"); // { tool: true, answerQuality: true }
 */
export function liveRewardsOf(where: string, text: string): LiveRewards {
  const known = Object.keys(namedRewards) as (keyof typeof namedRewards)[];
  const names = text.split(",").map((name) => name.trim());
  const keys = names.map((name) => namedRewards[optionChecks(where).oneOf("rewards", name, known)]);
  return Object.fromEntries(keys.map((key) => [key, true]));
}

/** @throws OPTION_INVALID for a reward that there is not, and for a value that is no truth value */
export function checkLiveRewards(where: string, rewards: LiveRewards): void {
  checkOptions(where, { rewards }, { rewards: liveRewardNames });
  for (const [name, value] of Object.entries(rewards))
    if (value !== undefined) optionChecks(where).flag(`rewards.${name}`, value);
}

/** Tool calls that have their reward, also where an agent and the team around it both reward them. */
const rewardedTools = new WeakMap<OpenTrace, Set<string>>();

/**
 * Writes rewards into a trace from now on: of all that happens in it, or of the parts of one span.
 *
 * @param part  the id of the span, whose end is the end of what is rewarded. Default: the whole trace
 */
export function rewardTrace(trace: OpenTrace, rewards: LiveRewards, part?: string): void {
  trace.watch?.(watcherOf(trace, rewards, part));
}

function watcherOf(trace: OpenTrace, rewards: LiveRewards, part: string | undefined): TraceWatcher {
  const seen: Span[] = [];
  const rewarded = rewardedTools.get(trace) ?? new Set();
  rewardedTools.set(trace, rewarded);
  const finish = (status: TraceStatus): void => {
    // The outcome of a team is read in the order of its events, and spans come in the order of their ends.
    const place = { spans: orderSpans(seen), parentId: part };
    if (rewards.coordination === true && status !== "cancelled") rewardTeam(trace, place);
    if (rewards.answerQuality === true && status === "completed") rewardAnswer(trace, place);
    seen.length = 0;
  };
  return {
    spanEnded(span, isWithin) {
      if (part !== undefined && !isWithin(part)) return;
      if (span.kind === "tool" && rewards.tool === true && !rewarded.has(span.id)) {
        rewarded.add(span.id);
        rewardTool(trace, span);
      }
      keep(seen, span);
      if (span.id === part) finish(span.error === undefined ? "completed" : "failed");
    },
    traceEnds(status) {
      if (part === undefined) finish(status);
    },
  };
}

/** Keeps what answers and teams are judged by. What models were asked and what tools were given and gave is not, and may be long. */
function keep(seen: Span[], span: Span): void {
  if (span.kind === "tool") {
    const { result: _result, ...call } = span;
    seen.push({ ...call, arguments: null });
  }
  if (span.kind === "prompt") seen.push({ ...span, input: "" });
  if (span.kind === "content" || span.kind === "coordination") seen.push(span);
}

function rewardTool(trace: OpenTrace, span: Span & { readonly kind: "tool" }): void {
  const { id, parentId, agent } = span;
  write(trace, {
    type: "tool",
    reward: toolReward(span),
    target: id,
    parentId,
    agent,
    reason: span.error?.message ?? span.toolName,
  });
}

/** What of a trace is judged, and the span that it belongs to. */
interface JudgedPart {
  readonly spans: readonly Span[];
  readonly parentId: string | undefined;
}

function rewardAnswer(trace: OpenTrace, { spans, parentId }: JudgedPart): void {
  const answer = traceAnswer({ spans });
  const { total, share: _share, ...components } = answerQuality(answer?.message.content ?? "");
  write(trace, {
    type: "answer_quality",
    reward: total,
    components,
    target: answer?.call?.id,
    parentId,
    agent: answer?.agent,
  });
}

function rewardTeam(trace: OpenTrace, { spans, parentId }: JudgedPart): void {
  const outcome = outcomeOf({ spans });
  if (outcome === undefined) return;
  const { rounds, isConsensus, tokens, winner, votes } = outcome;
  const qualityOf = ({ text }: { readonly text: string }): number => answerQuality(text).share;
  const quality = winner === undefined ? 0 : qualityOf(winner);
  const { total, components } = coordinationReward({ rounds, quality, isConsensus, tokens });
  write(trace, { type: "coordination", reward: total, components, parentId });
  for (const { voter, choice } of votes) {
    const reward = votingReward(choice, winner?.member);
    write(trace, { type: "voting", reward, parentId, agent: voter, reason: `for ${choice}` });
  }
  for (const { answer, reward } of restartRewards(outcome, qualityOf))
    write(trace, { type: "restart", reward, parentId, agent: answer.member });
}

interface WrittenReward {
  readonly type: string;
  readonly reward: number;
  readonly components?: Readonly<Record<string, number>>;
  readonly target?: string | undefined;
  readonly parentId?: string | undefined;
  readonly agent?: string | undefined;
  readonly reason?: string;
}

function write(
  trace: OpenTrace,
  { type, reward, components, target, parentId, agent, reason }: WrittenReward,
): void {
  trace
    .span({
      kind: "reward",
      reward,
      rewardType: type,
      source: "rule",
      ...(components !== undefined && { components }),
      ...(target !== undefined && { targetId: target }),
      ...(parentId !== undefined && { parentId }),
      ...(agent !== undefined && { agent }),
      ...(reason !== undefined && { reason }),
    })
    .end();
}
