/** Where `hone run meetings` writes: one run folder with the data, the models, the trajectories, the report, and a run for each training. */
import { cp, readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { readJsonObject } from "../../../engine/weights/model-folder.ts";
import { makeFolders } from "../../../formats/make-folders.ts";
import { writeFileWhole, writeFolderWhole } from "../../../formats/whole-write.ts";
import { writeError } from "../../../formats/write-error.ts";
import { writeWhole } from "../../../runs/run-files.ts";

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

/** Copies a folder so that it appears whole or not at all, in the place of an older one. @throws DISK_FULL, WRITE_FAILED */
export const copyFolder = (from: string, to: string): Promise<void> =>
  writeFolderWhole(to, (folder) => cp(from, folder, { recursive: true }), { replace: true });

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
 * Copies data, models, trajectories and results into a folder of the user's. Each model and file takes the place of an older one of its
 * name; whatever else is in the folder stays.
 * @param without  parts that are not copied
 * @throws DISK_FULL, WRITE_FAILED
 */
export async function copyLayout(
  folder: string,
  to: string,
  without: readonly (typeof layoutParts)[number][] = [],
): Promise<void> {
  for (const part of layoutParts.filter((one) => !without.includes(one)))
    for (const { name, isFolder } of await entriesOf(join(folder, part)))
      await copyEntry(join(folder, part, name), join(resolve(to), part, name), isFolder);
}

async function copyEntry(from: string, to: string, isFolder: boolean): Promise<void> {
  if (isFolder) return copyFolder(from, to);
  try {
    await makeFolders(dirname(to));
  } catch (error) {
    throw writeError(error, dirname(to));
  }
  await writeFileWhole(to, await readFile(from));
}

/** What is in a part of the run folder. A phase that was not run has none. */
async function entriesOf(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  return entries
    .filter(({ name }) => name !== TRIES)
    .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
}
