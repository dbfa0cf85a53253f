/**
 * On-policy distillation: the policy answers, and a teacher says of every token how likely it would have been.
 *
 *     A_t = − c · (log π(o_t) − log π_T(o_t))  [+ r · the reward relative to the answer's group]
 *     C   = − Σ_t w_t · ρ_t · A_t               ρ_t = π(o_t) / π_sampled(o_t), w_t of normalization.ts
 *
 * o is sampled from π, so Σ_t E[−A_t] is the reverse KL divergence from the teacher, and the gradient above is its gradient with
 * each token charged for itself alone (a discount of 0): "On-Policy Distillation" (Lu & Thinking Machines Lab 2025). It is the case
 * λ = 1 with reverse KL of GKD (Agarwal et al. 2023, arXiv:2306.13649 §3.1), estimated from the sampled token and not from the
 * whole vocabulary, and TRL's experimental SDPO and SDFT with `distillation_mode` "sampled_token".
 *
 * Without a `teacher` the policy teaches itself: the teacher is the same weights with a `context` that knows more, the right answer
 * or what went wrong (self-distillation with privileged context; SDFT, Shenfeld et al. 2026, arXiv:2601.19897; SDPO, Hübotter et
 * al. 2026, arXiv:2601.20802). The text stands behind the user's last message. "current" are the weights as they are trained, "start"
 * those before training, which cannot drift.
 *
 * Shapes: rows of T tokens. Log-probs in nats, at temperature 1.
 */
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import { groupAdvantages } from "../blocks/advantages.ts";
import { meanOf } from "../blocks/sums.ts";
import { policyGradient } from "../policy-gradient/policy-gradient.ts";
import type { GivenAdvantages } from "../policy-gradient/policy-method.ts";
import { familySettings, type FamilySettings } from "../policy-gradient/family-settings.ts";
import {
  type PolicyOptions,
  policyOptionNames,
  type TokenWeightOptions,
  tokenWeightOptionNames,
} from "../policy-gradient/policy-options.ts";
import { groupNames, type RolloutBatch } from "../policy-gradient/scored-answers.ts";
import {
  type OpenedTeacher,
  type ScoreRows,
  scoresOfSnapshot,
  scoresOfTrained,
  type Teacher,
  type TeacherContext,
  teacherLogProbs,
  type TeacherReading,
} from "./teacher-scores.ts";

const NAME = "distill";

/** Options of `distill`. */
export interface DistillOptions extends PolicyOptions, TokenWeightOptions {
  /** The model that teaches; its tokenizer is the policy's. Default: the policy itself, which then needs a `context`. */
  readonly teacher?: Teacher;
  /**
   * What the teacher is told of a rollout beside the policy's prompt. Default: nothing; needed without a `teacher`. Not with `replay`,
   * whose groups keep neither their conversations nor the fields of their tasks.
   */
  readonly context?: TeacherContext;
  /** The weights of a policy that teaches itself: as they are trained, or as they were before. Default "current". */
  readonly self?: "current" | "start";
  /** c, what a nat of difference from the teacher costs; above 0. Default 1. */
  readonly coefficient?: number;
  /** r, how much the reward relative to the answer's group counts (as in GRPO without division); at least 0. Default 0. */
  readonly rewardCoefficient?: number;
}

const optionNames: OptionNames<DistillOptions> = {
  ...policyOptionNames,
  ...tokenWeightOptionNames,
  teacher: { name: true, open: true },
  context: true,
  self: true,
  coefficient: true,
  rewardCoefficient: true,
};

/** What it has beside the settings of every policy-gradient method. */
interface OwnSettings {
  /** The teacher's name, or which weights of the policy itself. */
  readonly teacher: string;
  readonly hasContext: boolean;
  readonly coefficient: number;
  readonly rewardCoefficient: number;
}

/**
 * On-policy distillation from a teacher, or from the policy itself with a context that knows more.
 *
 * Metrics: those of `grpo`, and teacher_kl, the mean of log π − log π_T over the sampled tokens, an unbiased estimate of the
 * reverse KL divergence in nats; without_context, rollouts of which `context` told nothing.
 *
 * @throws OPTION_INVALID at once, and for rollouts that were not sampled at temperature 1; TOKENIZERS_DIFFER, LOSS_UNSUPPORTED,
 *         POLICY_NOT_CALLED, BATCH_ALL_MASKED, TRAINING_NOT_FINITE, NO_LEARNING_SIGNAL while it runs
 * @example
 * const fromLarger = distill({ teacher: modelTeacher("Qwen/Qwen3-4B"), steps: 50, groupSize: 4, learningRate: 1e-4 });
 * const fromItself = distill({ context: ({ task }) => `The answer is ${task.id}.`, steps: 50, learningRate: 1e-5 });
 */
