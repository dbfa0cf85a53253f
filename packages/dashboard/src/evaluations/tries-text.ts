/** How the tasks of a measurement were tried, in words. */
import type { Schemas } from "../api/client.ts";

/** "greedy", "sampled × 4"; empty where an older run does not say it. */
export const triesText = ({
  mode,
  samplesPerTask,
}: Pick<Schemas["MeasuredStage"], "mode" | "samplesPerTask">): string =>
  [mode, ...(samplesPerTask > 1 ? [`× ${samplesPerTask}`] : [])].filter(Boolean).join(" ");
