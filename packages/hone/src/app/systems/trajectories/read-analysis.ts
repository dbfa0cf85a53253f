/** The statistics of rewards that `data/rewards/analysis.json` holds. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { RewardAnalysis } from "../../data/reward-trajectories.ts";

/** Of all domains, and of each; empty where the data are not made yet. */
export async function readAnalysis(file: string): Promise<RewardAnalysis["statistics"]> {
  if (!existsSync(file)) return {};
  const { statistics } = JSON.parse(await readFile(file, "utf8")) as Pick<
    RewardAnalysis,
    "statistics"
  >;
  return statistics;
}
