/**
 * The reward of a try at a meeting:
 *
 *     0.6 · (1 − |p̂ − p|)  +  0.2 · [the reason is right]  +  0.2 · [2 to 5 calls of tools, none repeated]
 *
 *     −  0.5 · [an output was invalid]
 *
 * p̂ is the predicted probability, p the true one. Without a prediction nothing is paid, and the output is invalid; so is a reply on the
 * way that is neither a tool nor a prediction.
 */
import type { Reward } from "../../core/rollout.ts";
import type { Episode } from "../../ports/environment.ts";
import type { UnscoredRollout } from "../../ports/reward.ts";
import type { Truth } from "./model.ts";
import { parsePrediction, type Prediction } from "./prediction.ts";
import { type MeetingTask, type TextTask, truthOfTask } from "./tasks.ts";
import { isMeetingTool } from "./tools.ts";

/** The observation after an output that is neither a tool nor a prediction. */
export const INVALID = "invalid";

/** The name of the action that ends an episode. */
export const PREDICT = "predict";

/** Least and most calls of tools that are rewarded; more than the most are not answered. */
export const toolCallLimits = { min: 2, max: 5 } as const;

/** What an invalid output costs, once a try. */
export const INVALID_COST = -0.5;

/** What an agent did for a meeting. */
export interface MeetingResult {
  /** Undefined where its output was no prediction. */
  readonly prediction: Prediction | undefined;
  /** The tools that it called, in their order. */
  readonly calls: readonly string[];
  /** Facts that the tools showed, such as "shared=two". */
  readonly facts: readonly string[];
  /** Whether an output was neither a tool nor a prediction, or there was no prediction at the end. */
  readonly isInvalid: boolean;
}

/** A reward with its parts, which sum to `total`. */
export interface MeetingReward {
  /** The sum of the parts, from −0.5 to 1. */
  readonly total: number;
  /** 0.6 · (1 − |p̂ − p|). */
  readonly probability: number;
  /** 0.2 where the reason is right. */
  readonly reason: number;
  /** 0.2 for 2 to 5 calls of tools, none repeated. */
  readonly tools: number;
  /** −0.5 where an output was invalid. */
  readonly invalid: number;
}

/**
 * The reward of what an agent did, from −0.5 to 1; the formula is at the head of this file.
 * @example calculateReward({ prediction, calls: ["profiles", "history"], facts: [], isInvalid: false }, truthOf(meeting)).total;
 */
export function calculateReward(
  { prediction, calls, isInvalid }: MeetingResult,
  truth: Truth,
): MeetingReward {
  const invalid = isInvalid || prediction === undefined ? INVALID_COST : 0;
  if (prediction === undefined)
    return { total: invalid, probability: 0, reason: 0, tools: 0, invalid };
  const probability = 0.6 * (1 - Math.abs(prediction.probability - truth.probability));
  const reason = prediction.reason === truth.reason ? 0.2 : 0;
  const { min, max } = toolCallLimits;
  const isRepeated = new Set(calls).size < calls.length;
  const tools = calls.length >= min && calls.length <= max && !isRepeated ? 0.2 : 0;
  return { total: probability + reason + tools + invalid, probability, reason, tools, invalid };
}

/** Whether a prediction is on the right side of 0.5; an output that is none is not. */
export const isAccurate = (prediction: Prediction | undefined, truth: Truth): boolean =>
  prediction !== undefined && prediction.probability >= 0.5 === truth.probability >= 0.5;

/** Whether a result claims at least one fact, and every fact that it claims was shown by a tool that it called. */
export const isGrounded = ({ prediction, facts }: MeetingResult): boolean =>
  prediction !== undefined &&
  prediction.claims.length > 0 &&
  prediction.claims.every((claim) => facts.includes(claim));

/** What an episode comes to. */
export function resultOf({ steps }: Pick<Episode, "steps">): MeetingResult {
  const calls = steps.filter(
    ({ action, nextState }) => isMeetingTool(action.name) && nextState !== INVALID,
  );
  const last = steps.at(-1)?.action;
  const prediction = last?.name === PREDICT ? parsePrediction(last.argument ?? "") : undefined;
  return {
    prediction,
    calls: calls.map(({ action }) => action.name),
    facts: calls.flatMap(({ nextState }) =>
      nextState.split(" ").filter((word) => word.includes("=")),
    ),
    isInvalid: prediction === undefined || steps.some(({ nextState }) => nextState === INVALID),
  };
}

/**
 * The reward of an episode with its parts, and beside them: `success` (the prediction is on the right side of 0.5), `predicted` and
 * `true_probability`, `error` (|p̂ − p|), `reason_right`, `valid`, `grounded` (see `isGrounded`), and `calls`, how many tools were called.
 * Without a prediction there is neither `predicted` nor `error`; of a text without tools only the probability and the reason are paid.
 */
export function episodeReward(
  task: MeetingTask | TextTask,
  episode: Pick<Episode, "steps">,
): Reward {
  const result = resultOf(episode);
  const truth = truthOfTask(task);
  const { total, ...parts } = calculateReward(result, truth);
  const { prediction, calls } = result;
  return {
    total,
    components: {
      probability: parts.probability,
      reason: parts.reason,
      tools: parts.tools,
      invalid: parts.invalid,
      success: isAccurate(prediction, truth) ? 1 : 0,
      valid: result.isInvalid ? 0 : 1,
      reason_right: prediction?.reason === truth.reason ? 1 : 0,
      grounded: isGrounded(result) ? 1 : 0,
      calls: calls.length,
      true_probability: truth.probability,
      ...(prediction && {
        predicted: prediction.probability,
        error: Math.abs(prediction.probability - truth.probability),
      }),
    },
    source: "rule",
  };
}

/** The reward function of rollouts whose answer is an episode. */
export const meetingReward = ({
  task,
  answer,
}: UnscoredRollout<MeetingTask | TextTask, Episode>): Reward =>
  episodeReward(task, answer ?? { steps: [] });
