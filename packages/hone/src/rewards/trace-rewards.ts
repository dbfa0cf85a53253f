/** Rewards of recorded traces, by rules. */
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import { optionChecks } from "../core/option-checks.ts";
import type { TeamAnswer } from "../core/team.ts";
import type { Trace } from "../core/trace.ts";
import { answerQuality } from "./answer-quality.ts";
import { rewardComponent, type RewardComponent, RewardComputer } from "./reward-computer.ts";
import { outcomeOf } from "./team-outcome.ts";
import { coordinationReward, restartRewards, votingReward } from "./team-rewards.ts";
import { toolRewardOf, type Usefulness } from "./tool-reward.ts";
import { answerOf } from "./trace-answer.ts";

/** A part of a trace's reward. */
export type TraceRewardPart = "tool" | "answer_quality" | "coordination" | "voting" | "restart";

/** Which parts a trace's reward has, and how they are computed. */
export interface TraceRewardOptions {
  /** The parts to compute. Default: all; parts that do not apply to a trace are left out. */
  readonly parts?: readonly TraceRewardPart[];
  /** Weight of each part. Default 1 each. */
  readonly weights?: Partial<Record<TraceRewardPart, number>>;
  /** The right answer to a trace's task; undefined when it is not known. Default: none is known. */
  readonly reference?: (trace: Trace) => string | undefined;
  /** Quality of a team's answer, from 0 to 1. Default: `answerQuality(text, reference).share`. */
  readonly quality?: (answer: TeamAnswer, trace: Trace) => number;
  /** How much a tool's result helped, from 0 to 1. Default 1. */
  readonly usefulness?: Usefulness;
  /** Tokens of a whole team that cost nothing. Default 50,000. */
  readonly tokenBudget?: number;
}

/**
 * Makes a computer of rewards of traces: tool calls, the answer, and for a team its coordination, votes and restarts.
 * Parts that a trace has none of are left out.
 *
 *     tool            [−1, 1]       mean of `toolReward` over tool calls
 *     answer_quality  [0, 1]        `answerQuality` of the answer of the outermost agent, for a team of the winning one
 *     coordination    [−2, 3]       `coordinationReward`: rounds, quality, consensus, tokens
 *     voting          [−0.5, 1]     mean of `votingReward` over the votes that counted
 *     restart         [−1.1, 0.9]   mean of `restartReward` over answers that made others start again
 *
 * @throws OPTION_INVALID
 * @example const reward = await traceRewards({ parts: ["tool", "answer_quality"] }).compute(trace);
 */
export function traceRewards(options: TraceRewardOptions = {}): RewardComputer<Trace> {
  checkOptions("traceRewards", options, rewardOptions);
  const all = components(options);
  const known = Object.keys(all) as TraceRewardPart[];
  const parts = options.parts ?? known;
  for (const part of parts) optionChecks("traceRewards").oneOf("parts", part, known);
  return new RewardComputer({
    components: parts.map((part) => all[part]),
    ...(options.weights === undefined ? {} : { weights: options.weights }),
  });
}

const rewardOptions: OptionNames<TraceRewardOptions> = {
  parts: true,
  weights: true,
  reference: true,
  quality: true,
  usefulness: true,
  tokenBudget: true,
};

function components(
  options: TraceRewardOptions,
): Readonly<Record<TraceRewardPart, RewardComponent<Trace>>> {
  const { reference = () => undefined, usefulness, tokenBudget } = options;
  const qualityIn =
    (trace: Trace) =>
    (answer: TeamAnswer): number =>
      options.quality?.(answer, trace) ?? answerQuality(answer.text, reference(trace)).share;
  return {
    tool: rewardComponent({
      name: "tool",
      range: { low: -1, high: 1 },
      compute: (trace: Trace) =>
        toolRewardOf(trace, usefulness === undefined ? {} : { usefulness }),
    }),
    answer_quality: rewardComponent({
      name: "answer_quality",
      compute: (trace: Trace) => {
        const given = answerOf(trace)?.at(-1)?.content ?? "";
        return answerQuality(given, reference(trace)).total;
      },
    }),
    coordination: rewardComponent({
      name: "coordination",
      range: { low: -2, high: 3 },
      compute: (trace: Trace) => {
        const outcome = outcomeOf(trace);
        if (outcome === undefined) return undefined;
        const { rounds, isConsensus, tokens, winner } = outcome;
        const quality = winner === undefined ? 0 : qualityIn(trace)(winner);
        return coordinationReward({ rounds, quality, isConsensus, tokens, tokenBudget }).total;
      },
    }),
    voting: rewardComponent({
      name: "voting",
      range: { low: -0.5, high: 1 },
      compute: (trace: Trace) => {
        const outcome = outcomeOf(trace);
        return mean(
          (outcome?.votes ?? []).map(({ choice }) => votingReward(choice, outcome?.winner?.member)),
        );
      },
    }),
    restart: rewardComponent({
      name: "restart",
      range: { low: -1.1, high: 0.9 },
      compute: (trace: Trace) => {
        const outcome = outcomeOf(trace);
        const rewards = outcome === undefined ? [] : restartRewards(outcome, qualityIn(trace));
        return mean(rewards.map(({ reward }) => reward));
      },
    }),
  };
}

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0) / values.length;
