/** The names of the numbers that training itself keeps of steps and evaluations. An agent's own numbers stand beside them. */

/** Every number that a step of training has without an agent's metrics, by its name in the run's files. */
const trainingMetrics: ReadonlySet<string> = new Set([
  ...["loss", "gradient_norm", "learning_rate", "updates", "rows", "tokens", "epoch", "seconds"],
  ...["reward", "reward_std", "success", "entropy", "response_length", "tokens_sampled"],
  ...["groups", "groups_without_signal", "rollouts_failed", "weights_lag"],
  ...["groups_missing", "mismatch_mean", "mismatch_max", "correction_mean", "tokens_masked"],
  ...["baseline"],
  ...["reward_chosen", "reward_rejected", "reward_margin", "reward_accuracy", "pairs"],
  ...["value_loss", "critic_gradient_norm", "explained_variance", "value_mean", "return_mean"],
  ...["kl_coefficient", "stopped_early"],
  ...["reward_desirable", "reward_undesirable", "share_desirable"],
  ...["log_prob_chosen", "log_prob_rejected", "log_prob_desirable", "log_prob_undesirable"],
  ...["length_chosen", "length_rejected"],
  ...["rows_split", "rows_truncated", "ratio_mean", "ratio_max", "clip_fraction", "kl_old", "kl"],
]);

/** Components of rewards, numbers of a level, and the ends of an evaluation's intervals. */
const derived = /^(?:reward\/|level_[^/]*\/|(?:reward|success)_(?:low|high)$)/;

/** Whether training keeps a number of its own by this name, or may: "reward", "loss", "reward/moves", "level_2/success". */
export const isTrainingMetric = (name: string): boolean =>
  trainingMetrics.has(name) || derived.test(name);
