/** Rewards of traces as JSON Lines, format hone.rewards: a header, then the reward of one trace a line. */
import { z } from "zod";
import type { TraceReward } from "../core/trace.ts";
import { defineFormat, readRows, writeHeader, writeRow } from "./format.ts";
import { rewardSchema } from "./trace-format.ts";

/** A row of a file of rewards: a trace and a reward for it. */
export interface RewardRow {
  /** The id of the trace. */
  readonly traceId: string;
  /** The reward, which replaces one with the same id. */
  readonly reward: TraceReward;
}

export const rewardRowSchema = z.strictObject({ traceId: z.string().min(1), reward: rewardSchema });

export const rewardFormat = defineFormat("hone.rewards", 1, rewardRowSchema);

/** The text of a file of rewards. */
export const writeRewards = (rewards: readonly RewardRow[]): string =>
  writeHeader(rewardFormat) + rewards.map(writeRow).join("");

/**
 * Reads the text of a file of rewards.
 *
 * @param file  path of the file, for errors
 * @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION
 * @example const rows = readRewards(await readFile(path, "utf8"), path);
 */
export const readRewards = (content: string, file: string): RewardRow[] =>
  readRows(rewardFormat, content, file) as RewardRow[];
