/** The model of a run that starts from nothing: made once in the run folder, and found there by a resume. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type NewModelOptions, newModel } from "../../engine/model-files/new-model.ts";

/** The folder `base` of a run. Makes the model when it is not there yet; the folder appears only when it is whole. */
export async function baseModelOf(
  runFolder: string,
  options: Omit<NewModelOptions, "folder" | "replace">,
): Promise<string> {
  const folder = join(runFolder, "base");
  if (!existsSync(join(folder, "config.json"))) await newModel({ ...options, folder });
  return folder;
}
