/** Checks what a loss is configured with, before anything is computed. */
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { LossConfig, LossName } from "../../ports/training-client.ts";

const names: OptionNames<LossConfig> = {
  clipLow: true,
  clipHigh: true,
  valueClip: true,
  beta: true,
  kl: { coefficient: true, estimator: true },
};

const estimators = ["k1", "k2", "k3"] as const;

/**
 * @throws OPTION_INVALID for an unknown option, a number out of range, and an option that this loss does not read: "value" has
 *         no ratio to bound, and only "value" reads `valueClip`
 */
export function checkLossConfig(loss: LossName, config: LossConfig): void {
  const where = `loss "${loss}"`;
  checkOptions(where, config, names);
  const check = optionChecks(where);
  const { clipLow, clipHigh, valueClip, beta, kl } = config;
  if (clipLow !== undefined) check.number("clipLow", clipLow, { min: 0 });
  if (clipHigh !== undefined) check.number("clipHigh", clipHigh, { min: 0 });
  if (valueClip !== undefined) check.number("valueClip", valueClip, { min: 0 });
  if (beta !== undefined) check.number("beta", beta, { min: 0 });
  if (kl !== undefined) {
    check.number("kl.coefficient", kl.coefficient);
    check.oneOf("kl.estimator", kl.estimator, estimators);
  }
  const others = loss === "value" ? { clipLow, clipHigh, kl } : { valueClip };
  for (const [option, value] of Object.entries(others)) {
    if (value === undefined) continue;
    throw check.invalid(option, value, "left out, since this loss does not read it");
  }
}