export function distill(options: DistillOptions): Algorithm {
  const { settings, own } = checkedSettings(options);
  const { teacher, context, self = "current" } = options;
  const learning = (reading: TeacherReading): Algorithm =>
    policyGradient({
      name: NAME,
      settings,
      own: { ...own },
      advantages: (batch) => advantagesOf(batch, own, reading),
    });
  const notOpen = (): never => {
    throw new Error("internal: the teacher is opened when the run begins");
  };
  const {
    name,
    steps,
    settings: recorded,
  } = policyGradient({ name: NAME, settings, own: { ...own }, advantages: notOpen });
  return {
    name,
    steps,
    ...(recorded && { settings: recorded }),
    async *run(parts) {
      const { training, renderer } = parts;
      const opened = await teacher?.open(renderer);
      try {
        yield* learning({ score: scorer(opened), renderer, context }).run(parts);
      } finally {
        await opened?.close();
      }

      function scorer(other: OpenedTeacher | undefined): ScoreRows {
        if (other !== undefined) return scoresOfSnapshot(other.policy);
        return self === "current" ? scoresOfTrained(training) : scoresOfSnapshot(startOf(parts));
      }
    },
  };
}

function checkedSettings(options: DistillOptions): {
  readonly settings: FamilySettings;
  readonly own: OwnSettings;
} {
  checkOptions(NAME, options, optionNames);
  const check = optionChecks(NAME);
  const { teacher, context, self = "current" } = options;
  check.oneOf("self", self, ["current", "start"]);
  if (context !== undefined) check.callable("context", context);
  if (teacher === undefined && context === undefined)
    throw check.invalid("teacher", undefined, "a teacher, or give a context for the policy itself");
  if (context !== undefined && options.replay !== undefined) {
    const expected =
      "absent beside context: groups that are replayed keep no conversations, which the teacher would have to read";
    throw check.invalid("replay", options.replay, expected);
  }
  if (teacher !== undefined && options.self !== undefined)
    throw check.invalid("self", self, "absent beside a teacher");
  const defaults = { normalization: "dapo", loss: "importance_sampling", minGroupSize: 1 } as const;
  const { coefficient = 1, rewardCoefficient = 0 } = options;
  const settings = familySettings(NAME, options, defaults);
  if (settings.kl.place === "reward")
    throw check.invalid("kl.place", "reward", '"loss", since the teacher decides advantages here');
  return {
    settings,
    own: {
      teacher: teacher?.name ?? self,
      hasContext: context !== undefined,
      coefficient: check.number("coefficient", coefficient, { above: 0 }),
      rewardCoefficient: check.number("rewardCoefficient", rewardCoefficient, { min: 0 }),
    },
  };
}

function startOf({ reference }: AlgorithmParts) {
  if (reference !== undefined) return reference;
  throw optionChecks(NAME).invalid("self", "start", '"current" in a run that has no reference');
}

async function advantagesOf(
  batch: RolloutBatch,
  { coefficient, rewardCoefficient }: OwnSettings,
  reading: TeacherReading,
): Promise<GivenAdvantages> {
  const { answers } = batch;
  checkTemperature(batch);
  const scores = await teacherLogProbs(answers, reading);
  const rewards = answers.map(({ reward }) => reward);
  const relative = groupAdvantages(rewards, groupNames(batch), { scale: "none" });
  const gaps: number[] = [];
  const advantages = answers.map(({ rows }, i) =>
    rows.map(({ mask, logProbs }, k) =>
      Float64Array.from(mask, (isSampled, t) => {
        if (isSampled !== 1) return 0;
        const teacher = scores[i]?.[k]![t];
        const gap = teacher === undefined ? 0 : logProbs[t]! - teacher;
        if (teacher !== undefined) gaps.push(gap);
        return rewardCoefficient * relative[i]! - coefficient * gap;
      }),
    ),
  );
  const silent = scores.filter((one) => one === undefined).length;
  const metrics = {
    teacher_kl: meanOf(gaps),
    ...(reading.context !== undefined && { without_context: silent }),
  };
  return { advantages, metrics };
}

/** @throws OPTION_INVALID for rows that were sampled at another temperature than 1, of which the log-ratio is no estimate of the KL */
function checkTemperature({ answers }: RolloutBatch): void {
  const row = answers.flatMap(({ rows }) => rows).find(({ temperature }) => temperature !== 1);
  if (row === undefined) return;
  throw new HoneError("OPTION_INVALID", {
    where: NAME,
    option: "sampling.temperature",
    got: String(row.temperature),
    expected: "1: the teacher's log-probs are those of its distribution as it is",
  });
}
