/**
 * Off-policy distillation: the policy learns, on given texts, the distribution over next tokens of a teacher.
 *
 *     C = Σ_t w_t · τ² · −Σ_k p_k(t) · log π_τ(k | o_<t)        p the teacher's distribution, of its K likeliest tokens
 *
 * With K the whole vocabulary it is the forward KL divergence from the teacher to the policy but for the teacher's entropy, which no
 * gradient reaches: the case λ = 0 with forward KL of GKD (Agarwal et al. 2023, arXiv:2306.13649 §3.1; TRL's GKDTrainer, beta 0), and word-level
 * distillation (Kim & Rush 2016, arXiv:1606.07947 §3.1). With fewer, what the K tokens lack of the teacher's mass is given to them in
 * proportion, and `teacher_mass` says how much they have. Texts may be anyone's: an expert's, a user's, or the teacher's own answers.
 *
 * Targets and their temperature are in soft-targets.ts, w_t as in `sft`. Shapes: rows of T tokens, K targets each; nats.
 */
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import type { TopLogProbs } from "../../ports/sampling-client.ts";
import { optimizerSettings } from "../blocks/optimizer.ts";
import { sumOf } from "../blocks/sums.ts";
import { softDatum, type SoftDatum } from "./soft-targets.ts";
import { examplesOf, type SupervisedData, supervisedDataNames } from "./supervised-data.ts";
import {
  type StepData,
  dataSettings,
  supervisedPlan,
  type SupervisedStepOptions,
  supervisedStepNames,
  supervisedSteps,
} from "./supervised-steps.ts";
import type { OpenedTeacher, Teacher } from "./teacher-scores.ts";

const NAME = "distill-off-policy";

/** Options of `distillOffPolicy`: data and steps as of `sft`, and the teacher's. */
export interface DistillOffPolicyOptions extends SupervisedData, SupervisedStepOptions {
  /** The model that teaches; its tokenizer is the policy's, and its client gives the likeliest next tokens. */
  readonly teacher: Teacher;
  /** K, tokens of the teacher's distribution at each position, at least 1. Each costs the logits of a target. Default 8. */
  readonly targetsPerToken?: number;
  /** τ of both distributions, above 0. Default 1. */
  readonly temperature?: number;
}

const optionNames: OptionNames<DistillOffPolicyOptions> = {
  ...supervisedDataNames,
  ...supervisedStepNames,
  teacher: { name: true, open: true },
  targetsPerToken: true,
  temperature: true,
};

/**
 * Off-policy distillation on conversations or rows.
 *
 * Metrics: loss, the cross entropy; forward_kl, what it lies above the teacher's entropy, so that 0 is the teacher (both in nats,
 * normalised as `normalize` says); teacher_mass, the mean share of the teacher's probability that its K tokens have; and those of `sft`.
 *
 * @throws DATA_EMPTY, OPTION_INVALID at once; TOKENIZERS_DIFFER, TEACHER_WITHOUT_TOP, ROW_TOO_LONG for a row that the teacher's context does not hold,
 *         BATCH_ALL_MASKED, LOSS_UNSUPPORTED, TRAINING_NOT_FINITE while it runs
 * @source Agarwal et al. 2023 (arXiv:2306.13649) §3.1, forward KL at λ = 0
 * @example
 * const algorithm = distillOffPolicy({ teacher: modelTeacher("Qwen/Qwen3-4B"), conversations, steps: 100, learningRate: 1e-4 });
 */
export function distillOffPolicy(options: DistillOffPolicyOptions): Algorithm {
  checkOptions(NAME, options, optionNames);
  const { teacher, targetsPerToken = 8, temperature = 1 } = options;
  const check = optionChecks(NAME);
  if (typeof teacher?.open !== "function")
    throw check.invalid("teacher", teacher, "a teacher, such as modelTeacher(…)");
  check.whole("targetsPerToken", targetsPerToken, { min: 1 });
  check.number("temperature", temperature, { above: 0 });
  const examples = examplesOf(NAME, options);
  const plan = supervisedPlan(NAME, examples.length, options);
  return {
    name: NAME,
    source: "dataset",
    steps: plan.steps,
    settings: {
      ...dataSettings(examples.length, options, plan),
      teacher: teacher.name,
      targetsPerToken,
      temperature,
      ...optimizerSettings(options),
    },
    async *run(parts: AlgorithmParts) {
      const opened = await teacher.open(parts.renderer);
      try {
        const data = teacherData(topReader(opened, teacher.name, targetsPerToken), temperature);
        yield* supervisedSteps(plan, examples, parts, { data });
      } finally {
        await opened.close();
      }
    },
  };
}

/** The likeliest tokens of a row, by its place among the examples; each row is asked for once in a run. */
type ReadTop = (index: number, tokens: readonly number[]) => Promise<TopLogProbs>;

/** @throws TEACHER_WITHOUT_TOP */
function topReader({ policy }: OpenedTeacher, teacher: string, count: number): ReadTop {
  if (policy.topLogProbs === undefined)
    throw new HoneError("TEACHER_WITHOUT_TOP", { where: NAME, teacher });
  const read = new Map<number, Promise<TopLogProbs>>();
  return (index, tokens) => {
    const top = read.get(index) ?? policy.topLogProbs!(tokens, count);
    read.set(index, top);
    return top;
  };
}

/** Puts the teacher's targets into the datums of a step. */
const teacherData =
  (top: ReadTop, temperature: number): StepData =>
  async (data, indices) => {
    const soft = await Promise.all(
      data.map(async (datum, i) =>
        softDatum(datum, await top(indices[i]!, datum.tokens), temperature),
      ),
    );
    const total = (of: (one: SoftDatum) => number): number => sumOf(soft.map(of));
    return {
      data: soft.map(({ datum }) => datum),
      metrics: (loss) => ({
        forward_kl: loss + total((one) => one.negativeEntropy),
        teacher_mass: total((one) => one.mass) / total((one) => one.positions),
      }),
    };
  };
