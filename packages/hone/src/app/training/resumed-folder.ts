/** The folder of the run that is to be resumed. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isError } from "../../core/errors.ts";
import { findRun } from "../../runs/find-run.ts";
import { runFiles } from "../../runs/run-folder.ts";

/**
 * @param name  a run's path, as it is then returned, or as `findRun` takes it; a folder that is no run is left to its reader
 * @throws RUN_NOT_FOUND, RUN_AMBIGUOUS
 */
export async function resumedFolder(name: string): Promise<string> {
  if (existsSync(join(name, runFiles.run))) return name;
  try {
    return await findRun("runs", name);
  } catch (error) {
    if (isError(error, "RUN_NOT_FOUND") && existsSync(name)) return name;
    throw error;
  }
}
