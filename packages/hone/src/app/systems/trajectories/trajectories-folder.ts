/** Where `hone run trajectories` writes: one run folder with data/ and models/ as the Python project has them, and the report. */
import { join, resolve } from "node:path";
import type { TrajectoryDomain } from "./trajectory-recipes.ts";

/** Absolute paths in a run folder. */
export type TrajectoryPaths = ReturnType<typeof trajectoryPaths>;

/** The paths in a folder. */
export function trajectoryPaths(folder: string) {
  const at = (...parts: readonly string[]): string => join(resolve(folder), ...parts);
  return {
    folder: resolve(folder),
    data: at("data"),
    models: at("models"),
    /** Statistics of the rewards of all trajectories. */
    analysis: at("data", "rewards", "analysis.json"),
    /** A domain's raw trajectories. */
    raw: (domain: TrajectoryDomain) => at("data", "raw", domain),
    /** A domain's unified trajectories, with their rewards. */
    unified: (domain: TrajectoryDomain) => at("data", "unified", domain),
    /** The same as conversations, which its policy learns first. They are written last, so that data that are there are whole. */
    conversations: (domain: TrajectoryDomain) => at("data", "conversations", `${domain}.jsonl`),
    /** A model from nothing, which knows a domain's words. */
    base: (domain: TrajectoryDomain) => at("models", "base", domain),
    /** The run of a domain's supervised learning, with its model. */
    sft: (domain: TrajectoryDomain) => at("models", "sft", domain),
    /** The run of its PPO, with its model. */
    rl: (domain: TrajectoryDomain) => at("models", "rl", domain),
  } as const;
}

/** What `--layout` copies. */
export const layoutParts = [
  ...["data/raw", "data/unified", "data/sft", "data/rewards"],
  ...["models/sft", "models/rl"],
] as const;
