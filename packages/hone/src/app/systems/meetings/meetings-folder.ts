/** Where `hone run meetings` writes: one run folder with the data, the models, the trajectories, the report, and a run for each training. */
import { cp } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { readJsonObject } from "../../../engine/weights/model-folder.ts";
import { writeFolderWhole } from "../../../formats/whole-write.ts";
import { writeWhole } from "../../../runs/run-files.ts";
import { copyParts } from "../copy-layout.ts";

/** Absolute paths in a run folder. */
export type MeetingPaths = ReturnType<typeof meetingPaths>;

/** The paths in a folder. */
export function meetingPaths(folder: string) {
  const at = (path: string): string => join(resolve(folder), path);
  return {
    folder: resolve(folder),
    data: at("data/sft_training_data.csv"),
    sftRun: at("sft"),
    dpoRun: at("dpo"),
    sftModel: at("models/sft_prediction_model_gemma_270m"),
    adapter: at("models/dpo_aligned_adapter"),
    alignedModel: at("models/dpo_aligned_model"),
    traces: at("trajectories/agent_traces.json"),
    pairs: at("trajectories/preference_pairs.json"),
    statistics: at("trajectories/statistics.json"),
    // All tries with their conversations, until phase 3 is done: phase 2 goes on from them, and other pairs can be made of them.
    begun: at(`trajectories/${TRIES}`),
    report: at("results/evaluation_report.md"),
  } as const;
}

const TRIES = "begun.jsonl";

/** Copies an adapter, which then names the model of phase 1 as it lies beside it, wherever both are copied to. */
export const copyAdapter = (from: string, { adapter, sftModel }: MeetingPaths): Promise<void> =>
  writeFolderWhole(
    adapter,
    async (folder) => {
      await cp(from, folder, { recursive: true });
      const settings = await readJsonObject(folder, "adapter_config.json");
      const named = { ...settings, base_model_name_or_path: `../${basename(sftModel)}` };
      await writeWhole(
        join(folder, "adapter_config.json"),
        `${JSON.stringify(named, undefined, 2)}\n`,
      );
    },
    { replace: true },
  );

/** The parts that are copied where the project's own folders are. */
const layoutParts = ["data", "models", "trajectories", "results"] as const;

/**
 * Copies data, models, trajectories and results into a folder of the user's, as `copyParts`.
 * @param without  parts that are not copied
 * @throws DISK_FULL, WRITE_FAILED
 */
export const copyLayout = (
  folder: string,
  to: string,
  without: readonly (typeof layoutParts)[number][] = [],
): Promise<void> =>
  copyParts(folder, to, {
    parts: layoutParts.filter((one) => !without.includes(one)),
    leftOut: [TRIES],
  });
