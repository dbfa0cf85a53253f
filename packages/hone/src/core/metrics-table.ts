/**
 * The numbers that training keeps of its steps: a row for each name. docs/metrics.md is made from it, `addMetrics` refuses these names
 * to agents, and a test runs every method and compares what it reports.
 *
 * Symbols: o_t a sampled token, ρ_t = π(o_t) / π_sampled(o_t), d_t = ln ρ_t, A an advantage, π_ref the reference, r a reward.
 */

/** One number of a step. */
export interface MetricRow {
  /** The methods that report it, by names or kinds of `methodKinds`. */
  readonly by: readonly (MethodKind | (string & {}))[];
  /** Its unit; "" for shares and plain numbers. */
  readonly unit: string;
  /** How it is computed; "" where the meaning says it. */
  readonly formula: string;
  /** What it says, in words that stand alone. */
  readonly meaning: string;
}

/** Kinds of methods → the names of `hone train <name>` in them. "every" is all that change weights. */
export const methodKinds = {
  rollouts: "methods that sample rollouts: policy gradient, expert-iteration, online-dpo",
  "policy gradient":
    "grpo, dr-grpo, dapo, cispo, gspo, gmpo, rloo, reinforce, reinforce-plus-plus, ppo, distill",
  data: "methods on given data, in passes over it: sft, weighted, dpo, kto, orpo, simpo, cpo, reward-model, distill-off-policy",
  pairs: "dpo, orpo, simpo, cpo, online-dpo",
  prompts: "apo, gepa",
  every: "every method that changes weights",
  run: "kept by the run itself, for every method that the number makes sense of",
} as const;

/** See `methodKinds`. */
export type MethodKind = keyof typeof methodKinds;

const optimizer = {
  loss: row(
    "every",
    "",
    "the method's, see algorithms.md",
    "what was minimised, before the update; of several updates their mean",
  ),
  gradient_norm: row(
    "every",
    "",
    "‖∇C‖₂ over all trained weights",
    "length of the gradient before it is clipped to `maxGradientNorm`",
  ),
  learning_rate: row("every", "", "schedule(step)", "the rate of the step's updates"),
  rows: row("every", "rows", "", "rows that the updates were computed of, all updates together"),
  tokens: row(
    "every",
    "tokens",
    "",
    "tokens that the updates were computed of, all updates together",
  ),
  updates: row(
    ["policy gradient", "expert-iteration"],
    "",
    "",
    "optimizer steps on the batch; 0 where nothing had signal",
  ),
  epoch: row("data", "", "", "the pass over the data, from 1"),
} as const;

const rollouts = {
  reward: row(
    ["rollouts", "weighted", "prompts"],
    "points",
    "mean r",
    "mean reward of the step's scored rollouts; of weighted training that of the batch's rows",
  ),
  reward_std: row("rollouts", "points", "√ mean (r − mean r)²", "deviation of these rewards"),
  success: row("rollouts", "", "", "share of scored rollouts that did their task"),
  entropy: row(
    "rollouts",
    "nats",
    "−mean ln π(o_t)",
    "how undecided the policy is, per token: an unbiased estimate of its entropy at temperature 1, a cross-entropy at others",
  ),
  response_length: row("rollouts", "tokens", "", "sampled tokens of an answer, over all its turns"),
  truncated_share: row(
    "rollouts",
    "",
    "",
    "share of answers in which a reply ended at the token limit",
  ),
  tokens_sampled: row("rollouts", "tokens", "", "sampled tokens of the scored rollouts"),
  groups: row("rollouts", "groups", "", "tasks that were tried, each by a group of rollouts"),
  groups_without_signal: row(
    "rollouts",
    "groups",
    "",
    "groups that taught nothing: no advantage, no answer chosen, or no pair",
  ),
  zero_variance_share: row(
    "rollouts",
    "",
    "",
    "share of groups whose rewards are all equal, among groups with at least two scored rollouts; absent without any",
  ),
  rollouts_failed: row(
    "rollouts",
    "rollouts",
    "",
    "rollouts without a reward, which are left out of all else",
  ),
  rows_split: row(
    ["policy gradient", "expert-iteration"],
    "turns",
    "",
    "turns that did not continue the tokens of the turn before",
  ),
  rows_truncated: row(
    ["policy gradient", "expert-iteration"],
    "rows",
    "",
    "rows of a cut or bound distribution that training does not follow, so that ratios compare unlike distributions",
  ),
  weights_lag: row(
    ["policy gradient", "expert-iteration"],
    "snapshots",
    "",
    "how much older than the newest weights those are that sampled, at most",
  ),
} as const;

