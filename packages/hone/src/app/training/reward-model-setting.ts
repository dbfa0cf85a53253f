/** The reward model that `--reward-model` names: its scores are learned from, in the place of the tasks' own reward. */
import { resolve } from "node:path";
import { existsSync } from "node:fs";
import type { Task } from "../../core/rollout.ts";
import type { RewardFunction } from "../../ports/reward.ts";
import { findModel } from "../models/find-model.ts";
import { modelReward } from "../models/model-reward.ts";
import { fileDigest } from "../user-module.ts";
import { withOwnSuccess } from "./own-success.ts";

/** An open reward model of a run. */
export interface OpenedRewardModel {
  /** What the run records: its name, and the digest of its head, so that a resume has the same scores. */
  readonly settled: Readonly<Record<string, unknown>>;
  /** Its scores, with success by the tasks' own reward. */
  readonly reward: <T extends Task, Answer>(
    own: RewardFunction<T, Answer>,
  ) => RewardFunction<T, Answer>;
  close(): Promise<void>;
}

/**
 * Opens the reward model of the settings.
 * @returns undefined where they name none
 * @throws MODEL_NOT_FOUND, MODEL_WITHOUT_VALUE_HEAD, TENSOR_SHAPE
 */
export async function openRewardModel({
  rewardModel: name,
  threads,
}: {
  readonly rewardModel?: string | undefined;
  readonly threads?: number | undefined;
}): Promise<OpenedRewardModel | undefined> {
  if (name === undefined) return undefined;
  const { valueHead } = await findModel(name, { valueHead: "needed" });
  const model = modelReward(name, threads === undefined ? {} : { threads });
  await model.open();
  const settled = {
    rewardModel: existsSync(name) ? resolve(name) : name,
    rewardModelDigest: await fileDigest(valueHead!),
  };
  return {
    settled,
    reward: (own) => withOwnSuccess(model.reward, own),
    close: () => model.close(),
  };
}
