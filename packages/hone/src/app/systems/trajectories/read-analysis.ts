/** The statistics of rewards that `data/rewards/analysis.json` holds. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { HoneError, messageOf } from "../../../core/errors.ts";

/** As much of a distribution as the report shows. */
const spread = z.object({ count: z.number(), mean: z.number() });

const analysis = z.object({ statistics: z.record(z.string(), z.record(z.string(), spread)) });

/** The spread of rewards and of their parts: of all trajectories, under "all", and of each domain. */
export type AnalysisStatistics = z.infer<typeof analysis>["statistics"];

/** The statistics; none where the data are not made yet. @throws FILE_DAMAGED */
export async function readAnalysis(file: string): Promise<AnalysisStatistics> {
  if (!existsSync(file)) return {};
  try {
    return analysis.parse(JSON.parse(await readFile(file, "utf8"))).statistics;
  } catch (cause) {
    throw new HoneError("FILE_DAMAGED", { file, problem: messageOf(cause) }, { cause });
  }
}