const policy = {
  advantage_mean: row(
    "policy gradient",
    "",
    "mean A_t over sampled tokens",
    "advantages before tokens are weighed",
  ),
  advantage_std: row(
    "policy gradient",
    "",
    "√ mean (A_t − mean A)²",
    "their deviation; 0 where nothing can be learned",
  ),
  ratio_mean: row(
    "policy gradient",
    "",
    "mean ρ",
    "1 on unchanged weights; of the ratios that the loss has, so those of whole answers in RLOO, GSPO, GMPO",
  ),
  ratio_max: row("policy gradient", "", "max ρ", "the largest of them"),
  clip_fraction: row(
    "policy gradient",
    "",
    "low + high",
    "share of tokens whose ratio is outside the bounds, on the side where they hold the gradient back; of losses without bounds, where PPO's would",
  ),
  clip_fraction_low: row(
    "policy gradient",
    "",
    "ρ < `clipLow`, A < 0",
    "below the lower bound; for CISPO and any A",
  ),
  clip_fraction_high: row(
    "policy gradient",
    "",
    "ρ > `clipHigh`, A > 0",
    "above the upper bound, or above a dual clip with A < 0; for CISPO and any A",
  ),
  kl_old: row(
    "policy gradient",
    "nats",
    "mean (ρ − 1 − ln ρ)",
    "how far the policy has moved since it sampled, per token: k3 of KL(π_sampled ‖ π), never negative",
  ),
  kl_old_k1: row(
    "policy gradient",
    "nats",
    "mean (−ln ρ)",
    "the same by k1, which is unbiased and may be negative",
  ),
  kl: row(
    "policy gradient",
    "nats",
    "mean (π_ref/π − 1 − ln(π_ref/π))",
    "how far the policy is from the reference, per token: k3 of KL(π ‖ π_ref), whichever estimate is paid; where a KL term is",
  ),
  kl_k1: row("policy gradient", "nats", "mean ln(π/π_ref)", "the same by k1"),
  mismatch_mean: row(
    "policy gradient",
    "nats",
    "mean |ln π_trainer − ln π_sampler|",
    "how far trainer and sampler disagree, before the first update, about tokens that the newest weights sampled; more than rounding is a fault; absent where the first update has only older rollouts, replayed or stored",
  ),
  mismatch_max: row(
    "policy gradient",
    "nats",
    "max of the same",
    "the token they disagree about most",
  ),
  correction_mean: row(
    "policy gradient",
    "",
    "mean w",
    "mean weight that `correction` gives to tokens",
  ),
  tokens_masked: row("policy gradient", "tokens", "", "tokens that `correction` left out"),
  groups_ahead: row(
    "policy gradient",
    "groups",
    "",
    "groups of the next step that were sampled meanwhile, where `oneStepOffPolicy` asks for it",
  ),
  answers_masked: row(
    "policy gradient",
    "answers",
    "",
    "truncated answers, whose loss `maskTruncated` masks",
  ),
  groups_missing: row(
    "dapo",
    "groups",
    "",
    "groups with signal that were still missing after the last draw",
  ),
  tasks_seen: row(
    "policy gradient",
    "tasks",
    "",
    "tasks that the `curriculum` has measured so far",
  ),
  groups_replayed: row("policy gradient", "groups", "", "groups of earlier steps learned again"),
  groups_stale: row(
    "policy gradient",
    "groups",
    "",
    "groups of earlier steps that became too old to be replayed",
  ),
  credit_missing: row(
    "policy gradient",
    "rollouts",
    "",
    "rollouts without what the `credit` rule reads: rewards of turns or agents, agents of turns, a coordinator",
  ),
  credit_same_choice: row(
    "policy gradient",
    "turns",
    "",
    'of workers under the credit rule "hierarchical", compared with rollouts that had the same choice of the coordinator',
  ),
  credit_same_agent: row(
    "policy gradient",
    "turns",
    "",
    "of workers, compared with the same worker in all rollouts of the task, as no other had that choice",
  ),
  credit_uncompared: row(
    "policy gradient",
    "turns",
    "",
    "of workers that no other rollout of the task called: their advantage is 0",
  ),
  baseline: row("reinforce", "points", "", "the moving average that rewards were compared with"),
  stopped_early: row("ppo", "", "0 or 1", "whether `maxKl` ended the updates on the batch"),
  kl_coefficient: row(
    "ppo",
    "points/nat",
    "",
    "the present price of KL, where `klTarget` adapts it",
  ),
  value_loss: row("ppo", "points²", "½ mean max((V − R)², (clip V − R)²)", "loss of the critic"),
  critic_gradient_norm: row("ppo", "", "", "length of the critic's gradient before clipping"),
  explained_variance: row(
    "ppo",
    "",
    "1 − Var(R − V) / Var(R)",
    "how well the critic foresaw returns: 1 is exactly, 0 as a constant; absent where all returns are equal",
  ),
  value_mean: row("ppo", "points", "mean V", "what the critic expected"),
  return_mean: row("ppo", "points", "mean R", "what it should have expected"),
  teacher_kl: row(
    "distill",
    "nats",
    "mean (ln π − ln π_teacher)",
    "how far the policy is from its teacher, per sampled token (k1)",
  ),
  without_context: row(
    "distill",
    "answers",
    "",
    "answers for which there was no context to tell the teacher",
  ),
} as const;

