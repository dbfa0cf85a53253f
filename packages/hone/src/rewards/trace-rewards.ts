/**
 * The reward of a trace from what agents do: tools, the answer, and, where a team worked, its coordination, votes and
 * restarts. What a trace has none of is left out.
 *
 *     tool            [−1, 1]       mean over tool calls            tool-reward.ts
 *     answer_quality  [0, 1]        the last answer, a team's best  answer-quality.ts
 *     coordination    [−2, 3]       rounds, quality, consensus, tokens
 *     voting          [−0.5, 1]     mean over the votes that counted
 *     restart         [−1.1, 0.9]   mean over answers that made others start again       the three: team-rewards.ts
 */
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import type { TeamAnswer } from "../core/team.ts";
import type { Trace } from "../core/trace.ts";
import { answerQuality } from "./answer-quality.ts";
import { rewardComponent, type RewardComponent, RewardComputer } from "./reward-computer.ts";
import { outcomeOf } from "./team-outcome.ts";
import { coordinationReward, restartRewards, votingReward } from "./team-rewards.ts";
import { toolRewardOf, type Usefulness } from "./tool-reward.ts";
import { answerOf } from "./trace-answer.ts";

export type TraceRewardPart = "tool" | "answer_quality" | "coordination" | "voting" | "restart";

export interface TraceRewardOptions {
  /** Which to compute. Default: all that apply. */
  readonly parts?: readonly TraceRewardPart[];
  /** By part, default 1. */
  readonly weights?: Partial<Record<TraceRewardPart, number>>;
  /** An answer known to be right, where there is one. */
  readonly reference?: (trace: Trace) => string | undefined;
  /** Of a team's answer, in [0, 1]. Default: what `answerQuality` finds of what it could. */
  readonly quality?: (answer: TeamAnswer, trace: Trace) => number;
  readonly usefulness?: Usefulness;
  readonly tokenBudget?: number;
}

/** @example const reward = await traceRewards({ parts: ["tool", "answer_quality"] }).compute(trace); */
export function traceRewards(options: TraceRewardOptions = {}): RewardComputer<Trace> {
  checkOptions("traceRewards", options, rewardOptions);
  const all = components(options);
  const parts = options.parts ?? (Object.keys(all) as TraceRewardPart[]);
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
        const given = outcomeOf(trace)?.winner?.text ?? answerOf(trace)?.at(-1)?.content;
        return answerQuality(given ?? "", reference(trace)).total;
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
