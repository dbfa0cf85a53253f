/** The folders of the Python project, filled from a run: `rl_data`, `rl_checkpoints`, `rl_logs`. */
import { existsSync } from "node:fs";
import { cp } from "node:fs/promises";
import { basename, join } from "node:path";
import { makeFolders } from "../../../formats/make-folders.ts";
import { writeFolderWhole } from "../../../formats/whole-write.ts";
import { writeError } from "../../../formats/write-error.ts";
import type { TrainResult } from "../../training/pipeline-events.ts";
import { DATA_FOLDER } from "./content.ts";

/** What of a run folder are its logs. */
const logs = [
  "metrics.jsonl",
  "tensorboard",
  "report.md",
  "report.html",
  "pictures",
  "result.json",
];

/**
 * Copies a run's data, its trained model or adapter, and its logs into a folder. Each takes the place of an older one; whatever else is in the
 * folder stays.
 * @throws DISK_FULL, WRITE_FAILED
 */
export async function copyMultimodal(
  { folder, checkpoint }: Pick<TrainResult, "folder" | "checkpoint">,
  to: string,
): Promise<void> {
  await makeFolders(to).catch((error: unknown) => {
    throw writeError(error, to);
  });
  await copied(join(folder, DATA_FOLDER), join(to, DATA_FOLDER));
  await copied(checkpoint, join(to, "rl_checkpoints", basename(checkpoint)));
  await writeFolderWhole(
    join(to, "rl_logs"),
    async (target) => {
      for (const name of logs.filter((one) => existsSync(join(folder, one))))
        await cp(join(folder, name), join(target, name), { recursive: true });
    },
    { replace: true },
  );
}

const copied = (from: string, to: string): Promise<void> =>
  writeFolderWhole(to, (target) => cp(from, target, { recursive: true }), { replace: true });