const supervised = {
  forward_kl: row(
    "distill-off-policy",
    "nats",
    "τ²·mean Σ_k p_k (ln p_k − ln π(k))",
    "how far the policy is from its teacher on the batch's texts, over the teacher's K likeliest tokens",
  ),
  teacher_mass: row(
    "distill-off-policy",
    "",
    "mean Σ_k π_teacher(k)",
    "probability that the teacher gives to these K tokens; the rest is not learned",
  ),
  chosen: row("expert-iteration", "answers", "", "answers that were good enough to learn"),
  chosen_reward: row("expert-iteration", "points", "", "their mean reward"),
  weight_max: row("weighted", "", "max |w|", "the largest weight of a row in the batch"),
  effective_rows: row(
    "weighted",
    "rows",
    "(Σ|w|)² / Σw²",
    "how many rows of equal weight the batch is worth",
  ),
} as const;

const preferences = {
  reward_chosen: row(
    ["pairs", "reward-model"],
    "nats",
    "β·mean ln(π/π_ref)(chosen)",
    "implicit reward of the better answers; without a reference β·ln π; of a reward model its score, without a unit",
  ),
  reward_rejected: row(
    ["pairs", "reward-model"],
    "nats",
    "β·mean ln(π/π_ref)(rejected)",
    "implicit reward of the worse answers",
  ),
  reward_margin: row(
    ["pairs", "kto", "reward-model"],
    "nats",
    "reward_chosen − reward_rejected",
    "by how much the model prefers the better answers; of KTO the desirable ones",
  ),
  reward_accuracy: row(
    ["pairs", "reward-model"],
    "",
    "",
    "share of pairs in which the better answer has the higher (implicit) reward",
  ),
  log_prob_chosen: row("pairs", "nats", "mean Σ_t ln π", "log-probability of a better answer"),
  log_prob_rejected: row("pairs", "nats", "mean Σ_t ln π", "log-probability of a worse answer"),
  length_chosen: row("pairs", "tokens", "", "length of a better answer"),
  length_rejected: row("pairs", "tokens", "", "length of a worse answer"),
  pairs: row("online-dpo", "pairs", "", "pairs that the step's rollouts made"),
  kl_baseline: row(
    "kto",
    "nats",
    "max(0, mean ln(π/π_ref))",
    "z: how far the policy has moved on answers behind the prompts of other examples",
  ),
  reward_desirable: row(
    "kto",
    "nats",
    "β·mean ln(π/π_ref)",
    "implicit reward of desirable answers",
  ),
  reward_undesirable: row(
    "kto",
    "nats",
    "β·mean ln(π/π_ref)",
    "implicit reward of undesirable answers",
  ),
  share_desirable: row("kto", "", "", "share of the batch that is desirable"),
  log_prob_desirable: row("kto", "nats", "mean Σ_t ln π", "log-probability of a desirable answer"),
  log_prob_undesirable: row(
    "kto",
    "nats",
    "mean Σ_t ln π",
    "log-probability of an undesirable answer",
  ),
} as const;

const prompts = {
  best: row("prompts", "points", "", "score of the best prompt so far on the validation tasks"),
  candidates: row("prompts", "prompts", "", "prompts that were measured so far"),
  candidates_new: row("prompts", "prompts", "", "those of this step"),
  edits_refused: row(
    "prompts",
    "prompts",
    "",
    "new wordings that lost or invented a placeholder, were empty or too long",
  ),
  rollouts: row("prompts", "rollouts", "", "rollouts spent so far"),
  critic_calls: row("prompts", "calls", "", "calls of the critic so far"),
  critic_tokens: row(
    "prompts",
    "tokens",
    "",
    "tokens of these calls, where the critic counts them",
  ),
} as const;

const ofRun = {
  seconds: row("run", "s", "", "wall time of the step"),
  sampling_seconds: row("run", "s", "", "the part of it in which rollouts were sampled and scored"),
  tokens_per_second_sampling: row(
    "run",
    "tokens/s",
    "tokens_sampled / sampling_seconds",
    "speed of the rollouts, agents and rewards included; absent with `oneStepOffPolicy`, where sampling and learning overlap",
  ),
  tokens_per_second_training: row(
    "run",
    "tokens/s",
    "tokens / (seconds − sampling_seconds)",
    "speed of the rest: passes over the rows, updates, and a reference, teacher or critic; absent likewise",
  ),
} as const;

/** Every number of a step by its name, in the order in which the page lists them. */
export const metricSections = {
  Updates: optimizer,
  Rollouts: rollouts,
  "Policy gradient": policy,
  Supervised: supervised,
  Preferences: preferences,
  Prompts: prompts,
  Time: ofRun,
} as const;

/** Numbers whose names hold the name of a component, a level or an agent's metric. */
export const derivedMetrics: readonly (readonly [name: string, unit: string, meaning: string])[] = [
  [
    "reward/<component>",
    "points",
    "mean of a component of the reward, over the rollouts that have it",
  ],
  [
    "level_<level>/success",
    "",
    "success at the tasks of one level, where tasks name a `level` and there are several; failed rollouts count as not done",
  ],
  ["level_<level>/reward", "points", "likewise the reward, and `level_<level>/reward/<component>`"],
  [
    "<metric>",
    "the agent's",
    "mean of a metric that the agent gave to `addMetrics`, also as `level_<level>/<metric>`",
  ],
  [
    "calibration_error",
    "",
    'of the evaluations of a reward model: the expected calibration error of σ(margin), in the section "evaluation"',
  ],
  [
    "alarm/<code>",
    "",
    "1 at the step that raised an alarm, whose code it names; absent at all other steps (docs/warnings.md)",
  ],
  ["<metric>_low, <metric>_high", "", 'ends of the 95 % interval, in the section "evaluation"'],
];

function row(
  by: MetricRow["by"][number] | MetricRow["by"],
  unit: string,
  formula: string,
  meaning: string,
): MetricRow {
  return { by: typeof by === "string" ? [by] : by, unit, formula, meaning };
}
